/** From a request's body to a typed question, or a 422 that names every problem with its place. */
import * as v from 'valibot';
import { RequestError, type RequestProblem } from '../errors.js';
import { readCohortReference } from './condition/cohort.js';
import type { Condition } from './condition/condition.js';
import { parseCondition } from './condition/parse.js';
import { formatProperty, type Property, parseProperty } from './condition/property.js';
import { MAX_DURATION_MS, parseDuration } from './duration.js';
import { describeIssue } from './request-words.js';
import { type Buckets, listBuckets, MAX_BUCKETS, type Range } from './time/buckets.js';
import { GRAINS, type Weekday } from './time/calendar.js';
import { parseInstant } from './time/instant.js';
import { findZone, type Zone } from './time/zone.js';

export { formatPath } from './request-words.js';

/** Problems told in one answer; the rest would be noise. */
const MAX_PROBLEMS = 50;

/**
 * Reads a request with its schema.
 * @throws RequestError 422 `invalid_request` with one problem for each thing wrong
 */
export function parseRequest<TSchema extends v.GenericSchema>(
  schema: TSchema,
  input: unknown,
): v.InferOutput<TSchema> {
  // To the library an array is an object without fields.
  if ('entries' in schema && Array.isArray(input))
    throw refuseField('', 'Expected an object, found an array.', 'wrong_type');
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  throw refuseRequest(result.issues.map((issue) => describeIssue(schema, issue)));
}

/** The 422 of a request that reads well and makes no sense. */
export function refuseRequest(problems: readonly RequestProblem[]): RequestError {
  const [first] = problems;
  // Many a sentence begins with the name of its field.
  const isNamed = first?.path === '' || first?.message.startsWith(`${first.path} `);
  const where = first && !isNamed ? `${first.path}: ` : '';
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new RequestError(
    422,
    'invalid_request',
    `${where}${first?.message ?? 'The request cannot be answered.'}${more}`,
    problems.slice(0, MAX_PROBLEMS),
  );
}

/** One problem with one field. */
export const refuseField = (path: string, message: string, code = 'invalid_value'): RequestError =>
  refuseRequest([{ path, code, message }]);

// What many requests have in common.

const MAX_EVENT_NAME = 200;

export const eventNameSchema = v.pipe(
  v.string('The name of an event type is a string.'),
  v.minLength(1, 'The name of an event type is not empty.'),
  v.maxLength(MAX_EVENT_NAME, `The name of an event type has at most ${MAX_EVENT_NAME} characters.`),
);

/** A duration in ms, from `least` to `most`; `message` is said of everything else. */
export const durationBetween = (least: number, most: number, message: string) =>
  v.pipe(
    v.string(message),
    v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
      const ms = parseDuration(dataset.value);
      if (ms !== undefined && ms >= least && ms <= most) return ms;
      addIssue({ message });
      return NEVER;
    }),
  );

export const durationSchema = durationBetween(
  0,
  MAX_DURATION_MS,
  'A duration is a string such as "90s", "5m", "2h", "7d" or "4w", of at most ten years.',
);

export const conditionSchema = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, Condition>(({ dataset, addIssue, NEVER }) => {
    const condition = parseCondition(dataset.value, (path, message) => {
      if (path.length === 0) addIssue({ message });
      else {
        const [first, ...rest] = path.map(createPathItem);
        addIssue({ message, path: [first!, ...rest] });
      }
    });
    return condition ?? NEVER;
  }),
);

const MAX_EVENTS = 50;

/** What steps, series and starts share: one event type, or one of several, and a condition. */
export const eventMatchEntries = {
  event: v.optional(eventNameSchema),
  any_of: v.optional(
    v.pipe(
      v.array(eventNameSchema, 'any_of is an array of event types.'),
      v.minLength(1, 'any_of names at least one event type.'),
      v.maxLength(MAX_EVENTS, `any_of names at most ${MAX_EVENTS} event types.`),
    ),
  ),
  where: v.optional(conditionSchema),
};

export interface RawEventMatch {
  event?: string | undefined;
  any_of?: string[] | undefined;
  where?: Condition | undefined;
}

/** What an event must be: of one of these types, and fulfil the condition. */
export interface EventMatch {
  readonly events: readonly string[];
  readonly where: Condition | undefined;
}

/** @throws RequestError 422 when neither `event` nor `any_of` is given, or both */
export function readEventMatch(raw: RawEventMatch, path: string): EventMatch {
  if ((raw.event === undefined) === (raw.any_of === undefined))
    throw refuseField(path, 'Name the event type with event, or several with any_of.');
  return { events: [...new Set(raw.any_of ?? [raw.event!])], where: raw.where };
}

const createPathItem = (key: string | number): v.UnknownPathItem => ({
  type: 'unknown',
  origin: 'value',
  input: undefined,
  key,
  value: undefined,
});

/** A property and the name it was asked by, which is its column in the answer. */
export interface NamedProperty {
  readonly name: string;
  readonly property: Property;
}

export const propertySchema = v.pipe(
  v.string('A property is a string such as "plan" or "context.country".'),
  v.rawTransform<string, NamedProperty>(({ dataset, addIssue, NEVER }) => {
    const property = parseProperty(dataset.value);
    if (!('problem' in property)) return { name: dataset.value, property };
    addIssue({ message: property.problem });
    return NEVER;
  }),
);

const cohortEntrySchema = v.pipe(
  v.strictObject({ cohort: v.unknown() }),
  v.rawTransform<{ cohort: unknown }, NamedProperty>(({ dataset, addIssue, NEVER }) => {
    const cohort = readCohortReference(dataset.value.cohort);
    if (cohort) {
      const property = { kind: 'cohort', cohort } as const;
      return { name: formatProperty(property), property };
    }
    addIssue({ message: 'cohort is the id of a cohort.' });
    return NEVER;
  }),
);

/** An entry of a breakdown: a property, or a cohort that people belong to or not. */
export const breakdownEntrySchema = v.lazy((input) =>
  typeof input === 'object' && input !== null ? cohortEntrySchema : propertySchema,
);

export const MAX_BREAKDOWNS = 3;
/** Values a breakdown may keep; each is a series of the answer. */
export const MAX_BREAKDOWN_LIMIT = 1_000;
const BREAKDOWN_LIMIT_WORDS = `breakdown_limit is a whole number from 1 to ${MAX_BREAKDOWN_LIMIT}.`;

export const breakdownSchema = v.optional(
  v.pipe(
    v.array(breakdownEntrySchema, 'breakdown is an array of properties and {"cohort": id}.'),
    v.maxLength(MAX_BREAKDOWNS, `A breakdown has at most ${MAX_BREAKDOWNS} properties.`),
  ),
  [],
);

export const breakdownLimitSchema = v.optional(
  v.pipe(
    v.number(BREAKDOWN_LIMIT_WORDS),
    v.integer(BREAKDOWN_LIMIT_WORDS),
    v.minValue(1, BREAKDOWN_LIMIT_WORDS),
    v.maxValue(MAX_BREAKDOWN_LIMIT, BREAKDOWN_LIMIT_WORDS),
  ),
  25,
);

export const grainSchema = v.picklist(GRAINS, `grain is one of: ${GRAINS.join(', ')}.`);

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

export const weekStartSchema = v.pipe(
  v.optional(v.picklist(WEEKDAYS, `week_start is one of: ${WEEKDAYS.join(', ')}.`), 'monday'),
  v.transform((day) => WEEKDAYS.indexOf(day) as Weekday),
);

export const timezoneSchema = v.pipe(
  v.optional(v.string('timezone is a name such as "Europe/Berlin".'), 'UTC'),
  v.rawTransform<string, Zone>(({ dataset, addIssue, NEVER }) => {
    const zone = dataset.value.length <= 100 ? findZone(dataset.value) : undefined;
    if (zone) return zone;
    addIssue({ message: 'There is no such time zone; names are such as "Europe/Berlin" or "Asia/Kolkata".' });
    return NEVER;
  }),
);

const TIME_FORM = 'a date (2024-03-01) or an ISO time (2024-03-01T09:00:00Z) from 1900 to 2299';

/** Resolves `from` or `to` of a request, which stands at `place`, in its zone: epoch ms. @throws RequestError 422 when it is no time */
export function readInstant(text: string, zone: Zone, name: 'from' | 'to', place = ''): number {
  const instant = parseInstant(text, zone);
  if (instant === undefined) throw refuseField(`${place}${name}`, `${name} is ${TIME_FORM}.`);
  return instant;
}

/** Resolves `from` and `to` together. @throws RequestError 422 when one is no time or nothing lies between */
export function readRange(from: string, to: string, zone: Zone, place = ''): Range {
  const fromMs = readInstant(from, zone, 'from', place);
  const toMs = readInstant(to, zone, 'to', place);
  if (fromMs >= toMs)
    throw refuseField(`${place}to`, 'to lies after from; the range includes from and excludes to.');
  return { fromMs, toMs };
}

/** @throws RequestError 422 for starts nobody can have had yet */
export function refuseFuture(fromMs: number): void {
  if (fromMs > Date.now()) throw refuseField('from', 'from lies in the future: nobody can have started yet.');
}

/** The buckets of a range. @throws RequestError 422 when there are too many */
export function readBuckets(...args: Parameters<typeof listBuckets>): Buckets {
  const buckets = listBuckets(...args);
  if (buckets) return buckets;
  throw refuseField(
    'grain',
    `The range has more than ${MAX_BUCKETS} buckets of a ${args[1]}; choose a longer grain or a shorter range.`,
  );
}
