/** What is asked on the retention screen, as the address keeps it, and the question it means. */
import { type Condition, readWhere, toWhere } from '../ui/where.js';
import { type Fields, readText } from './event-match.js';
import { keep, onlySaid, readBreakdown, readLimit } from './kept.js';

export interface AskedRetention {
  start: string;
  start_where: Condition[];
  back: string;
  back_where: Condition[];
  grain: string;
  /** 0: as many as suit the grain. */
  periods: number;
  mode: string;
  criterion: string;
  windows: string;
  min_times: number;
  breakdown: string[];
  from: string;
  to: string;
  timezone: string;
  /** What is asked and has no field; it goes before what the form says. */
  kept?: Fields;
}

/** Curves beyond this say nothing more; the rest is "$other". */
const BREAKDOWN_LIMIT = 6;

/** The body; undefined while the event that starts is missing. */
export function composeRetention(asked: AskedRetention): Record<string, unknown> | undefined {
  if (asked.start === '' && asked.kept?.start === undefined) return undefined;
  const { grain, periods, mode, criterion, windows, min_times, from, to, timezone, kept } = asked;
  const breakdown = asked.breakdown.filter((one) => one !== '');
  return {
    start: { event: asked.start, where: toWhere(asked.start_where) },
    return: { event: asked.back || asked.start, where: toWhere(asked.back_where) },
    grain,
    ...(periods > 0 ? { periods } : {}),
    mode,
    criterion,
    windows,
    min_times,
    from,
    to,
    timezone,
    ...(breakdown.length > 0 ? { breakdown, breakdown_limit: BREAKDOWN_LIMIT } : {}),
    ...kept,
  };
}

/** An event with conditions, if that is all it is. */
function readOne(match: unknown): { event: string; where: Condition[] } | undefined {
  const { event, where, ...rest } = (match ?? {}) as Fields;
  if (typeof event !== 'string' || Object.keys(rest).length > 0) return undefined;
  return { event, where: readWhere(where) };
}

/** A body as the form has it; what a body may leave out is what the interface takes for it. */
export function readRetention(body: Fields): Partial<AskedRetention> {
  const { start, return: back, breakdown, breakdown_limit, from, to, periods, min_times, ...more } = body;
  const { grain = 'day', mode, criterion, windows, timezone = 'UTC', ...rest } = more;
  const first = readOne(start);
  // Left out, it is the same event again.
  const again = back === undefined ? first : readOne(back);
  const split = readBreakdown(breakdown);
  return {
    ...(first ? { start: first.event, start_where: first.where } : {}),
    ...(again ? { back: again.event, back_where: again.where } : {}),
    grain: readText(grain),
    mode: readText(mode) || 'first_time',
    criterion: readText(criterion) || 'on',
    windows: readText(windows) || 'calendar',
    timezone: readText(timezone),
    breakdown: split.breakdown ?? [],
    min_times: typeof min_times === 'number' ? min_times : 1,
    periods: typeof periods === 'number' ? periods : 0,
    ...onlySaid({
      from: readText(from) || undefined,
      to: readText(to) || undefined,
    }),
    ...keep({
      ...rest,
      ...readLimit(breakdown, breakdown_limit, BREAKDOWN_LIMIT),
      breakdown: split.rest,
      start: first ? undefined : start,
      return: again ? undefined : (back ?? start),
    }),
  };
}
