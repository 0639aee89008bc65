/**
 * Criteria as of an instant: every span in epoch ms, and other cohorts replaced by their own criteria. Membership of a cohort is
 * about the same person and the same instant, so a cohort inside another is no more than a part of its formula: one scan
 * answers both.
 */
import type { Condition } from '../condition/condition.js';
import { type EventMatch, refuseField } from '../request.js';
import { CRITERIA_MAX, type Criteria } from './criteria.js';
import type { Criterion, Within } from './criterion.js';

/** Cohorts inside each other: each is a look-up, and a person who follows the chain has to understand it. */
const COHORTS_NESTED_MAX = 10;

/** No event is older, and the engine knows no earlier time. */
const FIRST_MS = Date.UTC(1900, 0, 1);

interface Span {
  /** Undefined: from the beginning. */
  readonly fromMs: number | undefined;
  readonly toMs: number;
}

/** The number of a person's matching events in [fromMs, toMs) lies from `least` to `most`. */
export interface Count extends Span {
  readonly kind: 'count';
  readonly match: EventMatch;
  readonly least: number;
  readonly most: number | undefined;
}

/** Events in [fromMs, toMs) that match one after the other, each later than the one before. */
export interface Sequence extends Span {
  readonly kind: 'sequence';
  readonly steps: readonly EventMatch[];
}

/** The first (last) of all matching events lies in [fromMs, toMs). */
export interface Moment extends Span {
  readonly kind: 'moment';
  readonly which: 'first' | 'last';
  readonly match: EventMatch;
}

/** What looks at a person's events. */
export type EventLeaf = Count | Sequence | Moment;

export type Formula =
  | EventLeaf
  /** What is known of the person now. */
  | { readonly kind: 'person'; readonly condition: Condition }
  /** On the list of a fixed cohort, whatever the instant. */
  | { readonly kind: 'list'; readonly id: string }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Formula[] }
  | { readonly kind: 'not'; readonly part: Formula };

/** Who belongs, as of when. */
export interface Membership {
  readonly formula: Formula;
  readonly asOfMs: number;
}

/** The criteria of a cohort of the project, undefined when it has none of this id. */
export type FindCriteria = (id: string) => Promise<Criteria | undefined>;

interface Resolver {
  readonly asOfMs: number;
  readonly find: FindCriteria;
  counts: number;
}

/**
 * Resolves criteria as of an instant, epoch ms. `self` is the id of the cohort they are of, if it has one.
 * @throws RequestError 422 for a cohort that does not exist or leads back to itself, and for too many criteria in all
 */
export async function resolveMembership(
  criteria: Criteria,
  asOfMs: number,
  find: FindCriteria,
  self?: string,
): Promise<Membership> {
  const resolver: Resolver = { asOfMs, find, counts: 0 };
  return { asOfMs, formula: await resolve(criteria, resolver, self === undefined ? [] : [self], undefined) };
}

/** `inside`: ids of the cohorts that lead here; `place`: where the request names the first of those that it names. */
async function resolve(
  criteria: Criteria,
  resolver: Resolver,
  inside: readonly string[],
  place: string | undefined,
): Promise<Formula> {
  switch (criteria.kind) {
    case 'list':
      return criteria;
    case 'not':
      return { kind: 'not', part: await resolve(criteria.part, resolver, inside, place) };
    case 'cohort':
      return resolveCohort(criteria, resolver, inside, place ?? criteria.path);
    case 'and':
    case 'or': {
      const parts: Formula[] = [];
      for (const part of criteria.parts) parts.push(await resolve(part, resolver, inside, place));
      return { kind: criteria.kind, parts };
    }
    default:
      resolver.counts += criteria.kind === 'sequence' ? criteria.steps.length : 1;
      if (resolver.counts > CRITERIA_MAX)
        throw refuseField(
          place ?? 'criteria',
          `With those of other cohorts these are more than ${CRITERIA_MAX} criteria; each event of a sequence is one.`,
        );
      return placeCriterion(criteria, resolver.asOfMs);
  }
}

function placeCriterion(criterion: Criterion, asOfMs: number): Formula {
  if (criterion.kind === 'person') return criterion;
  const span = placeWithin(criterion.within, asOfMs);
  switch (criterion.kind) {
    case 'did': {
      const { match, least, most } = criterion;
      return { kind: 'count', match, least, most, ...span };
    }
    case 'sequence':
      return { kind: 'sequence', steps: criterion.steps, ...span };
    case 'moment':
      return { kind: 'moment', which: criterion.which, match: criterion.match, ...span };
  }
}

async function resolveCohort(
  { id }: Criteria & { kind: 'cohort' },
  resolver: Resolver,
  inside: readonly string[],
  place: string,
): Promise<Formula> {
  if (inside.includes(id))
    throw refuseField(
      place,
      `The cohort ${id} would be defined by itself: ${[...inside.slice(inside.indexOf(id)), id].join(' → ')}.`,
    );
  if (inside.length >= COHORTS_NESTED_MAX)
    throw refuseField(place, `Cohorts refer to each other at most ${COHORTS_NESTED_MAX} deep.`);
  const found = await resolver.find(id);
  if (!found)
    throw refuseField(
      place,
      'This project has no such cohort; GET /v1/analytics/cohorts lists those it has.',
    );
  return resolve(found, resolver, [...inside, id], place);
}

function placeWithin(within: Within | undefined, asOfMs: number): Span {
  if (within === undefined) return { fromMs: undefined, toMs: asOfMs };
  if (within.kind === 'last') return { fromMs: Math.max(asOfMs - within.ms, FIRST_MS), toMs: asOfMs };
  return { fromMs: within.fromMs, toMs: Math.min(within.toMs, asOfMs) };
}

/** What a formula may be for somebody without a single matching event. */
interface Possible {
  readonly holds: boolean;
  readonly fails: boolean;
}

function judgeNothing(formula: Formula): Possible {
  switch (formula.kind) {
    case 'count':
      return { holds: formula.least === 0, fails: formula.least > 0 };
    case 'sequence':
    case 'moment':
      return { holds: false, fails: true };
    case 'list':
    case 'person':
      return { holds: true, fails: true };
    case 'not': {
      const { holds, fails } = judgeNothing(formula.part);
      return { holds: fails, fails: holds };
    }
    default: {
      const parts = formula.parts.map(judgeNothing);
      return formula.kind === 'and'
        ? { holds: parts.every(({ holds }) => holds), fails: parts.some(({ fails }) => fails) }
        : { holds: parts.some(({ holds }) => holds), fails: parts.every(({ fails }) => fails) };
    }
  }
}

/** Whether somebody without a single matching event may belong. */
export const mayHoldForNothing = (formula: Formula): boolean => judgeNothing(formula).holds;

/** Every leaf of a formula that looks at events. */
export function listEventLeaves(formula: Formula): readonly EventLeaf[] {
  switch (formula.kind) {
    case 'count':
    case 'sequence':
    case 'moment':
      return [formula];
    case 'person':
    case 'list':
      return [];
    case 'not':
      return listEventLeaves(formula.part);
    default:
      return formula.parts.flatMap(listEventLeaves);
  }
}

/** The fixed cohorts whose lists a formula reads. */
export function listFixed(formula: Formula): readonly string[] {
  if (formula.kind === 'list') return [formula.id];
  if (formula.kind === 'not') return listFixed(formula.part);
  return 'parts' in formula ? formula.parts.flatMap(listFixed) : [];
}

/** What a formula asks of people themselves. */
export function listPersonConditions(formula: Formula): readonly Condition[] {
  if (formula.kind === 'person') return [formula.condition];
  if (formula.kind === 'not') return listPersonConditions(formula.part);
  return 'parts' in formula ? formula.parts.flatMap(listPersonConditions) : [];
}

/** The event types a leaf looks at. */
export const listEvents = (leaf: EventLeaf): readonly string[] =>
  leaf.kind === 'sequence' ? leaf.steps.flatMap(({ events }) => events) : leaf.match.events;

/** The earliest event a leaf depends on, undefined: all of them. */
export const findFrom = (leaf: EventLeaf): number | undefined =>
  leaf.kind === 'moment' && leaf.which === 'first' ? undefined : leaf.fromMs;
