/** What is asked on the explore screen, as the address keeps it, and the trend it means. */
import { type Condition, readWhere, toWhere } from '../ui/where.js';
import { type Fields, readList, readText } from './event-match.js';
import { keep, onlySaid, readBreakdown, readCompare, readLimit } from './kept.js';

export interface AskedTrend {
  event: string;
  measure: string;
  property: string;
  where: Condition[];
  breakdown: string[];
  grain: string;
  compare: boolean;
  from: string;
  to: string;
  timezone: string;
  /** What is asked and has no field; it goes before what the form says. */
  kept?: Fields;
}

/** Lines beyond this say nothing more; the rest is "$other". */
const SERIES_MAX = 8;

export const MEASURES: readonly (readonly [measure: string, text: string])[] = [
  ['count', 'Number of events'],
  ['users', 'People'],
  ['sessions', 'Sessions'],
  ['sum', 'Sum of a property'],
  ['avg', 'Average of a property'],
  ['min', 'Least of a property'],
  ['max', 'Greatest of a property'],
  ['median', 'Median of a property'],
  ['p90', '90th percentile of a property'],
  ['p99', '99th percentile of a property'],
];
const PLAIN_MEASURES = new Set(['count', 'users', 'sessions']);

export const needsProperty = ({ measure }: AskedTrend): boolean => !PLAIN_MEASURES.has(measure);

/** The body of a trend; undefined while something it needs is missing. */
export function composeTrend(asked: AskedTrend): Record<string, unknown> | undefined {
  const { event, measure, property, from, to, grain, timezone, kept } = asked;
  if (kept?.events === undefined && (event === '' || (needsProperty(asked) && property === '')))
    return undefined;
  const breakdown = asked.breakdown.filter((one) => one !== '');
  return {
    events: [{ event, measure: needsProperty(asked) ? { [measure]: property } : measure }],
    from,
    to,
    grain,
    timezone,
    where: toWhere(asked.where),
    ...(breakdown.length > 0 ? { breakdown, breakdown_limit: SERIES_MAX } : {}),
    ...(asked.compare ? { compare: 'previous' } : {}),
    ...kept,
  };
}

/** The one series that the form can say; otherwise all are kept. */
function readSeries(events: unknown): Pick<AskedTrend, 'event' | 'measure' | 'property'> | undefined {
  const [one, ...more] = readList(events);
  const { event, measure = 'count', ...rest } = one ?? {};
  if (more.length > 0 || typeof event !== 'string' || Object.keys(rest).length > 0) return undefined;
  if (typeof measure === 'string') return { event, measure, property: '' };
  const [[name, property] = ['', '']] = Object.entries(measure as Fields);
  return { event, measure: name, property: String(property) };
}

/** A trend's body as the form has it. */
export function readTrend(body: Fields): Partial<AskedTrend> {
  const { events, where, breakdown, breakdown_limit, compare, ...more } = body;
  const { grain = 'day', from, to, timezone = 'UTC', ...rest } = more;
  const series = readSeries(events);
  const split = readBreakdown(breakdown);
  return {
    ...series,
    where: readWhere(where),
    breakdown: split.breakdown ?? [],
    compare: readCompare(compare),
    grain: readText(grain),
    timezone: readText(timezone),
    ...onlySaid({ from: readText(from) || undefined, to: readText(to) || undefined }),
    ...keep({
      ...rest,
      ...readLimit(breakdown, breakdown_limit, SERIES_MAX),
      breakdown: split.rest,
      events: series ? undefined : events,
    }),
  };
}
