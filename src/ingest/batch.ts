/** A batch before and after it is stored. */
import type { Entry } from '../event/types.js';
import type { CountDelta, SealedBatch } from '../stream/consumer.js';
import type { EntryOutcome, EntryReject } from '../stream/outcome-record.js';
import type { PreparedParts } from './prepare-parts.js';

export interface OpenBatch {
  sealed: SealedBatch;
  entries: readonly Entry[];
  prepared: Promise<PreparedParts>;
  /** True when somebody may have tried to store it before. */
  wasTried: boolean;
}

/** What an acknowledgement records. */
export interface StoredBatch {
  outcomes: EntryOutcome[];
  rejects: EntryReject[];
  counts: CountDelta[];
  /** Of what live views are to count. */
  liveDigest: string;
  /** What its stored events touch, by encodeTouched. */
  touched: string;
}
