/** What a stream may hold, and for how long things are remembered. */
export interface StreamOptions {
  /** Number of partitions; fixed at the first start. */
  partitions: number;
  /** Entries that may wait in one partition before payloads are refused. Each costs ENTRY_BYTES beside its body. */
  entriesMax: number;
  /** Bytes of one project's entries that may wait in its partition before its payloads are refused. */
  bytesMax: number;
  /** How long an Idempotency-Key is remembered; about 300 bytes a key. */
  idempotencyTtlMs: number;
  /** How long the hourly counters behind /v1/integrity are kept; about 400 bytes a project and hour. */
  countersTtlMs: number;
  /** How long a payload's outcome can be asked for; about 8 bytes a payload and 100 a batch. */
  outcomesKeepMs: number;
  /** Batches whose outcomes are kept at most in a partition, however young. */
  outcomesMax: number;
}

/** What an entry takes of Redis's memory beside its body. */
const ENTRY_BYTES = 300;

/** What an entry counts for against `bytesMax`. */
export const weighEntry = (bodyBytes: number): number => bodyBytes + ENTRY_BYTES;

/**
 * A partition takes this many times what one project may have waiting: while a loud project is refused, there is room left
 * for the others that share its partition. Redis's memory is at most this times `bytesMax` times the partitions.
 */
export const PARTITION_RESERVE = 1.25;

const HOUR_MS = 3_600_000;

export const STREAM_DEFAULTS: StreamOptions = {
  partitions: 4,
  entriesMax: 1_000_000,
  bytesMax: 256 * 1024 * 1024,
  idempotencyTtlMs: 24 * HOUR_MS,
  countersTtlMs: 35 * 24 * HOUR_MS,
  outcomesKeepMs: 24 * HOUR_MS,
  outcomesMax: 2_000_000,
};
