/** The question about a metric as it is written, and what it means once its definition is known. */
import * as v from 'valibot';
import { LIMITS } from '../../mdl/limits.js';
import { looksBack } from '../../mdl/plan/query.js';
import type { Dimension, MetricPlan } from '../../mdl/plan/types.js';
import type { Condition } from '../condition/condition.js';
import {
  breakdownEntrySchema,
  conditionSchema,
  grainSchema,
  type NamedProperty,
  parseRequest,
  readBuckets,
  readInstant,
  readRange,
  refuseField,
  weekStartSchema,
} from '../request.js';
import type { Buckets, Range } from '../time/buckets.js';
import type { Grain, Weekday } from '../time/calendar.js';
import { formatInstant } from '../time/instant.js';
import { shiftBack } from '../time/shift.js';
import { findZone, type Zone } from '../time/zone.js';
import { toGroup } from './predicate.js';

const questionSchema = v.strictObject({
  metric: v.optional(
    v.pipe(v.string('metric is the id or name of a stored metric.'), v.minLength(1), v.maxLength(200)),
  ),
  definition: v.optional(v.string('definition is the text of a metric.')),
  from: v.optional(v.string()),
  to: v.optional(v.string()),
  grain: v.optional(grainSchema),
  dimensions: v.optional(
    v.pipe(
      v.array(breakdownEntrySchema, 'dimensions is an array of properties and {"cohort": id}.'),
      v.maxLength(LIMITS.dimensions, `A question has at most ${LIMITS.dimensions} dimensions.`),
    ),
  ),
  breakdown_limit: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(LIMITS.groups, `breakdown_limit is at most ${LIMITS.groups}.`),
    ),
  ),
  where: v.optional(conditionSchema),
  timezone: v.optional(v.pipe(v.string('timezone is a name such as "Europe/Berlin".'), v.maxLength(100))),
  week_start: weekStartSchema,
  compare: v.optional(
    v.union(
      [v.picklist(['previous', 'previous_period']), v.boolean()],
      'compare is "previous": the period of equal length before this one.',
    ),
  ),
});

/** What a request says before its definition is known. */
export type RawQuestion = v.InferOutput<typeof questionSchema> &
  ({ metric: string; definition: undefined } | { metric: string | undefined; definition: string });

/** Reads the body of `POST /v1/analytics/metrics/calculate`. @throws RequestError 422 */
export function readRawQuestion(input: unknown): RawQuestion {
  const raw = parseRequest(questionSchema, input);
  const { metric, definition } = raw;
  if (definition !== undefined) return { ...raw, metric, definition };
  if (metric !== undefined) return { ...raw, metric, definition };
  throw refuseField('metric', 'Name a stored metric with metric, or give a definition.');
}

export interface Period {
  readonly range: Range;
  readonly buckets: Buckets;
}

export interface Question extends Period {
  readonly grain: Grain;
  readonly zone: Zone;
  readonly weekStart: Weekday;
  readonly dimensions: readonly Dimension[];
  readonly groupLimit: number | undefined;
  readonly where: Condition | undefined;
  /** The period to compare with. */
  readonly previous: Period | undefined;
}

/** The longest grain whose bucket is no longer than a metric's time window, so "1d" is a day and "30d" a month. */
const GRAIN_FROM_MS: readonly (readonly [Grain, number])[] = [
  ['year', 365 * 86_400_000],
  ['quarter', 90 * 86_400_000],
  ['month', 28 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
];

function chooseGrain(timeWindowMs: number | undefined): Grain {
  if (timeWindowMs === undefined) return 'day';
  return GRAIN_FROM_MS.find(([, ms]) => timeWindowMs >= ms)?.[0] ?? 'minute';
}

function readZone(raw: RawQuestion, plan: MetricPlan): Zone {
  const zone = findZone(raw.timezone ?? plan.timezone ?? 'UTC');
  if (zone) return zone;
  throw refuseField(
    'timezone',
    'There is no such time zone; names are such as "Europe/Berlin" or "Asia/Kolkata".',
  );
}

/** `to` defaults to now, `from` to a time window before it. */
function readSpan(raw: RawQuestion, plan: MetricPlan, zone: Zone, nowMs: number): Range {
  const to = raw.to ?? formatInstant(nowMs);
  if (raw.from !== undefined) return readRange(raw.from, to, zone);
  if (plan.timeWindowMs === undefined)
    throw refuseField('from', 'from is needed: the metric has no time_window to take its span from.');
  const toMs = readInstant(to, zone, 'to');
  return readRange(formatInstant(toMs - plan.timeWindowMs), to, zone);
}

const toDimension = ({ name, property }: NamedProperty): Dimension => ({
  name,
  property: toGroup(property),
});

/** The question about a planned metric. @throws RequestError 422 */
export function readQuestion(raw: RawQuestion, plan: MetricPlan, nowMs: number): Question {
  const zone = readZone(raw, plan);
  const grain = raw.grain ?? chooseGrain(plan.timeWindowMs);
  const weekStart = raw.week_start;
  const asked = readSpan(raw, plan, zone, nowMs);
  const range = looksBack(plan) ? alignRange(asked, grain, zone, weekStart) : asked;
  const compared = raw.compare !== undefined && raw.compare !== false;
  const earlier = compared ? shiftBack(range, grain, zone) : undefined;
  if (compared && !earlier)
    throw refuseField('compare', 'The period before this one would begin before 1900.');
  const dimensions = raw.dimensions ? raw.dimensions.map(toDimension) : plan.dimensions;
  const repeated = dimensions.find(
    (one, i) => dimensions.findIndex((other) => other.name === one.name) !== i,
  );
  if (repeated) throw refuseField('dimensions', `"${repeated.name}" is asked for twice.`);
  return {
    grain,
    zone,
    weekStart,
    range,
    buckets: readBuckets(range, grain, zone, weekStart),
    dimensions,
    groupLimit: raw.breakdown_limit,
    where: raw.where,
    previous: earlier && { range: earlier, buckets: readBuckets(earlier, grain, zone, weekStart) },
  };
}

/** A formula that looks back is computed over whole buckets: the range begins with the bucket that `from` lies in. */
function alignRange(range: Range, grain: Grain, zone: Zone, weekStart: Weekday): Range {
  if (grain === 'all') return range;
  return { ...range, fromMs: readBuckets(range, grain, zone, weekStart).bounds[0]! };
}
