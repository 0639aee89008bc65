/** The paths question: the request as it is written, and what it means. */
import * as v from 'valibot';
import type { Condition } from '../condition/condition.js';
import {
  conditionSchema,
  durationSchema,
  eventNameSchema,
  parseRequest,
  readRange,
  refuseField,
  timezoneSchema,
} from '../request.js';
import type { Range } from '../time/buckets.js';

const STEPS_MAX = 20;
const NODES_MAX = 50;
const EVENTS_LISTED_MAX = 200;

/** Which part of a visit is looked at. */
export type Part =
  | { readonly kind: 'visit' }
  | { readonly kind: 'from'; readonly start: string; readonly end: string | undefined }
  | { readonly kind: 'to'; readonly end: string }
  | { readonly kind: 'between'; readonly start: string; readonly end: string }
  | { readonly kind: 'around'; readonly event: string; readonly before: number };

export interface PathsQuestion {
  readonly range: Range;
  readonly where: Condition | undefined;
  readonly events: readonly string[] | undefined;
  readonly exclude: readonly string[];
  readonly part: Part;
  /** Places of a way. */
  readonly steps: number;
  /** Names told apart at each place. */
  readonly limit: number;
  readonly gapMs: number;
  readonly collapse: boolean;
}

const places = (least: number) =>
  v.pipe(
    v.number('Places are counted in whole numbers.'),
    v.integer(),
    v.minValue(least),
    v.maxValue(STEPS_MAX, `A way has at most ${STEPS_MAX} places.`),
  );

const schema = v.strictObject({
  from: v.string(),
  to: v.string(),
  timezone: timezoneSchema,
  where: v.optional(conditionSchema),
  start: v.optional(eventNameSchema),
  end: v.optional(eventNameSchema),
  between: v.optional(
    v.strictObject({ from: eventNameSchema, to: eventNameSchema }, 'between is {from, to}: two event types.'),
  ),
  around: v.optional(
    v.strictObject(
      { event: eventNameSchema, before: v.optional(places(0), 3), after: v.optional(places(0), 3) },
      'around is {event, before?, after?}.',
    ),
  ),
  events: v.optional(v.pipe(v.array(eventNameSchema), v.minLength(1), v.maxLength(EVENTS_LISTED_MAX))),
  exclude: v.optional(v.pipe(v.array(eventNameSchema), v.maxLength(EVENTS_LISTED_MAX)), []),
  steps: v.optional(places(2)),
  limit: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(NODES_MAX, `limit is at most ${NODES_MAX}.`)),
    8,
  ),
  gap: v.optional(durationSchema, '30m'),
  collapse: v.optional(v.boolean(), true),
});

const DEFAULT_STEPS = 5;

function readPart({ start, end, between, around }: v.InferOutput<typeof schema>): Part {
  const asked = [start ?? end, between, around].filter((one) => one !== undefined);
  if (asked.length > 1)
    throw refuseField('', 'A way is looked at from start or to end, or between two events, or around one.');
  if (between) return { kind: 'between', start: between.from, end: between.to };
  if (around) return { kind: 'around', event: around.event, before: around.before };
  if (start !== undefined) return { kind: 'from', start, end };
  return end === undefined ? { kind: 'visit' } : { kind: 'to', end };
}

/** @throws RequestError 422 */
export function readPathsQuestion(input: unknown): PathsQuestion {
  const raw = parseRequest(schema, input);
  const { around, steps } = raw;
  if (around && steps !== undefined)
    throw refuseField('steps', 'around says itself how many places it has: before + 1 + after.');
  const wide = around && around.before + 1 + around.after;
  if (wide !== undefined && (wide < 2 || wide > STEPS_MAX))
    throw refuseField('around', `before + 1 + after is from 2 to ${STEPS_MAX}.`);
  return {
    range: readRange(raw.from, raw.to, raw.timezone),
    where: raw.where,
    events: raw.events,
    exclude: raw.exclude,
    part: readPart(raw),
    steps: wide ?? steps ?? DEFAULT_STEPS,
    limit: raw.limit,
    gapMs: raw.gap,
    collapse: raw.collapse,
  };
}
