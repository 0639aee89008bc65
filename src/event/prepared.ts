/**
 * What a worker thread is given and what it gives back: entries in, one insertable batch out. Plain data, so that it
 * crosses threads; the buffers are transferred, not copied. The same task always gives the same batch.
 *
 * A row's *ordinal* is its place among the task's valid events, in stream order, from 0. It does not depend on
 * `exclude`: a second call that leaves rows out counts them all the same, so what was decided about ordinal 17 of the
 * first call still speaks of the same event.
 */
import type { LiveColumns } from './live.js';
import type { AboutPeople } from './people.js';
import type { Entry, RejectCode, RejectedEvent } from './types.js';

export interface PrepareTask {
  /** In stream order, all of one partition. */
  entries: readonly Entry[];
  /** Written to every row: the batch this is. */
  partition: number;
  seq: number;
  /** Ordinals to leave out of the block, in any order. */
  exclude?: Uint32Array;
}

export interface PreparedBatch {
  /** Valid events of the task, left out ones included: ordinals run from 0 to rows - 1. */
  rows: number;
  /** Rows in the block: `rows` less those left out. */
  blockRows: number;
  /**
   * ClickHouse Native format, columns as in EVENT_COLUMNS, rows in ordinal order. Usually one Native block; several,
   * one after another, when the events have very many different properties. Empty when blockRows is 0.
   */
  block: Uint8Array;
  /** hashEventId of each ordinal: two words each, [lo, hi]. */
  idHashes: Uint32Array;
  /** Content hash of each ordinal: [lo, hi]; the column content_hash is hi * 2^32 + lo. */
  contentHashes: Uint32Array;
  /** Which entry of the task each ordinal came in. */
  rowEntry: Uint32Array;
  /** The event's place in its payload, from 0, for each ordinal; of a part of a split event, see composePlace. */
  rowIndex: Uint32Array;
  /** `timestamp` of each ordinal in ms: which monthly partition of the table it falls in. */
  rowTimestampsMs: Float64Array;
  /** Event ids as UTF-8, one after another; ordinal n is at idOffsets[n] to idOffsets[n + 1]. Use readEventId. */
  idBytes: Uint8Array;
  idOffsets: Uint32Array;
  /** Of the rows in the block; 0 and 0 when it is empty. */
  minTimestampMs: number;
  maxTimestampMs: number;
  people: AboutPeople;
  /** What live views are told of the rows, left out ones included. */
  live: LiveColumns;
  /** In stream order. */
  rejects: RejectedEvent[];
  /** Events that break their type's rules and were stored all the same (modes observe and warn), for each entry. */
  observed: { project: string; event: string; count: number }[];
  /** Events discarded on purpose by a stage, for each entry of the task. */
  entryDropped: Uint32Array;
  /** Events found in each entry of the task: its rows + rejects + dropped. Equals the front's count. */
  entryEvents: Uint32Array;
  /** Inflated bytes of the task's payloads. */
  inflatedBytes: number;
  /** Projects with events that a route names. */
  routed: string[];
  /** Users' plugins that failed on events, one line a plugin and code. `plugin` is '' when none is to blame. */
  pluginErrors: { plugin: string; code: RejectCode; count: number }[];
  /** Time in each stage, summed over the task, by the stage's name; that of a plugin as "plugin:<name>". */
  stageMs: Record<string, number>;
}

/** More than a payload has events: a part's number stands above the event's index. */
const PART_STRIDE = 1 << 20;

/** The place of a part of an event: the event's own index for part 0, and for a whole event. */
export const composePlace = (index: number, part: number): number => index + part * PART_STRIDE;

/** The index of the event that stands, wholly or in part, at a place. */
export const indexOfPlace = (place: number): number => place % PART_STRIDE;

/** The event id of a row of a prepared batch. */
export function readEventId(batch: Pick<PreparedBatch, 'idBytes' | 'idOffsets'>, ordinal: number): string {
  const { idBytes, idOffsets } = batch;
  const start = idOffsets[ordinal]!;
  return Buffer.from(idBytes.buffer, idBytes.byteOffset + start, idOffsets[ordinal + 1]! - start).toString();
}
