/** GET /v1/analytics/cohorts/{id}/patterns: the question. */
import * as v from 'valibot';
import { eventNameSchema, parseRequest, readRange, timezoneSchema } from '../request.js';
import type { Range } from '../time/buckets.js';

/** Event types of a question; each is a branch of the search. */
export const TYPES_MAX = 50;
const LENGTH_MAX = 5;
const LIMIT_MAX = 500;

const whole = (name: string, most: number) =>
  v.pipe(
    v.number(`${name} is a number.`),
    v.integer(`${name} is a whole number.`),
    v.minValue(1, `${name} is at least 1.`),
    v.maxValue(most, `${name} is at most ${most}.`),
  );

const schema = v.strictObject({
  from: v.string('from is a date or an ISO time.'),
  to: v.string('to is a date or an ISO time.'),
  events: v.optional(
    v.pipe(
      v.array(eventNameSchema, 'events names event types.'),
      v.minLength(1, 'events names at least one event type.'),
      v.maxLength(TYPES_MAX, `events names at most ${TYPES_MAX} event types.`),
    ),
  ),
  max_length: v.optional(whole('max_length', LENGTH_MAX), 3),
  min_support: v.optional(
    v.pipe(
      v.number('min_support is a share such as 0.05.'),
      v.minValue(0.001, 'min_support is at least 0.001.'),
      v.maxValue(1, 'min_support is at most 1.'),
    ),
    0.05,
  ),
  limit: v.optional(whole('limit', LIMIT_MAX), 50),
  timezone: timezoneSchema,
});

export interface PatternQuestion {
  readonly range: Range;
  /** Undefined: the most frequent ones. */
  readonly events: readonly string[] | undefined;
  readonly lengthMax: number;
  readonly minSupport: number;
  readonly limit: number;
}

/** Reads the request. @throws RequestError 422 */
export function parsePatternRequest(input: unknown): PatternQuestion {
  const { from, to, events, max_length, min_support, limit, timezone } = parseRequest(schema, input);
  return {
    range: readRange(from, to, timezone),
    events: events && [...new Set(events)],
    lengthMax: max_length,
    minSupport: min_support,
    limit,
  };
}
