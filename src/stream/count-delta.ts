/** What an acknowledgement adds to the hourly counters. */
/** What to add to one project's counters of one hour of receipt. */
export interface CountDelta {
  hourMs: number;
  project: string;
  /** What the entries weighed, by weighEntry. */
  bytes: number;
  /** Correction of what the front counted. */
  accepted: number;
  /** Negative: what no longer waits. */
  pending: number;
  stored: number;
  duplicates: number;
  rejected: number;
  dropped: number;
}

/** As ack.lua takes them. */
export function countArguments(counts: readonly CountDelta[]): string[] {
  return counts.flatMap((c) => [
    String(c.hourMs),
    c.project,
    ...[c.bytes, c.accepted, c.pending, c.stored, c.duplicates, c.rejected, c.dropped].map(String),
  ]);
}
