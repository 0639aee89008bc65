/**
 * Whether a metric can have a rollup, or why not; and whether a rollup answers a question exactly.
 *
 * A rollup keeps, for each bucket (a minute, an hour or a day) and group, the state of every measure of its metric. States
 * merge, so longer buckets, other time zones, fewer dimensions and frames over buckets are all answered from it, as long as
 * every boundary of the question lies between two of the rollup's buckets and every condition was already in it. Where the
 * range begins or ends inside a bucket, that part of it is read from the events and merged. Buckets are those of UTC: hours serve every zone whose offset is whole hours, minutes every zone, days UTC alone.
 */
import { AGGREGATES } from '../vocabulary.js';
import type {
  Dimension,
  Measure,
  MetricPlan,
  Population,
  Predicate,
  Property,
  QueryPlan,
  RangedLeaf,
} from './types.js';

/** What a rollup holds, as plain data. */
export interface RollupPlan {
  readonly metric: Population;
  /** Length of its buckets, which start at whole UTC minutes, hours or days. */
  readonly grainMs: number;
  readonly dimensions: readonly Dimension[];
}

export type Derived =
  | { readonly possible: true; readonly rollup: RollupPlan }
  | { readonly possible: false; readonly reasons: readonly string[] };

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const GRAIN_NAMES: ReadonlyMap<number, string> = new Map([
  [MINUTE_MS, 'minute'],
  [HOUR_MS, 'hour'],
  [DAY_MS, 'day'],
]);

/** "hour" */
export const nameGrain = (grainMs: number): string => GRAIN_NAMES.get(grainMs)!;

/** The rollup of a metric at its finest grain, or every reason why it has none. */
export function deriveRollup(metric: MetricPlan): Derived {
  const reasons = [
    ...(metric.rollup === 'off' ? ['the definition says rollup = "off"'] : []),
    ...(metric.measures.length === 0 ? ['the formula has no aggregate'] : []),
    ...(metric.conversions.length > 0 ? ['conversion depends on events after its bucket'] : []),
    ...listInexact(metric),
    ...listChanging(metric),
  ];
  if (reasons.length > 0) return { possible: false, reasons: [...new Set(reasons)] };
  const fine = metric.timeWindowMs !== undefined && metric.timeWindowMs < HOUR_MS;
  const { selections, measures, conversions, dimensions } = metric;
  return {
    possible: true,
    rollup: {
      metric: { selections, measures, conversions },
      grainMs: fine ? MINUTE_MS : HOUR_MS,
      dimensions,
    },
  };
}

/** The rollups made of a metric: its finest grain, and days for long ranges. */
export const listGrains = (finest: RollupPlan): readonly RollupPlan[] => [
  finest,
  { ...finest, grainMs: DAY_MS },
];

function listInexact(metric: MetricPlan): readonly string[] {
  return metric.measures.flatMap(({ aggregate }) => {
    const word = AGGREGATES[aggregate];
    if (!word || word.mergeable) return [];
    return [
      `${aggregate} is exact and needs every value${word.instead ? `; ${word.instead} can be rolled up` : ''}`,
    ];
  });
}

/** What an event's row said when it was stored is kept; what is looked up elsewhere may say something else tomorrow. */
function listChanging(metric: MetricPlan): readonly string[] {
  const predicates = metric.selections.flatMap(({ condition }) => (condition ? [condition] : []));
  const properties = [
    ...metric.dimensions.map((d) => d.property),
    ...metric.measures.flatMap((m) => (m.value ? [m.value.property] : [])),
  ];
  const users =
    properties.some((property) => property.kind === 'user') || predicates.some((p) => mentions(p, 'user'));
  return [
    ...(users ? ['properties of users change after the event'] : []),
    ...(predicates.some((p) => mentions(p, 'cohort'))
      ? ['membership of cohorts changes after the event']
      : []),
  ];
}

function isOf(property: Dimension['property'], what: 'user' | 'person' | 'cohort'): boolean {
  return what === 'person'
    ? property.kind === 'column' && property.name === 'person'
    : property.kind === what;
}

function mentions(predicate: Predicate, what: 'user' | 'person' | 'cohort'): boolean {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.parts.some((part) => mentions(part, what));
    case 'not':
      return mentions(predicate.part, what);
    case 'cohort':
      return what === 'cohort';
    case 'compare_properties':
      return isOf(predicate.left, what) || isOf(predicate.right, what);
    default:
      return isOf(predicate.property, what);
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Where a dimension of a question stands among those of a rollup, -1 when it does not. */
export const findDimension = (rollup: RollupPlan, property: Dimension['property']): number =>
  rollup.dimensions.findIndex((other) => isSame(other.property, property));

/** Where a measure of a question stands among those of a rollup of the same populations, -1 when it does not. */
export const findMeasure = (rollup: RollupPlan, measure: Measure): number =>
  rollup.metric.measures.findIndex((other) => isSame(other, measure));

/** Why the rollup does not answer the question exactly, or undefined when it does. */
export function findObstacle(rollup: RollupPlan, question: QueryPlan): string | undefined {
  const { metric } = question;
  if (
    !isSame(rollup.metric.selections, metric.selections) ||
    metric.measures.some((measure) => findMeasure(rollup, measure) < 0)
  )
    return 'it was made for other events or aggregates';
  const missing = question.dimensions.find(({ property }) => findDimension(rollup, property) < 0);
  if (missing) return `it has no dimension "${missing.name}"`;
  const untold = question.where && findUntold(rollup, question.where);
  if (untold) return untold;
  if (question.merged && dependsOnPersons(rollup))
    return 'ids were joined into one person since, which changes who is counted';
  const odd = listInnerBoundaries(question).find((ms) => ms % rollup.grainMs !== 0);
  if (odd !== undefined)
    return `${new Date(odd).toISOString()} does not lie between two of its ${nameGrain(rollup.grainMs)}s`;
  const { fromMs, toMs } = splitRange(rollup, question);
  return fromMs < toMs
    ? undefined
    : `the range does not hold one of its ${nameGrain(rollup.grainMs)}s as a whole`;
}

/**
 * Why a condition of a question cannot be told from the dimensions of a rollup, undefined when it can. They hold the JSON of
 * scalars and lists, which loses what an object was and of which kind the elements of a list.
 */
function findUntold(rollup: RollupPlan, where: Predicate): string | undefined {
  const find = (property: Property): string | undefined =>
    findDimension(rollup, property) < 0
      ? `the question has a condition on "${nameProperty(property)}", which is none of its dimensions`
      : undefined;
  switch (where.kind) {
    case 'and':
    case 'or':
      return where.parts.map((part) => findUntold(rollup, part)).find((reason) => reason !== undefined);
    case 'not':
      return findUntold(rollup, where.part);
    case 'cohort':
      return 'membership of cohorts changes after the event';
    case 'compare_properties':
      return find(where.left) ?? find(where.right);
    case 'set':
    case 'contains':
      if (where.property.kind === 'column') return find(where.property);
      return `its dimensions do not tell ${where.kind === 'set' ? 'objects from absent values' : 'what lists contain'}`;
    default:
      return find(where.property);
  }
}

const nameProperty = (property: Property): string =>
  property.kind === 'column' ? `event.${property.name}` : property.segments.join('.');

/** A range of a question cut into the whole buckets of a rollup and what is left at the edges, which the events answer. */
export interface SplitRange {
  /** The whole buckets. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly hasEdges: boolean;
}

export function splitRange({ grainMs }: RollupPlan, { scanFromMs, toMs }: QueryPlan): SplitRange {
  const whole = {
    fromMs: Math.ceil(scanFromMs / grainMs) * grainMs,
    toMs: Math.floor(toMs / grainMs) * grainMs,
  };
  return { ...whole, hasEdges: whole.fromMs !== scanFromMs || whole.toMs !== toMs };
}

/** Whether the rollup counts persons or tells them apart. */
function dependsOnPersons({ metric, dimensions }: RollupPlan): boolean {
  return (
    metric.measures.some(({ aggregate, value }) =>
      value ? isOf(value.property, 'person') : aggregate.startsWith('uniq'),
    ) ||
    dimensions.some(({ property }) => isOf(property, 'person')) ||
    metric.selections.some(({ condition }) => condition !== undefined && mentions(condition, 'person'))
  );
}

/** Where the question cuts time, but for the two ends of its range. */
function listInnerBoundaries(question: QueryPlan): readonly number[] {
  if (question.grain !== 'all') return question.bounds.slice(1, -1);
  const { scanFromMs, toMs } = question;
  return (question.leaves as readonly RangedLeaf[])
    .flatMap((leaf) => [leaf.fromMs, leaf.toMs])
    .filter((ms) => ms !== scanFromMs && ms !== toMs);
}
