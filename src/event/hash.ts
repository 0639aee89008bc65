/**
 * Hashes of event ids and of event contents, 64 bits as two unsigned 32-bit words, [low, high]: JavaScript has no fast
 * 64-bit integers. Not cryptographic.
 *
 * The hash of an event id is made of two functions that ClickHouse has too, so that the engine can compute it for rows
 * it already stores:
 *
 *   low  = bitXor(murmurHash3_32(event_id), murmurHash3_32(project))
 *   high = bitXor(xxHash32(event_id), xxHash32(project))
 *
 * Text that is not well-formed UTF-16 is hashed as it is stored, with U+FFFD for a lone surrogate.
 */

export type Hash64 = [low: number, high: number];

/** MurmurHash3, 32 bits, seed 0, of `bytes[start, end)`. */
export function hashMurmur3(bytes: Uint8Array, start: number, end: number): number {
  let h = 0;
  let i = start;
  for (const words = end - ((end - start) & 3); i < words; i += 4) {
    h ^= scrambleMurmur(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  if (i < end) {
    let rest = bytes[i]!;
    if (i + 1 < end) rest |= bytes[i + 1]! << 8;
    if (i + 2 < end) rest |= bytes[i + 2]! << 16;
    h ^= scrambleMurmur(rest);
  }
  return finishMurmur(h ^ (end - start));
}

function scrambleMurmur(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function finishMurmur(hash: number): number {
  let h = hash;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

const readWord = (b: Uint8Array, i: number): number =>
  b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24);

const roundXx = (lane: number, word: number): number => {
  const h = (lane + Math.imul(word, P2)) | 0;
  return Math.imul((h << 13) | (h >>> 19), P1);
};

/** xxHash32, seed 0, of `bytes[start, end)`. */
export function hashXx32(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  let h = P5;
  if (end - start >= 16) {
    let a = (P1 + P2) | 0;
    let b = P2 | 0;
    let c = 0;
    let d = -P1 | 0;
    for (; i + 16 <= end; i += 16) {
      a = roundXx(a, readWord(bytes, i));
      b = roundXx(b, readWord(bytes, i + 4));
      c = roundXx(c, readWord(bytes, i + 8));
      d = roundXx(d, readWord(bytes, i + 12));
    }
    h =
      ((a << 1) | (a >>> 31)) + ((b << 7) | (b >>> 25)) + ((c << 12) | (c >>> 20)) + ((d << 18) | (d >>> 14));
  }
  h = (h + (end - start)) | 0;
  for (; i + 4 <= end; i += 4) {
    h = (h + Math.imul(readWord(bytes, i), P3)) | 0;
    h = Math.imul((h << 17) | (h >>> 15), P4);
  }
  for (; i < end; i++) {
    h = (h + Math.imul(bytes[i]!, P5)) | 0;
    h = Math.imul((h << 11) | (h >>> 21), P1);
  }
  h = Math.imul(h ^ (h >>> 15), P2);
  h = Math.imul(h ^ (h >>> 13), P3);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Hash of bytes for a project's ids: a project's own hash, XORed with that of each of its ids. */
function hashIdBytes(projectHash: Hash64, bytes: Uint8Array, start: number, end: number): Hash64 {
  return [
    (hashMurmur3(bytes, start, end) ^ projectHash[0]) >>> 0,
    (hashXx32(bytes, start, end) ^ projectHash[1]) >>> 0,
  ];
}

/** Both functions over a text's UTF-8. */
export function hashUtf8(text: string): Hash64 {
  const bytes = Buffer.from(text);
  return [hashMurmur3(bytes, 0, bytes.length), hashXx32(bytes, 0, bytes.length)];
}

/** The hash that duplicates of an event are recognised by. */
export function hashEventId(project: string, eventId: string): Hash64 {
  const bytes = Buffer.from(eventId);
  return hashIdBytes(hashUtf8(project), bytes, 0, bytes.length);
}

/**
 * An order-keeping hash that is fed piece by piece: two lanes with different multipliers, each mixed with every code
 * unit, and both finished together so that each word of the result depends on both lanes.
 */
export class HashState {
  low = 0;
  high = 0;

  reset(low: number, high: number): void {
    this.low = low ^ P3;
    this.high = high ^ P4;
  }

  addWord(word: number): void {
    this.low = Math.imul(this.low ^ word, P1);
    this.low ^= this.low >>> 15;
    this.high = Math.imul(this.high ^ word, P2);
    this.high ^= this.high >>> 13;
  }

  addText(text: string): void {
    let { low, high } = this;
    const { length } = text;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      low = Math.imul(low ^ code, P1);
      high = Math.imul(high ^ code, P2);
      low ^= low >>> 15;
      high ^= high >>> 13;
    }
    this.low = low;
    this.high = high;
    this.addWord(length);
  }

  /** Mixes the two lanes; the state then holds the hash. */
  finish(): void {
    const { low, high } = this;
    this.low = finishMurmur(low ^ Math.imul(high ^ (high >>> 13), P2));
    this.high = finishMurmur(high ^ Math.imul(low ^ (low >>> 16), P5));
  }
}

const textState = new HashState();

/** 64-bit hash of a text's code units. */
export function hashText(text: string): Hash64 {
  textState.reset(0, 0);
  textState.addText(text);
  textState.finish();
  return [textState.low, textState.high];
}
