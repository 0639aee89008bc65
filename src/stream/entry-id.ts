/** Redis entry ids, "ms-seq": what they say and how they are ordered. */

/** The milliseconds of an entry id: the payload's time of receipt, by Redis's clock, never going back within a stream. */
export const entryMs = (id: string): number => Number(id.slice(0, id.indexOf('-')));

/** The number after the dash. */
const entrySeq = (id: string): number => Number(id.slice(id.indexOf('-') + 1));

/** Negative when a comes before b, 0 when equal. */
export const compareEntryIds = (a: string, b: string): number =>
  entryMs(a) - entryMs(b) || entrySeq(a) - entrySeq(b);

/** Start of the hour an instant lies in; all counters are kept by hour of receipt. */
export const hourOf = (ms: number): number => ms - (ms % 3_600_000);
