/**
 * The live record of a batch: what the live stream of a partition holds of it, for fronts to count from.
 *
 * One record a batch, written by a script under the lease, under the batch's number as its id ("seq-0") and with the number of
 * the record before it (`prev`): a reader that finds another `prev` than it read last knows that it missed something.
 * Fields:
 *
 *   p   number of the record before
 *   d   digest of what is told; the acknowledgement compares it with what was then stored
 *   h   header: JSON of LiveHeader
 *   b   columns, little-endian: project and type of each row (2 bytes each), person (8), timestamp (float, 8), then each
 *       series' rows (4) and values (8)
 *   s   the sample: JSON of [row, event][]
 *   r   "1": what was told before is wrong, or nothing can be told: read the tables again, up to this batch
 */

/** Rows of one record: a batch with more is told as "read the tables". 20 bytes each, and 12 for each number. */
export const LIVE_ROWS_MAX = 100_000;
/** Events older or newer than this against their receipt are left out: no live view reaches as far. */
export const LIVE_HORIZON_MS = 25 * 3_600_000;
/** Bytes of live records kept in a partition, about: what a front that fell behind, or a client that was away, can catch up with. */
const LIVE_BYTES_MAX = 32 * 1024 * 1024;
/** Records kept at most and at least, whatever their size. */
const LIVE_RECORDS_MAX = 6_000;
const LIVE_RECORDS_MIN = 16;

export interface LiveSeries {
  /** Index into `names`. */
  name: number;
  property: string;
  rows: Uint32Array;
  values: Float64Array;
}

/** The stored events of a batch, row by row. */
export interface LiveRows {
  projects: string[];
  /** Event types. */
  names: string[];
  rowProject: Uint16Array;
  rowName: Uint16Array;
  /** [low, high] a row. */
  persons: Uint32Array;
  timestampsMs: Float64Array;
  numbers: LiveSeries[];
  /** Types of which not all numbers are told. */
  partial: number[];
  /** Whole events: a row and its JSON. */
  samples: { row: number; json: string }[];
  /** Time of receipt of the newest entry. */
  receivedMs: number;
}

interface LiveHeader {
  projects: string[];
  names: string[];
  rows: number;
  numbers: [name: number, property: string, count: number][];
  partial: number[];
  received_ms: number;
}

/** A record ready to be written. */
export interface LiveNote {
  digest: string;
  header: string;
  columns: Buffer;
  samples: string;
  /** Records the stream keeps, judged by this one's size. */
  keep: number;
}

const bytesOf = (view: Uint8Array | Uint16Array | Uint32Array | Float64Array): Buffer =>
  Buffer.from(view.buffer, view.byteOffset, view.byteLength);

/** Tells one set of rows from another; their order does not matter. */
export function digestLiveRows(rows: LiveRows): string {
  let low = 0;
  let high = 0;
  for (let i = 0; i < rows.timestampsMs.length; i++) {
    low = (low + rows.persons[i * 2]! + rows.rowName[i]!) | 0;
    high = (high ^ rows.persons[i * 2 + 1]! ^ Math.imul(rows.timestampsMs[i]! | 0, 0x9e3779b1)) | 0;
  }
  return `${rows.timestampsMs.length} ${low >>> 0} ${high >>> 0}`;
}

/** Writes down a batch's rows. */
export function encodeLiveRows(rows: LiveRows): LiveNote {
  const header: LiveHeader = {
    projects: rows.projects,
    names: rows.names,
    rows: rows.timestampsMs.length,
    numbers: rows.numbers.map(({ name, property, values }) => [name, property, values.length]),
    partial: rows.partial,
    received_ms: rows.receivedMs,
  };
  const columns = Buffer.concat([
    bytesOf(rows.rowProject),
    bytesOf(rows.rowName),
    bytesOf(rows.persons),
    bytesOf(rows.timestampsMs),
    ...rows.numbers.flatMap((series) => [bytesOf(series.rows), bytesOf(series.values)]),
  ]);
  const samples = `[${rows.samples.map(({ row, json }) => `[${row},${json}]`).join(',')}]`;
  const size = columns.length + samples.length + 500;
  const keep = Math.max(LIVE_RECORDS_MIN, Math.min(LIVE_RECORDS_MAX, Math.floor(LIVE_BYTES_MAX / size)));
  return { digest: digestLiveRows(rows), header: JSON.stringify(header), columns, samples, keep };
}

/** A record as a front reads it. `rows` is absent when the tables have to be read instead. */
export interface LiveRecord {
  /** The batch. */
  seq: number;
  prev: number;
  rows: LiveRows | undefined;
}

/** The record of a stream entry: its id and its fields. */
export function decodeLiveRecord(id: string, fields: readonly Buffer[]): LiveRecord {
  const byName = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) byName.set(fields[i]!.toString(), fields[i + 1]!);
  const seq = Number(id.slice(0, id.indexOf('-')));
  const prev = Number(byName.get('p')?.toString() ?? 0);
  if (byName.has('r')) return { seq, prev, rows: undefined };
  const header = JSON.parse(byName.get('h')!.toString()) as LiveHeader;
  return { seq, prev, rows: decodeRows(header, byName.get('b')!, byName.get('s')!) };
}

function decodeRows(header: LiveHeader, columns: Buffer, samples: Buffer): LiveRows {
  let at = 0;
  // Copied, because a view of 8-byte numbers has to begin at a multiple of 8.
  const take = (bytes: number): ArrayBuffer => {
    const part = new Uint8Array(bytes);
    part.set(columns.subarray(at, at + bytes));
    at += bytes;
    return part.buffer;
  };
  const { rows } = header;
  return {
    projects: header.projects,
    names: header.names,
    rowProject: new Uint16Array(take(rows * 2)),
    rowName: new Uint16Array(take(rows * 2)),
    persons: new Uint32Array(take(rows * 8)),
    timestampsMs: new Float64Array(take(rows * 8)),
    numbers: header.numbers.map(([name, property, count]) => ({
      name,
      property,
      rows: new Uint32Array(take(count * 4)),
      values: new Float64Array(take(count * 8)),
    })),
    partial: header.partial,
    samples: (JSON.parse(samples.toString()) as [number, object][]).map(([row, event]) => ({
      row,
      json: JSON.stringify(event),
    })),
    receivedMs: header.received_ms,
  };
}
