/** The sessions question: the request as it is written, and what it means. */
import * as v from 'valibot';
import { ALWAYS, type Condition } from '../condition/condition.js';
import {
  breakdownLimitSchema,
  breakdownSchema,
  conditionSchema,
  grainSchema,
  type NamedProperty,
  parseRequest,
  propertySchema,
  readBuckets,
  readRange,
  refuseField,
  timezoneSchema,
  weekStartSchema,
} from '../request.js';
import type { Buckets, Range } from '../time/buckets.js';

/** Entries and exits told. */
const ENDS_MAX = 1_000;
/** Rows of one answer. */
const ROWS_MAX = 100_000;

const schema = v.strictObject({
  from: v.string(),
  to: v.string(),
  grain: v.optional(grainSchema, 'day'),
  where: v.optional(conditionSchema),
  breakdown: breakdownSchema,
  breakdown_limit: breakdownLimitSchema,
  page: v.optional(propertySchema),
  limit: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ENDS_MAX, `limit is at most ${ENDS_MAX}.`)),
    10,
  ),
  timezone: timezoneSchema,
  week_start: weekStartSchema,
});

export interface SessionsQuestion {
  readonly range: Range;
  readonly buckets: Buckets;
  /** A session counts when one of its events fulfils this. */
  readonly where: Condition;
  /** Read off a session's first event. */
  readonly breakdown: readonly NamedProperty[];
  readonly breakdownLimit: number;
  /** What entries and exits are called by; undefined: their event type. */
  readonly page: NamedProperty | undefined;
  readonly endsLimit: number;
}

/** Reads `POST /v1/analytics/sessions`. @throws RequestError 422 */
export function readSessionsQuestion(input: unknown): SessionsQuestion {
  const raw = parseRequest(schema, input);
  const range = readRange(raw.from, raw.to, raw.timezone);
  const buckets = readBuckets(range, raw.grain, raw.timezone, raw.week_start);
  const values = raw.breakdown.length === 0 ? 1 : raw.breakdown_limit + 1;
  if ((buckets.bounds.length - 1) * values > ROWS_MAX)
    throw refuseField(
      'grain',
      `The answer may have more than ${ROWS_MAX} rows; ask for a longer grain or a lower breakdown_limit.`,
    );
  return {
    range,
    buckets,
    where: raw.where ?? ALWAYS,
    breakdown: raw.breakdown,
    breakdownLimit: raw.breakdown_limit,
    page: raw.page,
    endsLimit: raw.limit,
  };
}
