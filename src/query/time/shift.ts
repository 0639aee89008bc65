/**
 * The period before a period. Whole local months, quarters or years go back by as many of them, unless they are looked at in
 * shorter buckets; ranges that begin and end at one time of the local day go back by whole days, so that a change of the clock
 * moves nothing; others by their length.
 */
import type { Range } from './buckets.js';
import type { Grain } from './calendar.js';
import { MIN_INSTANT_MS } from './instant.js';
import type { Zone } from './zone.js';

const DAY_MS = 86_400_000;
/** At shorter ones every bucket needs its partner in a period of as many days. */
const MONTH_GRAINS: readonly Grain[] = ['month', 'quarter', 'year', 'all'];

/** The range of equal length that ends where this one begins, undefined when it would begin before 1900. */
export function shiftBack({ fromMs, toMs }: Range, grain: Grain, zone: Zone): Range | undefined {
  const from = fromMs + zone.offsetAt(fromMs);
  const to = toMs + zone.offsetAt(toMs);
  const start = findStart(from, to, grain);
  const earlierMs = start === undefined ? fromMs - (toMs - fromMs) : zone.toInstant(start);
  return earlierMs < MIN_INSTANT_MS ? undefined : { fromMs: earlierMs, toMs: fromMs };
}

/** Wall time at which the earlier period begins, undefined when it is no matter of the calendar. */
function findStart(from: number, to: number, grain: Grain): number | undefined {
  const first = new Date(from);
  const last = new Date(to);
  const isMonthStart = (date: Date): boolean => date.getUTCDate() === 1 && date.getTime() % DAY_MS === 0;
  if (MONTH_GRAINS.includes(grain) && isMonthStart(first) && isMonthStart(last)) {
    const months =
      (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth();
    return Date.UTC(first.getUTCFullYear(), first.getUTCMonth() - months, 1);
  }
  return (to - from) % DAY_MS === 0 ? from - (to - from) : undefined;
}
