/** What is asked on the funnel screen, as the address keeps it, and the funnel it means. */
import {
  type AskedMatch,
  composeMatch,
  EMPTY_MATCH,
  type Fields,
  isNamed,
  readList,
  readMatch,
  readNames,
  readSavedFields,
  readText,
} from './event-match.js';
import { onlySaid, readBreakdown, readCompare } from './kept.js';

export interface AskedStep extends AskedMatch {
  optional: boolean;
  /** Longest time since the step before; empty for none of its own. */
  within: string;
  /** Named by edges. */
  id?: string;
  /** What it is called; its events without. */
  label?: string;
}

export interface AskedEdge {
  from: string;
  to: string;
  within: string;
  /** What was saved of it and has no field here. */
  kept?: Fields;
}

export interface AskedExclusion extends AskedMatch {
  /** Numbers of steps, from 1; empty: the first and the last. */
  from: string;
  to: string;
}

/** What holds between steps, of a funnel as of a goal of an experiment. */
export interface AskedRules {
  steps: AskedStep[];
  /** Empty: as the experiment's. */
  window: string;
  order: string;
  ties: string;
  /** Properties that stay the same. */
  hold: string[];
  exclusions: AskedExclusion[];
  /** What was saved and has no field here. */
  kept: Fields;
}

export interface AskedFunnel extends AskedRules {
  count: string;
  reentry: string;
  /** What comes after what; null while steps follow each other as they stand. */
  paths: AskedEdge[] | null;
  breakdown: string[];
  attribution: string;
  compare: boolean;
  grain: string;
  from: string;
  to: string;
  timezone: string;
}

export const EMPTY_STEP: AskedStep = { ...EMPTY_MATCH, optional: false, within: '' };

export const EMPTY_RULES: AskedRules = {
  steps: [EMPTY_STEP, EMPTY_STEP],
  window: '7d',
  order: 'ordered',
  ties: 'any',
  hold: [],
  exclusions: [],
  kept: {},
};

const composeStep = ({ optional, within, id, label, ...match }: AskedStep): object => ({
  ...(id ? { id } : {}),
  ...composeMatch(match),
  ...(label ? { label } : {}),
  ...(optional ? { optional } : {}),
  ...(within === '' ? {} : { within }),
});

/** Exclusions count the steps that are named; those on the form may still be empty. */
function composeExclusion({ from, to, ...match }: AskedExclusion, steps: readonly AskedStep[]): object {
  const numberOf = (text: string): number => Math.max(1, steps.slice(0, Number(text)).filter(isNamed).length);
  return {
    ...composeMatch(match),
    ...(from === '' ? {} : { from_step: numberOf(from) }),
    ...(to === '' ? {} : { to_step: numberOf(to) }),
  };
}

/** Steps and what holds between them; undefined while fewer than `least` steps have an event. */
export function composeRules(rules: AskedRules, least: number): Record<string, unknown> | undefined {
  const steps = rules.steps.filter(isNamed);
  if (steps.length < least) return undefined;
  const { window, order, ties, hold, exclusions, kept } = rules;
  const excluded = exclusions.filter(isNamed);
  return {
    ...kept,
    steps: steps.map(composeStep),
    ...(window === '' ? {} : { window }),
    order,
    ties,
    ...(hold.length > 0 ? { hold } : {}),
    ...(excluded.length > 0 ? { exclusions: excluded.map((one) => composeExclusion(one, rules.steps)) } : {}),
  };
}

function composeEdges(steps: readonly AskedStep[], paths: readonly AskedEdge[]): object[] {
  const named = new Set(steps.filter(isNamed).map(({ id }) => id));
  return paths
    .filter(({ from, to }) => named.has(from) && named.has(to))
    .map(({ from, to, within, kept }) => ({ ...kept, from, to, ...(within === '' ? {} : { within }) }));
}

/** What is saved of a funnel; undefined while fewer than two steps have an event. */
export function composeDefinition(asked: AskedFunnel): Record<string, unknown> | undefined {
  const rules = composeRules(asked, 2);
  if (!rules) return undefined;
  const { count, reentry, paths } = asked;
  return {
    ...rules,
    count,
    ...(count === 'conversions' ? {} : { reentry }),
    ...(paths ? { paths: composeEdges(asked.steps, paths) } : {}),
  };
}

/** The whole question. */
export function composeQuestion(asked: AskedFunnel): Record<string, unknown> | undefined {
  const definition = composeDefinition(asked);
  if (!definition) return undefined;
  const { from, to, timezone, attribution, grain } = asked;
  const breakdown = asked.breakdown.filter((property) => property !== '');
  return {
    ...definition,
    from,
    to,
    timezone,
    ...(breakdown.length > 0 ? { breakdown, attribution } : {}),
    ...(asked.compare ? { compare: 'previous' } : {}),
    ...(grain === '' ? {} : { grain }),
  };
}

function readStep({ optional, within, id, label, ...match }: Fields): AskedStep {
  return {
    ...readMatch(match),
    optional: optional === true,
    within: readText(within),
    ...(id === undefined ? {} : { id: String(id) }),
    ...(label === undefined ? {} : { label: String(label) }),
  };
}

const readExclusion = ({ from_step, to_step, ...match }: Fields): AskedExclusion => ({
  ...readMatch(match),
  from: String(from_step ?? ''),
  to: String(to_step ?? ''),
});

/** Steps and rules as the form has them: nothing of what was saved is left out. */
export function readRules(saved: Fields): AskedRules {
  const { steps, window, order, ties, hold, exclusions, ...kept } = saved;
  return {
    steps: readList(steps).map(readStep),
    window: readText(window),
    order: readText(order) || EMPTY_RULES.order,
    ties: readText(ties) || EMPTY_RULES.ties,
    hold: readNames(hold),
    exclusions: readList(exclusions).map(readExclusion),
    kept,
  };
}

/** Edges are a list, or a list within an object. */
const readEdges = (paths: unknown): AskedEdge[] =>
  readList(Array.isArray(paths) ? paths : (paths as Fields).edges).map(({ from, to, within, ...kept }) => ({
    from: String(from),
    to: String(to),
    within: readText(within),
    kept,
  }));

/** A question as the form has it; of a saved funnel it says no steps. */
export function readFunnelQuestion(body: Fields): Partial<AskedFunnel> {
  const { from, to, timezone = 'UTC', attribution, breakdown, compare, grain, ...definition } = body;
  const split = readBreakdown(typeof breakdown === 'string' ? [breakdown] : breakdown);
  const rest = split.rest === undefined ? definition : { ...definition, breakdown: split.rest };
  return {
    ...(definition.steps === undefined ? {} : readDefinition(rest)),
    breakdown: split.breakdown ?? [],
    attribution: readText(attribution) || 'first',
    compare: readCompare(compare),
    grain: readText(grain),
    timezone: readText(timezone),
    ...onlySaid({ from: readText(from) || undefined, to: readText(to) || undefined }),
  };
}

/** A saved funnel as the form has it. */
export function readDefinition(saved: Fields): Partial<AskedFunnel> {
  const { count, reentry, paths, ...rules } = readSavedFields(saved);
  // Two ways to say that every entry counts; the form has one.
  const every = readText(reentry) === 'every';
  const read = {
    ...readRules(rules),
    count: readText(count) || (every ? 'conversions' : 'users'),
    reentry: (every ? '' : readText(reentry)) || 'best',
    paths: null,
  };
  if (paths === undefined) return read;
  // Steps without an id of their own are called by their number.
  const steps = read.steps.map((step, i) => ({ ...step, id: step.id ?? String(i + 1) }));
  return { ...read, steps, paths: readEdges(paths) };
}
