/**
 * What live views are told of a batch, beside what is stored: for each event its type, its person, its numbers, and a sample of
 * whole events. A person is told by two 32-bit words that ClickHouse can compute too, so that what a front reads
 * from the table and what it hears afterwards are the same person:
 *
 *   low = murmurHash3_32(person)    high = xxHash32(person)
 */

/** Whole events in the sample of one batch; a batch with no more than these is sampled whole. */
export const SAMPLE_EVENTS_MAX = 64;
/** Characters of JSON in the sample of one batch: what it adds to Redis's log ten times a second. */
export const SAMPLE_CHARACTERS_MAX = 128 * 1024;
/** Numeric properties of one event type that are told; further ones are asked of the engine instead. */
export const NUMBERS_PER_EVENT_MAX = 12;
/** Series of numbers in one batch, over all event types. */
export const NUMBERS_MAX = 200;

/** The values of one numeric property of one event type: values[i] is that of row rows[i]. */
export interface LiveNumbers {
  /** Index into `names`. */
  name: number;
  property: string;
  rows: Uint32Array;
  values: Float64Array;
}

/** A whole event of the sample, as JSON in the native form. */
export interface LiveSample {
  row: number;
  json: string;
}

/** Columns over the rows of a prepared batch, by ordinal. */
export interface LiveColumns {
  /** Event types of the batch. */
  names: string[];
  /** Each row's event type: an index into `names`. */
  rowName: Uint32Array;
  /** Each row's person: [low, high]. */
  persons: Uint32Array;
  numbers: LiveNumbers[];
  /** Event types of which not all numbers are told: indexes into `names`. */
  partial: number[];
  /** In stream order. */
  samples: LiveSample[];
}

/** A whole event as live views show it. */
export interface LiveEvent {
  event: string;
  event_id: string;
  user_id?: string;
  anonymous_id?: string;
  session_id?: string;
  timestamp: string;
  received_at: string;
  properties: unknown;
  context: unknown;
}
