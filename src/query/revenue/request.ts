/** The revenue question: the request as it is written, and what it means. */
import * as v from 'valibot';
import {
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

const GRAINS = ['day', 'week', 'month', 'quarter'] as const;
type RevenueGrain = (typeof GRAINS)[number];

/** Later periods of a row; each is a cell of every row. */
const PERIODS_MAX = 400;
/** Cells of one answer. */
const CELLS_MAX = 100_000;
const DEFAULT_PERIODS: Record<RevenueGrain, number> = { day: 30, week: 12, month: 12, quarter: 4 };
/** Of an amount of money, so that sums stay finite. */
const COST_MAX = 1e15;

/** Events that carry an amount. */
export interface MoneyMatch extends EventMatch {
  readonly value: NamedProperty;
}

export interface RevenueQuestion {
  /** A negative amount of a purchase is a refund; 0 or no number makes it none. */
  readonly purchase: MoneyMatch;
  /** An amount counts by its size, whatever its sign. */
  readonly refund: MoneyMatch | undefined;
  /** What begins a person's row; undefined: a purchase. */
  readonly start: EventMatch | undefined;
  readonly range: Range;
  /** Starts of the rows' buckets and of all later ones, then the end of the last. */
  readonly bounds: readonly number[];
  readonly rowCount: number;
  /** The greatest k. */
  readonly periods: number;
  /** What a person of a row cost: the same for all, or a row's whole cost each. */
  readonly cost: number | readonly number[] | undefined;
}

const matchSchema = v.strictObject(eventMatchEntries, 'Name the event with {"event": "signed_up"}.');
const moneySchema = v.strictObject(
  { ...eventMatchEntries, value: propertySchema },
  'Name the event and its amount with {"event": "order_refunded", "value": "amount"}.',
);
const costSchema = v.pipe(v.number('A cost is a number.'), v.minValue(0), v.maxValue(COST_MAX));

const schema = v.strictObject({
  ...eventMatchEntries,
  value: propertySchema,
  refund: v.optional(moneySchema),
  start: v.optional(matchSchema),
  from: v.string(),
  to: v.string(),
  grain: v.optional(v.picklist(GRAINS, `grain is one of: ${GRAINS.join(', ')}.`), 'month'),
  periods: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(PERIODS_MAX))),
  acquisition_cost: v.optional(
    v.union(
      [costSchema, v.array(costSchema)],
      'acquisition_cost is the cost of a person, or an array with the whole cost of each row.',
    ),
  ),
  timezone: timezoneSchema,
  week_start: weekStartSchema,
});

/** Reads `POST /v1/analytics/revenue`. @throws RequestError 422 */
export function readRevenueQuestion(input: unknown): RevenueQuestion {
  const raw = parseRequest(schema, input);
  const { event, any_of, where, value, grain, acquisition_cost: cost } = raw;
  const range = readRange(raw.from, raw.to, raw.timezone);
  refuseFuture(range.fromMs);
  const periods = raw.periods ?? DEFAULT_PERIODS[grain];
  const rows = readBuckets(range, grain, raw.timezone, raw.week_start);
  const { bounds } = readBuckets(range, grain, raw.timezone, raw.week_start, periods);
  const rowCount = rows.bounds.length - 1;
  if (rowCount * (periods + 1) > CELLS_MAX)
    throw refuseField(
      'periods',
      `The table has more than ${CELLS_MAX} cells; ask for fewer periods or a longer grain.`,
    );
  if (Array.isArray(cost) && cost.length !== rowCount)
    throw refuseField('acquisition_cost', `There are ${rowCount} rows; give the whole cost of each.`);
  const purchase = { ...readEventMatch({ event, any_of, where }, 'event'), value };
  return {
    purchase,
    refund: raw.refund && { ...readEventMatch(raw.refund, 'refund'), value: raw.refund.value },
    start: raw.start && readEventMatch(raw.start, 'start'),
    range,
    bounds,
    rowCount,
    periods,
    cost,
  };
}
