/**
 * "Was this event id here before?", answered from memory: no means surely new, yes means ask the events table.
 *
 * A set of 64-bit hashes, kept in segments. A segment is one open-addressed Uint32Array: the hash's low word says where to
 * start looking, its high word is what is kept there (0 marks an empty slot, so a high word of 0 is kept as 1). An absent id
 * is taken for a present one about once in a thousand million, which costs one look-up.
 *
 * Segments are filled one after another, in order of receipt, so each covers a span of time and is dropped as a whole when
 * the window has passed it. A full one is followed by one of twice its capacity (up to CAPACITY_MAX); nothing is ever
 * moved, so there is no pause for rehashing. A segment that has covered its share of the window is closed before it is full.
 *
 * Memory: 4 bytes a slot, filled to LOAD_MAX: 5.3 bytes an event in full segments, up to twice that in young ones.
 * Rejected: a Set of strings (about 100 bytes an event), a Bloom filter (needs the whole count beforehand, cannot forget).
 */

/** Slots of the first segment: 64 kB. */
const CAPACITY_MIN = 1 << 14;
/** Slots of the largest: 64 MB, 12 million events. Fewer, larger segments mean fewer memory accesses a question. */
const CAPACITY_MAX = 1 << 24;
/** How full a segment gets; beyond it the runs of occupied slots grow quickly. */
const LOAD_MAX = 0.75;
/** A segment covers at most this part of the window, so at most this much more than the window is kept. */
const SPANS_PER_WINDOW = 8;

interface Segment {
  slots: Uint32Array;
  mask: number;
  count: number;
  /** Times of receipt of what is in it. */
  minMs: number;
  maxMs: number;
}

/** Where an id may have been seen: the times of receipt its segments cover. */
export interface SeenRange {
  fromMs: number;
  toMs: number;
}

export interface Fingerprints {
  /** Notes an id. `receivedMs` should not go back by much: it decides when the id is forgotten. */
  add(lo: number, hi: number, receivedMs: number): void;
  /** True when the id may have been added; `range` is then set to when. False: surely not. */
  mayHold(lo: number, hi: number, range: SeenRange): boolean;
  /** Notes ids received within a span of time that is now over, in segments of their own. `hashes` holds [lo, hi] each. */
  addSpan(hashes: Uint32Array, fromMs: number, toMs: number): void;
  /** Says that every id of the window has been added: from now on "no" means surely new. */
  markLoaded(): void;
  readonly isLoaded: boolean;
  /** Forgets what was received before `beforeMs`, segment by segment. */
  expire(beforeMs: number): void;
  clear(): void;
  readonly count: number;
  /** Memory held, in bytes. */
  readonly bytes: number;
}

function createSegment(capacity: number, fromMs: number): Segment {
  return { slots: new Uint32Array(capacity), mask: capacity - 1, count: 0, minMs: fromMs, maxMs: fromMs };
}

/** The smallest allowed capacity that holds this many ids. */
function capacityFor(count: number): number {
  let capacity = CAPACITY_MIN;
  while (capacity * LOAD_MAX < count && capacity < CAPACITY_MAX) capacity *= 2;
  return capacity;
}

/** The slot where the fingerprint is, or the empty one where it would go. */
function findSlot(segment: Segment, lo: number, fingerprint: number): number {
  const { slots, mask } = segment;
  let at = lo & mask;
  while (slots[at] !== 0 && slots[at] !== fingerprint) at = (at + 1) & mask;
  return at;
}

/** An empty set for ids that are remembered for `windowMs`. */
export function createFingerprints(windowMs: number): Fingerprints {
  const spanMs = windowMs / SPANS_PER_WINDOW;
  let segments: Segment[] = [];
  let loaded = false;

  function put(segment: Segment, lo: number, hi: number): void {
    const fingerprint = hi === 0 ? 1 : hi;
    const at = findSlot(segment, lo, fingerprint);
    if (segment.slots[at] !== 0) return;
    segment.slots[at] = fingerprint;
    segment.count += 1;
  }

  function openSegment(receivedMs: number): Segment {
    const last = segments.at(-1);
    if (last && last.count < last.slots.length * LOAD_MAX && receivedMs - last.minMs <= spanMs) return last;
    const full = last !== undefined && last.count >= last.slots.length * LOAD_MAX;
    // After a quiet span the next segment fits what the last one held; after a full one it doubles.
    const capacity = full ? Math.min(last.slots.length * 2, CAPACITY_MAX) : capacityFor(last?.count ?? 0);
    const segment = createSegment(capacity, receivedMs);
    segments.push(segment);
    return segment;
  }

  return {
    add(lo, hi, receivedMs) {
      const segment = openSegment(receivedMs);
      if (receivedMs > segment.maxMs) segment.maxMs = receivedMs;
      if (receivedMs < segment.minMs) segment.minMs = receivedMs;
      put(segment, lo, hi);
    },
    addSpan(hashes, fromMs, toMs) {
      for (let start = 0; start < hashes.length; ) {
        const left = (hashes.length - start) / 2;
        const segment = createSegment(capacityFor(left), fromMs);
        segment.maxMs = toMs;
        segments.push(segment);
        const end = Math.min(hashes.length, start + Math.floor(segment.slots.length * LOAD_MAX) * 2);
        for (; start < end; start += 2) put(segment, hashes[start]!, hashes[start + 1]!);
      }
    },
    markLoaded() {
      loaded = true;
    },
    mayHold(lo, hi, range) {
      const fingerprint = hi === 0 ? 1 : hi;
      let found = false;
      for (let i = segments.length - 1; i >= 0; i--) {
        const segment = segments[i]!;
        if (segment.slots[findSlot(segment, lo, fingerprint)] === 0) continue;
        range.fromMs = found ? Math.min(range.fromMs, segment.minMs) : segment.minMs;
        range.toMs = found ? Math.max(range.toMs, segment.maxMs) : segment.maxMs;
        found = true;
      }
      return found;
    },
    expire(beforeMs) {
      segments = segments.filter((segment) => segment.maxMs >= beforeMs);
    },
    clear() {
      segments = [];
      loaded = false;
    },
    get isLoaded() {
      return loaded;
    },
    get count() {
      return segments.reduce((sum, segment) => sum + segment.count, 0);
    },
    get bytes() {
      return segments.reduce((sum, segment) => sum + segment.slots.byteLength, 0);
    },
  };
}
