/**
 * What is to become of each row of a prepared batch: stored, duplicate, or in conflict with another event of the same id.
 *
 * The rule: of the events of a project with one id, the first in stream order is kept; one that was received within the
 * window after a kept one (the window's end included, by the entries' times of receipt) is a duplicate when its content is
 * the same, else a conflict. An event that was not kept keeps nobody out. So the verdicts follow from the stream alone: they
 * do not depend on how it was cut into batches, nor on how often a batch was tried.
 *
 * Three sources, cheapest first:
 *   the batch      other rows with the same hash of the id
 *   fingerprints   no hit: surely new. Nearly all rows end here, without their id ever becoming a string
 *   the table      for the others: which are stored, when received, with which content
 *
 * A batch that may have been stored before, wholly or in part, is judged *carefully*: what the table holds under the batch's
 * own number was stored by an earlier attempt, and what it holds as rejected stays so.
 */
import { type PreparedBatch, readEventId } from '../event/prepared.js';
import { type Entry, formatPayloadId } from '../event/types.js';
import type { Fingerprints, SeenRange } from './fingerprints.js';
import { findFirstSeen } from './first-seen.js';
import { eventKey, type IngestTables, type StoredEvent } from './tables.js';

export const NEW = 0;
/** Stored by an earlier attempt at this batch. */
export const OURS = 1;
export const DUPLICATE = 2;
export const CONFLICT = 3;
/** Kept as rejected by an earlier attempt at this batch. */
export const REJECTED_BEFORE = 4;

/** What the tables hold of a batch from earlier attempts. */
export interface EarlierAttempts {
  /** By eventKey. */
  rows: ReadonlyMap<string, readonly StoredEvent[]>;
  /** By rejectKey. */
  rejects: ReadonlySet<string>;
}

export const rejectKey = (payloadId: string, index: number): string => `${payloadId}/${index}`;

export interface JudgeOptions {
  tables: IngestTables;
  fingerprints: Fingerprints;
  windowMs: number;
  seq: number;
  /** Absent: this batch was surely never tried before. */
  earlier: EarlierAttempts | undefined;
  /** What the batch's earlier parts kept, by eventKey: when a batch is stored in parts. */
  keptInParts: ReadonlyMap<string, readonly StoredEvent[]>;
}

export interface Judgement {
  /** One of the constants above for each row. */
  verdicts: Uint8Array;
  /** Rows whose ids were looked up in the table. */
  lookedUp: number;
  /** What earlier attempts stored and no row accounts for, by eventKey: events that were valid then and are not now. */
  unclaimed: ReadonlyMap<string, readonly StoredEvent[]>;
}

/** Rows of a prepared batch together with what their entries say of them. */
interface Rows {
  readonly count: number;
  projectOf(row: number): string;
  idOf(row: number): string;
  keyOf(row: number): string;
  placeOf(row: number): string;
  /** As it would be, or is, stored. */
  storedAs(row: number): StoredEvent;
}

function describeRows(entries: readonly Entry[], batch: PreparedBatch): Rows {
  const entryOf = (row: number) => entries[batch.rowEntry[row]!]!;
  return {
    count: batch.rows,
    projectOf: (row) => entryOf(row).project,
    idOf: (row) => readEventId(batch, row),
    keyOf: (row) => eventKey(entryOf(row).project, readEventId(batch, row)),
    placeOf(row) {
      const entry = entryOf(row);
      return rejectKey(formatPayloadId(entry.partition, entry.id), batch.rowIndex[row]!);
    },
    storedAs: (row) => ({
      low: batch.contentHashes[row * 2]!,
      high: batch.contentHashes[row * 2 + 1]!,
      receivedMs: entryOf(row).receivedAtMs,
    }),
  };
}

const isSameContent = (a: StoredEvent, b: StoredEvent): boolean => a.low === b.low && a.high === b.high;

/** Marks rows that share their hash with another row of the batch. */
function markRepeats(batch: PreparedBatch, marked: Uint8Array): boolean {
  const first = findFirstSeen(batch.idHashes, batch.rows);
  let found = false;
  for (let row = 0; row < first.length; row++) {
    if (first[row] === -1) continue;
    marked[row] = 1;
    marked[first[row]!] = 1;
    found = true;
  }
  return found;
}

interface Suspects {
  /** Ids by project. */
  byProject: Map<string, Set<string>>;
  range: SeenRange;
  oldestMs: number;
  count: number;
}

/** Marks the rows the fingerprints cannot call new, and gathers their ids. */
function markSuspects(
  rows: Rows,
  batch: PreparedBatch,
  marked: Uint8Array,
  verdicts: Uint8Array,
  fingerprints: Fingerprints,
): Suspects {
  const range = { fromMs: Number.MAX_SAFE_INTEGER, toMs: 0 };
  const suspects: Suspects = { byProject: new Map(), range, oldestMs: Number.MAX_SAFE_INTEGER, count: 0 };
  const seen: SeenRange = { fromMs: 0, toMs: 0 };
  const { idHashes } = batch;
  for (let row = 0; row < rows.count; row++) {
    if (verdicts[row] !== NEW) continue;
    if (!fingerprints.mayHold(idHashes[row * 2]!, idHashes[row * 2 + 1]!, seen)) continue;
    marked[row] = 1;
    const project = rows.projectOf(row);
    const ids = suspects.byProject.get(project) ?? new Set();
    suspects.byProject.set(project, ids.add(rows.idOf(row)));
    range.fromMs = Math.min(range.fromMs, seen.fromMs);
    range.toMs = Math.max(range.toMs, seen.toMs);
    suspects.oldestMs = Math.min(suspects.oldestMs, rows.storedAs(row).receivedMs);
    suspects.count += 1;
  }
  return suspects;
}

/** Everything stored that could keep a marked row out, by eventKey. */
type Keepers = Map<string, StoredEvent[]>;

function addKeepers(
  keepers: Keepers,
  from: ReadonlyMap<string, readonly StoredEvent[]>,
  toKey = (key: string) => key,
): void {
  for (const [key, events] of from) {
    const list = keepers.get(toKey(key));
    if (list) list.push(...events);
    else keepers.set(toKey(key), [...events]);
  }
}

async function lookUp(suspects: Suspects, keepers: Keepers, options: JudgeOptions): Promise<void> {
  const fromMs = Math.max(suspects.range.fromMs, suspects.oldestMs - options.windowMs);
  const range = { fromMs, toMs: suspects.range.toMs, beforeSeq: options.seq };
  for (const [project, ids] of suspects.byProject) {
    addKeepers(keepers, await options.tables.findEventIds(project, [...ids], range), (id) =>
      eventKey(project, id),
    );
  }
}

/**
 * Marks what an earlier attempt stored or rejected. A stored event accounts for one row: the first that equals it. Answers
 * what no row accounts for.
 */
function markEarlier(
  rows: Rows,
  earlier: EarlierAttempts,
  marked: Uint8Array,
  verdicts: Uint8Array,
): Judgement['unclaimed'] {
  const claimed = new Set<StoredEvent>();
  for (let row = 0; row < rows.count; row++) {
    if (earlier.rejects.has(rows.placeOf(row))) {
      verdicts[row] = REJECTED_BEFORE;
      continue;
    }
    const ours = earlier.rows.get(rows.keyOf(row));
    if (!ours) continue;
    marked[row] = 1;
    const self = rows.storedAs(row);
    const same = ours.find(
      (e) => !claimed.has(e) && e.receivedMs === self.receivedMs && isSameContent(e, self),
    );
    if (!same) continue;
    claimed.add(same);
    verdicts[row] = OURS;
  }
  const unclaimed = new Map<string, StoredEvent[]>();
  for (const [key, events] of earlier.rows) {
    const rest = events.filter((event) => !claimed.has(event));
    if (rest.length > 0) unclaimed.set(key, rest);
  }
  return unclaimed;
}

/** Judges the marked rows in stream order; each that is kept may keep later ones out. */
function judgeMarked(
  rows: Rows,
  marked: Uint8Array,
  verdicts: Uint8Array,
  keepers: Keepers,
  windowMs: number,
): void {
  for (let row = 0; row < rows.count; row++) {
    if (marked[row] === 0 || verdicts[row] !== NEW) continue;
    const key = rows.keyOf(row);
    const self = rows.storedAs(row);
    const list = keepers.get(key) ?? [];
    // What was received later may be there already, from an attempt that died: it keeps nothing earlier out.
    const keeper = list.find(
      (event) => event.receivedMs >= self.receivedMs - windowMs && event.receivedMs <= self.receivedMs,
    );
    if (keeper) {
      verdicts[row] = isSameContent(keeper, self) ? DUPLICATE : CONFLICT;
    } else {
      list.push(self);
      keepers.set(key, list);
    }
  }
}

/**
 * Judges every row of a prepared batch. `entries` are those it was prepared from. Throws EngineError when the table could
 * not be asked.
 */
export async function judgeRows(
  entries: readonly Entry[],
  batch: PreparedBatch,
  options: JudgeOptions,
): Promise<Judgement> {
  const { earlier, keptInParts } = options;
  const rows = describeRows(entries, batch);
  const verdicts = new Uint8Array(batch.rows);
  const marked = new Uint8Array(batch.rows);
  const keepers: Keepers = new Map();
  const hasRepeats = markRepeats(batch, marked);
  let unclaimed: Judgement['unclaimed'] = new Map();
  if (earlier) {
    unclaimed = markEarlier(rows, earlier, marked, verdicts);
    addKeepers(keepers, earlier.rows);
  }
  if (keptInParts.size > 0) {
    marked.fill(1);
    addKeepers(keepers, keptInParts);
  }
  const suspects = markSuspects(rows, batch, marked, verdicts, options.fingerprints);
  if (suspects.count > 0) await lookUp(suspects, keepers, options);
  if (hasRepeats || earlier || keptInParts.size > 0 || suspects.count > 0) {
    judgeMarked(rows, marked, verdicts, keepers, options.windowMs);
  }
  return { verdicts, lookedUp: suspects.count, unclaimed };
}
