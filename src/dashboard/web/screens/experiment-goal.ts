/** A goal of an experiment as the form has it, and as the interface takes it. */
import {
  type AskedMatch,
  composeMatch,
  EMPTY_MATCH,
  type Fields,
  isNamed,
  readMatch,
  readText,
} from './event-match.js';
import { type AskedRules, composeRules, EMPTY_RULES, EMPTY_STEP, readRules } from './funnel-question.js';

/** Measures of an event's property. */
const PROPERTY_KINDS = ['sum', 'average', 'median', 'p75', 'p90', 'p95', 'p99'] as const;
type PropertyKind = (typeof PROPERTY_KINDS)[number];

export type GoalKind = 'conversion' | 'count' | PropertyKind | 'ratio' | 'metric' | 'definition' | 'funnel';

/** A number of each person: whether, how often, or the sum of a property. */
export interface AskedPart extends AskedMatch {
  measure: 'conversion' | 'count' | 'sum';
  property: string;
}

export interface AskedGoal extends AskedMatch {
  kind: GoalKind;
  /** Empty: named by what it measures. */
  name: string;
  better: string;
  /** Of this goal alone; empty: as the experiment's. */
  window: string;
  /** Of a sum, an average or a quantile. */
  property: string;
  /** Name or id of a saved metric. */
  metric: string;
  /** A metric in its language. */
  definition: string;
  numerator: AskedPart;
  denominator: AskedPart;
  rules: AskedRules;
}

const EMPTY_PART: AskedPart = { ...EMPTY_MATCH, measure: 'count', property: '' };

export const EMPTY_GOAL: AskedGoal = {
  ...EMPTY_MATCH,
  kind: 'conversion',
  name: '',
  better: 'higher',
  window: '',
  property: '',
  metric: '',
  definition: '',
  numerator: EMPTY_PART,
  denominator: EMPTY_PART,
  rules: { ...EMPTY_RULES, steps: [EMPTY_STEP], window: '' },
};

export const needsProperty = (kind: GoalKind): boolean => PROPERTY_KINDS.some((one) => one === kind);

/** Undefined while something is missing. */
function composePart({ measure, property, ...match }: AskedPart): object | undefined {
  if (!isNamed(match) || (measure === 'sum' && property === '')) return undefined;
  return { ...composeMatch(match), measure: measure === 'sum' ? { sum: property } : measure };
}

/** What is measured; undefined while something is missing. */
function composeMeasured(goal: AskedGoal): object | undefined {
  const { kind, events, where, property, metric, definition } = goal;
  switch (kind) {
    case 'ratio': {
      const [numerator, denominator] = [composePart(goal.numerator), composePart(goal.denominator)];
      return numerator && denominator && { ratio: { numerator, denominator } };
    }
    case 'metric':
      return metric === '' ? undefined : { metric };
    case 'definition':
      return definition.trim() === '' ? undefined : { definition };
    case 'funnel': {
      const funnel = composeRules(goal.rules, 1);
      return funnel && { funnel };
    }
    default: {
      const needs = needsProperty(kind);
      if (!isNamed(goal) || (needs && property === '')) return undefined;
      return { ...composeMatch({ events, where }), measure: needs ? { [kind]: property } : kind };
    }
  }
}

/** Undefined while something is missing. */
export function composeGoal(goal: AskedGoal): object | undefined {
  const measured = composeMeasured(goal);
  if (!measured) return undefined;
  const { name, better, window, kept } = goal;
  return {
    ...kept,
    ...(name.trim() === '' ? {} : { name }),
    ...(better === 'lower' ? { better } : {}),
    ...(window === '' ? {} : { window }),
    ...measured,
  };
}

/** "count" or `{sum: property}`. */
function readMeasure(measure: unknown): [kind: string, property: string] {
  if (typeof measure === 'string') return [measure, ''];
  const [kind, property] = Object.entries((measure ?? {}) as Fields)[0] ?? ['conversion', ''];
  return [kind, String(property)];
}

function readPart({ measure: written = 'count', ...match }: Fields): AskedPart {
  const [measure, property] = readMeasure(written);
  return { ...readMatch(match), measure: measure as AskedPart['measure'], property };
}

export function readGoal(saved: Fields): AskedGoal {
  const { name, better, window, measure, metric, definition, funnel, ratio, ...match } = saved;
  const base: AskedGoal = {
    ...EMPTY_GOAL,
    ...readMatch(match),
    name: readText(name),
    better: readText(better) || EMPTY_GOAL.better,
    window: readText(window),
  };
  if (ratio) {
    const { numerator, denominator } = ratio as Record<'numerator' | 'denominator', Fields>;
    return { ...base, kind: 'ratio', numerator: readPart(numerator), denominator: readPart(denominator) };
  }
  if (metric !== undefined) return { ...base, kind: 'metric', metric: String(metric) };
  if (definition !== undefined) return { ...base, kind: 'definition', definition: String(definition) };
  if (funnel) return { ...base, kind: 'funnel', rules: readRules(funnel as Fields) };
  const [kind, property] = readMeasure(measure);
  return { ...base, kind: kind as GoalKind, property };
}
