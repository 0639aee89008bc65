/**
 * The names of everything in Redis. What belongs to one partition carries its number as a hash tag, so that a
 * script's keys lie on one node of a Redis Cluster.
 */
export const PARTITION_COUNT_KEY = 'weir:partitions';
export const CONSUMERS_KEY = 'weir:consumers';

export interface PartitionKeys {
  /** Stream of payloads. */
  events: string;
  /** Stream of outcome records, one a batch; its ids are the batches' last entry ids. */
  outcomes: string;
  /** Stream of live records, one a batch; its ids are the batches' numbers. */
  live: string;
  /** Hash: bytes, token, seq, sealed_to, acked, acked_seq, live_seq, live_digest. */
  state: string;
  /** List of batches that are sealed and not acknowledged, oldest first. */
  sealed: string;
  /** Hash: bytes that wait of each project. */
  waiting: string;
  /** Hash: who consumes the partition. */
  lease: string;
  /** Prefix of the hashes of hourly counters; the hour's start in ms follows. */
  counts: string;
  /** List of batches that took more than one attempt to store. */
  doubts: string;
  /** Prefix of the hashes of data versions; the project follows. */
  versions: string;
  /** Prefix of idempotency keys. */
  idempotency: string;
}

export function partitionKeys(partition: number): PartitionKeys {
  const prefix = `weir:{p${partition}}:`;
  return {
    events: `${prefix}events`,
    outcomes: `${prefix}outcomes`,
    live: `${prefix}live`,
    state: `${prefix}state`,
    sealed: `${prefix}sealed`,
    waiting: `${prefix}waiting`,
    lease: `${prefix}lease`,
    counts: `${prefix}counts:`,
    doubts: `${prefix}doubts`,
    versions: `${prefix}versions:`,
    idempotency: `${prefix}idempotency:`,
  };
}
