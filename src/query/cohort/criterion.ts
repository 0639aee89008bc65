/** One criterion about a person's events or properties, and how it is read. Problems have paths that begin at the criterion. */
import * as v from 'valibot';
import type { Condition } from '../condition/condition.js';
import { combineConditions } from '../condition/parse.js';
import {
  conditionSchema,
  durationSchema,
  type EventMatch,
  eventMatchEntries,
  parseRequest,
  readEventMatch,
  readRange,
  refuseField,
} from '../request.js';
import { findZone } from '../time/zone.js';

const TIMES_MAX = 1_000_000_000;
/** Each event of a sequence but the first keeps the times of all its matches for every person. */
const SEQUENCE_MAX = 10;

export type Within =
  | { readonly kind: 'last'; readonly ms: number }
  | { readonly kind: 'between'; readonly fromMs: number; readonly toMs: number };

/** A criterion that looks at a person's events or properties. */
export type Criterion =
  | {
      readonly kind: 'did';
      readonly match: EventMatch;
      readonly least: number;
      /** Undefined: any number from `least`. */
      readonly most: number | undefined;
      /** Undefined: ever. */
      readonly within: Within | undefined;
    }
  | { readonly kind: 'sequence'; readonly steps: readonly EventMatch[]; readonly within: Within | undefined }
  | {
      readonly kind: 'moment';
      readonly which: 'first' | 'last';
      readonly match: EventMatch;
      readonly within: Within;
    }
  | { readonly kind: 'person'; readonly condition: Condition };

const timesSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(TIMES_MAX));

const withinSchema = v.union(
  [durationSchema, v.strictObject({ from: v.string(), to: v.string() })],
  'within is a duration such as "30d", or {"from", "to"}.',
);

const didEntries = {
  times: v.optional(
    v.pipe(
      v.strictObject(
        { gte: v.optional(timesSchema), lte: v.optional(timesSchema), eq: v.optional(timesSchema) },
        'times is such as {"gte": 3}.',
      ),
      v.check(
        ({ gte, lte, eq }) => (eq === undefined) !== (gte === undefined && lte === undefined),
        'times has gte, lte or both, or eq alone.',
      ),
      v.check(
        ({ gte = 0, lte = TIMES_MAX }) => gte <= lte,
        'No number is at least gte and at most lte: gte is the smaller.',
      ),
    ),
  ),
  within: v.optional(withinSchema),
  where: v.optional(conditionSchema),
};
const matchSchema = v.strictObject(eventMatchEntries, 'Name the event with {"event": "signed_up"}.');
const didSchema = v.strictObject({ did: matchSchema, ...didEntries });
const didNotSchema = v.strictObject({ did_not: matchSchema, ...didEntries });
const sequenceSchema = v.strictObject({
  sequence: v.pipe(
    v.array(matchSchema, 'sequence is an array of {event, where?}.'),
    v.minLength(2, 'A sequence has at least two events; for one ask with did.'),
    v.maxLength(SEQUENCE_MAX, `A sequence has at most ${SEQUENCE_MAX} events.`),
  ),
  within: v.optional(withinSchema),
});
const momentEntries = { within: withinSchema, where: v.optional(conditionSchema) };
const firstSchema = v.strictObject({ first: matchSchema, ...momentEntries });
const lastSchema = v.strictObject({ last: matchSchema, ...momentEntries });

type Match = v.InferOutput<typeof matchSchema>;
type Rest = Omit<v.InferOutput<typeof didSchema>, 'did'>;

/** @throws RequestError 422 with paths that begin at the criterion */
export function readCriterion(input: Record<string, unknown>): Criterion | NegatedCriterion {
  if ('property' in input) return readPerson(input);
  if ('sequence' in input) return readSequence(input);
  if ('first' in input) {
    const { first, ...rest } = parseRequest(firstSchema, input);
    return createMoment('first', first, rest);
  }
  if ('last' in input) {
    const { last, ...rest } = parseRequest(lastSchema, input);
    return createMoment('last', last, rest);
  }
  if ('did_not' in input) {
    const { did_not, ...rest } = parseRequest(didNotSchema, input);
    return { kind: 'not', part: createDid(did_not, rest, 'did_not') };
  }
  const { did, ...rest } = parseRequest(didSchema, input);
  return createDid(did, rest, 'did');
}

/** What `did_not` means. */
export interface NegatedCriterion {
  readonly kind: 'not';
  readonly part: Criterion;
}

function readPerson(input: Record<string, unknown>): Criterion {
  const { property } = input;
  if (typeof property === 'string' && !property.startsWith('user.'))
    throw refuseField(
      'property',
      `A criterion asks for a property of the person, such as "user.${property.slice(0, 100)}"; for one of an event ask {"did": {"event": …, "where": …}}.`,
    );
  return { kind: 'person', condition: parseRequest(conditionSchema, input) };
}

const namesCohort = (condition: Condition): boolean => {
  if ('parts' in condition) return condition.parts.some(namesCohort);
  return condition.kind === 'not' ? namesCohort(condition.part) : condition.property.kind === 'cohort';
};

/** Belonging is as of one instant, so it is asked once, beside the events. */
function refuseCohort(where: Match['where'], path: string): void {
  if (where && namesCohort(where))
    throw refuseField(
      path,
      'The events of a criterion are not told apart by cohorts: ask {"and": [{"did": …}, {"in_cohort": id}]}.',
    );
}

function readMatch(raw: Match, where: Match['where'], path: string): ReturnType<typeof readEventMatch> {
  refuseCohort(raw.where, `${path}.where`);
  refuseCohort(where, 'where');
  const match = readEventMatch(raw, path);
  const both = match.where && where ? combineConditions(match.where, where) : (match.where ?? where);
  return { events: match.events, where: both };
}

function readSequence(input: Record<string, unknown>): Criterion {
  const { sequence, within } = parseRequest(sequenceSchema, input);
  return {
    kind: 'sequence',
    steps: sequence.map((raw, index) => readMatch(raw, undefined, `sequence[${index}]`)),
    within: readWithin(within),
  };
}

const createMoment = (
  which: 'first' | 'last',
  raw: Match,
  { within, where }: Omit<v.InferOutput<typeof firstSchema>, 'first'>,
): Criterion => ({ kind: 'moment', which, match: readMatch(raw, where, which), within: readWithin(within) });

const createDid = (raw: Match, { times, within, where }: Rest, path: string): Criterion => ({
  kind: 'did',
  match: readMatch(raw, where, path),
  least: times ? (times.eq ?? times.gte ?? 0) : 1,
  most: times?.eq ?? times?.lte,
  within: readWithin(within),
});

type RawWithin = v.InferOutput<typeof withinSchema>;

function readWithin<T extends RawWithin | undefined>(within: T): Within | (T & undefined) {
  if (within === undefined) return undefined as T & undefined;
  if (typeof within === 'number') return { kind: 'last', ms: within };
  const { fromMs, toMs } = readRange(within.from, within.to, findZone('UTC')!, 'within.');
  return { kind: 'between', fromMs, toMs };
}
