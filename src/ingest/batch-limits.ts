/** How much makes a batch. */
import type { Entry } from '../event/types.js';

export interface BatchLimits {
  /** Events, as the fronts counted them. */
  rowsMax: number;
  /** Bytes of bodies, as weighWork counts them. */
  bytesMax: number;
  /** The longest time between batches while events come: when storing them is slow. */
  ageMs: number;
}

/** Entries of one batch: its outcome record holds about 8 bytes for each. */
export const BATCH_ENTRIES_MAX = 10_000;
/** How many bytes a compressed one counts for: what it inflates to is what a worker has to hold. */
const INFLATION = 8;

/** What an entry's body counts for against `bytesMax`. */
export const weighWork = (entry: Entry): number =>
  entry.body.length * (entry.encoding === '' ? 1 : INFLATION);

/** How many of the gathered entries make a batch within the limits; at least one. */
export function fitBatch(
  gathered: readonly Entry[],
  limits: BatchLimits,
): { entries: number; isFull: boolean } {
  const { rowsMax, bytesMax } = limits;
  let rows = 0;
  let bytes = 0;
  for (let i = 0; i < gathered.length; i++) {
    rows += gathered[i]!.eventCount;
    bytes += weighWork(gathered[i]!);
    if (i > 0 && (rows > rowsMax || bytes > bytesMax)) return { entries: i, isFull: true };
  }
  const isFull = rows >= rowsMax || bytes >= bytesMax || gathered.length >= BATCH_ENTRIES_MAX;
  return { entries: gathered.length, isFull };
}
