/**
 * Spans of time as conditions on events, said of their instant and of their day. Events are sorted by `toDate(timestamp)` within a
 * project and a type, and ClickHouse does not conclude from a condition on `timestamp` what it means for that: it would read the
 * rest of a month too.
 */
import { hasDays } from '../../mdl/print/days.js';
import { type Params, type Printed, print } from '../printed.js';
import type { Range } from './buckets.js';

/** The times before 1970 that a DateTime64 holds, from 1900 on, wrap around to days from here on. */
const WRAPPED_MS = Date.UTC(2079, 5, 1);

/** An instant as the type of `timestamp`. */
export const printInstant = (ms: number, params: Params): Printed =>
  print`fromUnixTimestamp64Milli(${params.bind('Int64', ms)}, 'UTC')`;

/** Whether an event lies in [from, to). */
export function printSpan({ fromMs, toMs }: Range, params: Params): Printed {
  const [from, to] = [printInstant(fromMs, params), printInstant(toMs, params)];
  const within = print`timestamp >= ${from} and timestamp < ${to}`;
  return hasDays(fromMs, toMs)
    ? print`${within} and toDate(timestamp) between toDate(${from}) and toDate(${to})`
    : within;
}

/** Whether an event lies before an instant, however long. */
export function printUntil(toMs: number, params: Params): Printed {
  const to = printInstant(toMs, params);
  const before = print`timestamp < ${to}`;
  return toMs >= 0 && toMs < WRAPPED_MS
    ? print`${before} and (toDate(timestamp) <= toDate(${to}) or toDate(timestamp) >= toDate(${printInstant(WRAPPED_MS, params)}))`
    : before;
}
