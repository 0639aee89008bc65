/** The buckets of one question, as a list of instants the engine can search. */
import { type Calendar, createCalendar, type Grain, type Weekday } from './calendar.js';
import type { Zone } from './zone.js';

/** Two weeks of minutes. Each bucket is a row of every series in the answer. */
export const MAX_BUCKETS = 20_160;

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** `bounds` are the starts of the buckets that touch the range, then the end of the last one: one more than there are buckets. */
export interface Buckets {
  readonly grain: Grain;
  readonly bounds: readonly number[];
}

/**
 * Lists the buckets that touch [from, to), then `further` ones after them.
 * Undefined when there would be more than MAX_BUCKETS.
 */
export function listBuckets(
  range: Range,
  grain: Grain,
  zone: Zone,
  weekStart: Weekday = 1,
  further = 0,
): Buckets | undefined {
  if (grain === 'all') return { grain, bounds: [range.fromMs, range.toMs] };
  const calendar: Calendar = createCalendar(grain, zone, weekStart);
  const bounds = [calendar.floor(range.fromMs)];
  let left = further;
  while (bounds[bounds.length - 1]! < range.toMs || left-- > 0) {
    if (bounds.length > MAX_BUCKETS) return undefined;
    bounds.push(calendar.next(bounds[bounds.length - 1]!));
  }
  return { grain, bounds };
}

/** Index of the bucket that holds the instant, -1 before the first, bounds.length - 1 from the end of the last on. */
export function findBucket(bounds: readonly number[], instant: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! <= instant) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
