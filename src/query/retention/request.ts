/** The retention question: the request as it is written, and the question it means. */
import * as v from 'valibot';
import {
  breakdownLimitSchema,
  breakdownSchema,
  type EventMatch,
  eventMatchEntries,
  type NamedProperty,
  parseRequest,
  propertySchema,
  readBuckets,
  readEventMatch,
  readRange,
  refuseField,
  refuseFuture,
  timezoneSchema,
  weekStartSchema,
} from '../request.js';
import type { Range } from '../time/buckets.js';

const GRAINS = ['hour', 'day', 'week', 'month', 'quarter'] as const;
export type RetentionGrain = (typeof GRAINS)[number];

/** Later periods of a row; each is a cell of every row. */
const PERIODS_MAX = 400;
const BRACKETS_MAX = 50;
/** Cells of one answer. */
const CELLS_MAX = 200_000;

/** Length of a rolling window of each grain that has one. */
const ROLLING_MS: Partial<Record<RetentionGrain, number>> = {
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
};

export interface RetentionQuestion {
  readonly start: EventMatch;
  readonly back: EventMatch;
  readonly range: Range;
  readonly mode: 'first_time' | 'recurring' | 'first_ever';
  readonly criterion: 'on' | 'on_or_after';
  readonly minTimes: number;
  readonly grain: RetentionGrain;
  /** Starts of the rows' buckets and of all later ones that may count, then the end of the last. */
  readonly bounds: readonly number[];
  readonly rowCount: number;
  /** The greatest k of a cell. */
  readonly periods: number;
  /** First and last k of each bracket, when asked for instead of single periods. */
  readonly brackets: readonly (readonly [number, number])[] | undefined;
  /** Milliseconds of a rolling window; undefined for calendar buckets. */
  readonly rollingMs: number | undefined;
  /** Read off each start. */
  readonly breakdown: readonly NamedProperty[];
  readonly breakdownLimit: number;
  readonly value: { readonly measure: 'sum' | 'avg'; readonly property: NamedProperty } | undefined;
}

const matchSchema = v.strictObject(eventMatchEntries, 'Name the event with {"event": "signed_up"}.');

const countSchema = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));

const bracketSchema = v.pipe(
  v.tuple([
    v.pipe(v.number(), v.integer(), v.minValue(0)),
    v.pipe(v.number(), v.integer(), v.maxValue(PERIODS_MAX)),
  ]),
  v.check(([first, last]) => first <= last, 'A bracket is [first, last] with first <= last.'),
);

const schema = v.strictObject({
  start: matchSchema,
  return: v.optional(matchSchema),
  from: v.string(),
  to: v.string(),
  grain: v.optional(v.picklist(GRAINS, `grain is one of: ${GRAINS.join(', ')}.`), 'day'),
  periods: v.optional(countSchema(PERIODS_MAX)),
  mode: v.optional(
    v.picklist(
      ['first_time', 'recurring', 'first_ever'],
      'mode is "first_time", "recurring" or "first_ever".',
    ),
    'first_time',
  ),
  criterion: v.optional(v.picklist(['on', 'on_or_after'], 'criterion is "on" or "on_or_after".'), 'on'),
  min_times: v.optional(countSchema(1_000_000), 1),
  windows: v.optional(v.picklist(['calendar', 'rolling'], 'windows is "calendar" or "rolling".'), 'calendar'),
  brackets: v.optional(v.pipe(v.array(bracketSchema), v.minLength(1), v.maxLength(BRACKETS_MAX))),
  value: v.optional(
    v.union(
      [v.strictObject({ sum: propertySchema }), v.strictObject({ avg: propertySchema })],
      'value is {"sum": property} or {"avg": property}.',
    ),
  ),
  breakdown: breakdownSchema,
  breakdown_limit: breakdownLimitSchema,
  timezone: timezoneSchema,
  week_start: weekStartSchema,
});

/** Later periods shown unless the request says: about two weeks, a quarter, a year. */
const DEFAULT_PERIODS: Record<RetentionGrain, number> = {
  hour: 24,
  day: 14,
  week: 12,
  month: 12,
  quarter: 4,
};

/** Reads `POST /v1/analytics/retention`. @throws RequestError 422 */
export function readRetentionQuestion(input: unknown): RetentionQuestion {
  const raw = parseRequest(schema, input);
  const { grain, brackets } = raw;
  const range = readRange(raw.from, raw.to, raw.timezone);
  refuseFuture(range.fromMs);
  const periods = brackets
    ? Math.max(...brackets.map(([, last]) => last))
    : (raw.periods ?? DEFAULT_PERIODS[grain]);
  const rollingMs = raw.windows === 'rolling' ? ROLLING_MS[grain] : undefined;
  if (raw.windows === 'rolling' && rollingMs === undefined)
    throw refuseField(
      'windows',
      'Rolling windows are of 24 hours, 7 days or 30 days: grain "day", "week" or "month".',
    );
  if (brackets && raw.criterion === 'on_or_after')
    throw refuseField('criterion', 'A bracket says itself when it ends: leave out criterion with brackets.');
  const rows = readBuckets(range, grain, raw.timezone, raw.week_start);
  const { bounds } = readBuckets(range, grain, raw.timezone, raw.week_start, periods);
  const rowCount = rows.bounds.length - 1;
  const tables = raw.breakdown.length === 0 ? 1 : raw.breakdown_limit + 2;
  if (rowCount * (periods + 1) * tables > CELLS_MAX)
    throw refuseField(
      'periods',
      `The answer may have more than ${CELLS_MAX} cells; ask for fewer periods, a longer grain or a lower breakdown_limit.`,
    );
  const start = readEventMatch(raw.start, 'start');
  return {
    start,
    back: raw.return ? readEventMatch(raw.return, 'return') : start,
    range,
    mode: raw.mode,
    criterion: raw.criterion,
    minTimes: raw.min_times,
    grain,
    bounds,
    rowCount,
    periods,
    brackets,
    rollingMs,
    breakdown: raw.breakdown,
    breakdownLimit: raw.breakdown_limit,
    value: readValue(raw.value),
  };
}

function readValue(
  value: { sum: NamedProperty } | { avg: NamedProperty } | undefined,
): RetentionQuestion['value'] {
  if (value === undefined) return undefined;
  return 'sum' in value ? { measure: 'sum', property: value.sum } : { measure: 'avg', property: value.avg };
}
