/** The question that compares cohorts: the request as it is written, and what it means. */
import * as v from 'valibot';
import {
  type EventMatch,
  eventMatchEntries,
  type NamedProperty,
  parseRequest,
  propertySchema,
  readEventMatch,
  readRange,
  refuseField,
  timezoneSchema,
} from '../request.js';
import type { Range } from '../time/buckets.js';

/** Each is a scan, and each pair of them a test. */
const COHORTS_MAX = 8;

export type Measure =
  /** Events of a person. */
  | { readonly kind: 'count' }
  /** Whether a person has one. */
  | { readonly kind: 'converted' }
  | { readonly kind: 'sum'; readonly property: NamedProperty };

export type Compared =
  | { readonly kind: 'metric'; readonly metric: string | undefined; readonly definition: string | undefined }
  | { readonly kind: 'events'; readonly match: EventMatch; readonly measure: Measure };

export interface CompareQuestion {
  readonly cohortIds: readonly string[];
  readonly range: Range;
  readonly compared: Compared;
  /** Highest adjusted p-value that counts as significant. */
  readonly alpha: number;
}

const schema = v.strictObject({
  cohort_ids: v.pipe(
    v.array(
      v.pipe(v.string('cohort_ids is an array of ids.'), v.maxLength(100)),
      'cohort_ids is an array of ids.',
    ),
    v.minLength(2, 'Name at least two cohorts to compare.'),
    v.maxLength(COHORTS_MAX, `At most ${COHORTS_MAX} cohorts are compared.`),
    v.check((ids) => new Set(ids).size === ids.length, 'A cohort is compared with others, not with itself.'),
  ),
  metric: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  definition: v.optional(v.string('definition is the text of a metric.')),
  ...eventMatchEntries,
  measure: v.optional(
    v.union(
      [v.picklist(['count', 'converted']), v.strictObject({ sum: propertySchema })],
      'measure is "count", "converted" or {"sum": property}.',
    ),
    'count',
  ),
  from: v.string(),
  to: v.string(),
  timezone: timezoneSchema,
  alpha: v.optional(v.pipe(v.number(), v.minValue(0.0001), v.maxValue(0.5)), 0.05),
});

/** Reads `POST /v1/analytics/cohorts/compare`. @throws RequestError 422 */
export function readCompareQuestion(input: unknown): CompareQuestion {
  const raw = parseRequest(schema, input);
  const { metric, definition, event, any_of, where, measure } = raw;
  const range = readRange(raw.from, raw.to, raw.timezone);
  const shared = { cohortIds: raw.cohort_ids, range, alpha: raw.alpha };
  if (metric !== undefined || definition !== undefined) {
    if (event !== undefined || any_of !== undefined || where !== undefined)
      throw refuseField('event', 'A metric says itself which events it reads: leave out event and where.');
    return { ...shared, compared: { kind: 'metric', metric, definition } };
  }
  if (event === undefined && any_of === undefined)
    throw refuseField('metric', 'Name a metric, give a definition, or name the event to count a person.');
  const match = readEventMatch({ event, any_of, where }, 'event');
  const read: Measure =
    typeof measure === 'string' ? { kind: measure } : { kind: 'sum', property: measure.sum };
  return { ...shared, compared: { kind: 'events', match, measure: read } };
}
