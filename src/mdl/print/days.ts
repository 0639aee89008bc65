/**
 * Days as the events table is sorted by: within a project and an event type by `toDate(timestamp)`. ClickHouse does not conclude
 * from a condition on `timestamp` what it means for that key, so a statement that reads a span says the days too, and skips the
 * rest of a month.
 */

/**
 * ClickHouse's Date begins at 1970 and ends with 6 June 2149; `toDate` of other times wraps around. The last month is left out,
 * because a part of it may hold both, and its index then says nothing true.
 */
const DATE_MAX_MS = Date.UTC(2149, 5, 1);

/** Whether each instant of a span, epoch ms, is of the day that `toDate` says. */
export const hasDays = (fromMs: number, toMs: number): boolean => fromMs >= 0 && toMs <= DATE_MAX_MS;
