/** The trends question: the request as it is written, and what it means. */
import * as v from 'valibot';
import type { Condition } from '../condition/condition.js';
import {
  breakdownLimitSchema,
  breakdownSchema,
  conditionSchema,
  eventMatchEntries,
  grainSchema,
  type NamedProperty,
  parseRequest,
  propertySchema,
  readBuckets,
  readEventMatch,
  readRange,
  refuseField,
  timezoneSchema,
  weekStartSchema,
} from '../request.js';
import type { Buckets, Range } from '../time/buckets.js';
import { shiftBack } from '../time/shift.js';

/** Each series is a statement. */
const MAX_SERIES = 20;

const NUMBER_MEASURES = ['sum', 'avg', 'min', 'max', 'median', 'p90', 'p99'] as const;
export type NumberMeasure = (typeof NUMBER_MEASURES)[number];

export type Measure =
  | { readonly kind: 'count' | 'users' | 'sessions' }
  | { readonly kind: NumberMeasure; readonly property: NamedProperty };

export interface Series {
  readonly label: string;
  readonly events: readonly string[];
  readonly where: Condition | undefined;
  readonly measure: Measure;
}

export interface TrendsQuestion {
  readonly series: readonly Series[];
  readonly where: Condition | undefined;
  readonly range: Range;
  readonly buckets: Buckets;
  readonly breakdown: readonly NamedProperty[];
  readonly breakdownLimit: number;
  /** The period to compare with: as many buckets, ending where the range begins. */
  readonly previous: { readonly range: Range; readonly buckets: Buckets } | undefined;
}

const measureSchema = v.union(
  [
    v.picklist(['count', 'users', 'sessions']),
    ...NUMBER_MEASURES.map((measure) => v.strictObject({ [measure]: propertySchema })),
  ],
  `A measure is "count", "users", "sessions" or {"sum": property}; also ${NUMBER_MEASURES.slice(1).join(', ')}.`,
);

const seriesSchema = v.strictObject({
  ...eventMatchEntries,
  measure: v.optional(measureSchema, 'count'),
  label: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
});

const COMPARE = ['previous', 'previous_period'] as const;

const questionSchema = v.strictObject({
  events: v.pipe(
    v.array(seriesSchema, 'events is an array of {event, where?, measure?}.'),
    v.minLength(1, 'Ask for at least one series.'),
    v.maxLength(MAX_SERIES, `One question has at most ${MAX_SERIES} series.`),
  ),
  from: v.string(),
  to: v.string(),
  grain: v.optional(grainSchema, 'day'),
  where: v.optional(conditionSchema),
  breakdown: breakdownSchema,
  breakdown_limit: breakdownLimitSchema,
  timezone: timezoneSchema,
  week_start: weekStartSchema,
  compare: v.optional(
    v.union(
      [v.picklist(COMPARE), v.boolean()],
      'compare is "previous": the period of equal length before this one.',
    ),
  ),
});

function readMeasure(raw: v.InferOutput<typeof measureSchema>): Measure {
  if (typeof raw === 'string') return { kind: raw };
  const [kind, property] = Object.entries(raw)[0]! as [NumberMeasure, NamedProperty];
  return { kind, property };
}

const describeMeasure = (measure: Measure): string =>
  'property' in measure ? `${measure.kind} of ${measure.property.name}` : measure.kind;

/** Series that would have the same name say what they measure as well. */
function labelSeries(series: readonly (Omit<Series, 'label'> & { label: string | undefined })[]): Series[] {
  const plain = series.map(({ label, events }) => label ?? events.join(' or '));
  return series.map((one, index) => {
    const name = plain[index]!;
    const shared = plain.filter((other) => other === name).length > 1;
    return {
      ...one,
      label: shared && one.label === undefined ? `${name}: ${describeMeasure(one.measure)}` : name,
    };
  });
}

/** Reads `POST /v1/analytics/trends`. @throws RequestError 422 */
export function readTrendsQuestion(input: unknown): TrendsQuestion {
  const raw = parseRequest(questionSchema, input);
  const { timezone, week_start: weekStart, grain } = raw;
  const range = readRange(raw.from, raw.to, timezone);
  const compared = raw.compare !== undefined && raw.compare !== false;
  const earlier = compared ? shiftBack(range, grain, timezone) : undefined;
  if (compared && earlier === undefined)
    throw refuseField('compare', 'The period before this one would begin before 1900.');
  return {
    series: labelSeries(
      raw.events.map((one, index) => ({
        ...readEventMatch(one, `events[${index}]`),
        measure: readMeasure(one.measure),
        label: one.label,
      })),
    ),
    where: raw.where,
    range,
    buckets: readBuckets(range, grain, timezone, weekStart),
    breakdown: raw.breakdown,
    breakdownLimit: raw.breakdown_limit,
    previous: earlier && { range: earlier, buckets: readBuckets(earlier, grain, timezone, weekStart) },
  };
}
