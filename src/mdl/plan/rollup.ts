/**
 * Whether a metric can have a rollup, or why not; and whether a rollup answers a question exactly.
 *
 * A rollup keeps, for each hour (or minute) and group, the state of every measure of its metric. States merge, so
 * longer buckets, other time zones, fewer dimensions and frames over buckets are all answered from it, as long as every
 * boundary of the question lies between two of the rollup's buckets and every condition was already in it.
 */
import { AGGREGATES } from '../vocabulary.js';
import type { Dimension, MetricPlan, Predicate, QueryPlan, RangedLeaf } from './types.js';

export interface RollupPlan {
  readonly metric: MetricPlan;
  /** Length of its buckets, which start at whole UTC hours or minutes. */
  readonly grainMs: number;
  readonly dimensions: readonly Dimension[];
}

export type Derived =
  | { readonly possible: true; readonly rollup: RollupPlan }
  | { readonly possible: false; readonly reasons: readonly string[] };

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The rollup of a metric, or every reason why it has none. */
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
  return {
    possible: true,
    rollup: { metric, grainMs: fine ? MINUTE_MS : HOUR_MS, dimensions: metric.dimensions },
  };
}

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

function mentions(predicate: Predicate, what: 'user' | 'cohort'): boolean {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.parts.some((part) => mentions(part, what));
    case 'not':
      return mentions(predicate.part, what);
    case 'cohort':
      return what === 'cohort';
    case 'compare_properties':
      return what === 'user' && (predicate.left.kind === 'user' || predicate.right.kind === 'user');
    default:
      return what === 'user' && predicate.property.kind === 'user';
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Where a dimension of a question stands among those of a rollup, -1 when it does not. */
export const findDimension = (rollup: RollupPlan, dimension: Dimension): number =>
  rollup.dimensions.findIndex((other) => isSame(other.property, dimension.property));

/** Why the rollup does not answer the question exactly, or undefined when it does. */
export function findObstacle(rollup: RollupPlan, question: QueryPlan): string | undefined {
  if (
    !isSame(rollup.metric.measures, question.metric.measures) ||
    !isSame(rollup.metric.selections, question.metric.selections)
  ) {
    return 'it was made for another version of the metric';
  }
  const missing = question.dimensions.find((dimension) => findDimension(rollup, dimension) < 0);
  if (missing) return `it has no dimension "${missing.name}"`;
  if (question.where) return 'the question has a condition of its own';
  const odd = listBoundaries(question).find((ms) => ms % rollup.grainMs !== 0);
  if (odd === undefined) return undefined;
  const grain = rollup.grainMs === HOUR_MS ? 'hours' : 'minutes';
  return `${new Date(odd).toISOString()} does not lie between two of its ${grain}`;
}

function listBoundaries(question: QueryPlan): readonly number[] {
  const ranges =
    question.grain === 'all'
      ? (question.leaves as readonly RangedLeaf[]).flatMap((leaf) => [leaf.fromMs, leaf.toMs])
      : [];
  return [question.fromMs, question.toMs, question.scanFromMs, ...ranges, ...question.bounds.slice(0, -1)];
}
