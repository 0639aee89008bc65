/** What other rooms use of the streams. */

export { createPartitionConsumer, type PartitionConsumer, type SealedBatch } from './consumer.js';
export { compareEntryIds, entryMs, hourOf } from './entry-id.js';
export { STREAM_DEFAULTS, type StreamOptions } from './options.js';
export type { BatchOutcome, EntryOutcome, RejectDetail } from './outcome-record.js';
export { fixPartitionCount, partitionOf } from './partition.js';
export {
  type Appended,
  createStream,
  type EventStream,
  type Idempotency,
  type NewPayload,
  type PayloadDone,
  type PayloadOutcome,
  STREAM_FULL_RETRY_S,
  type StreamDepth,
} from './stream.js';
