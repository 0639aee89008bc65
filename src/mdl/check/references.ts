/**
 * How metrics refer to each other: cycles, and the size of what a formula becomes once every reference is replaced by
 * what it stands for. Sizes are added up metric by metric, so sixteen metrics that each double the one before are
 * measured without being written out.
 */
import { describeSelection, formatEventCondition, formatSeries } from '../format/formula.js';
import { LIMITS } from '../limits.js';
import type { EventCondition, MetricNode, Series } from '../tree.js';
import { countTests } from './conditions.js';
import { listChildren } from './series.js';

/** What a metric amounts to, references included. Counts stop just above their limit. */
export interface Extent {
  /** Every metric it refers to, directly or through others. */
  readonly references: ReadonlySet<string>;
  readonly terms: number;
  readonly depth: number;
  readonly tests: number;
  /** The identity of each different aggregate. */
  readonly aggregates: ReadonlySet<string>;
  /** The functions previous, rolling and cumulative, where used. */
  readonly lookbacks: ReadonlySet<string>;
}

const NOTHING: Extent = {
  references: new Set(),
  terms: 0,
  depth: 0,
  tests: 0,
  aggregates: new Set(),
  lookbacks: new Set(),
};

/** Brackets, functions and references inside each other once references are replaced. */
export const EXPANDED_DEPTH_MAX = 2 * LIMITS.depth;

/** The names a series refers to, each with where. */
export function listReferences(series: Series): readonly (Series & { kind: 'reference' })[] {
  return series.kind === 'reference' ? [series] : listChildren(series).flatMap(listReferences);
}

/**
 * Every metric a metric's formula refers to, directly or through others, each with the one that led there. Stops one
 * beyond the limit, so that a chain of thousands costs no more than one of seventeen.
 */
export function collectReferences(
  name: string,
  formula: Series | undefined,
  metrics: ReadonlyMap<string, MetricNode>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const queue = [{ name, formula }];
  for (let i = 0; i < queue.length; i++) {
    const from = queue[i]!;
    for (const reference of from.formula ? listReferences(from.formula) : []) {
      if (found.has(reference.name)) continue;
      if (found.size > LIMITS.references) return found;
      found.set(reference.name, from.name);
      queue.push({ name: reference.name, formula: metrics.get(reference.name)?.formula });
    }
  }
  return found;
}

/** The way from a metric back to itself, its own name first and last; undefined when there is none within the limit. */
export function findCycle(
  name: string,
  formula: Series | undefined,
  metrics: ReadonlyMap<string, MetricNode>,
): readonly string[] | undefined {
  const found = collectReferences(name, formula, metrics);
  if (!found.has(name)) return undefined;
  const way = [name];
  do way.unshift(found.get(way[0]!)!);
  while (way[0] !== name);
  return way;
}

/** Measures metrics, each once. A metric that is part of a cycle, or unknown, measures as nothing. */
export function createExtents(
  metrics: ReadonlyMap<string, MetricNode>,
): (series: Series, filter?: EventCondition) => Extent {
  const known = new Map<string, Extent>();
  const measureMetric = (name: string): Extent => {
    const earlier = known.get(name);
    if (earlier) return earlier;
    known.set(name, NOTHING);
    const metric = metrics.get(name);
    const extent = metric?.formula ? measure(metric.formula, metric.filter) : NOTHING;
    known.set(name, extent);
    return extent;
  };
  const measure = (series: Series, filter?: EventCondition): Extent => {
    const extent = measureSeries(series, measureMetric);
    if (!filter) return extent;
    const text = formatEventCondition(filter);
    return {
      ...extent,
      tests: extent.tests + countTests(filter),
      aggregates: new Set([...extent.aggregates].map((key) => `${key}\n${text}`)),
    };
  };
  return measure;
}

function measureSeries(series: Series, measureMetric: (name: string) => Extent): Extent {
  if (series.kind === 'reference') {
    const inner = measureMetric(series.name);
    return { ...inner, references: new Set([series.name, ...inner.references]), depth: inner.depth + 1 };
  }
  const children = listChildren(series).map((child) => measureSeries(child, measureMetric));
  const own = measureNode(series);
  const deeper =
    series.kind === 'group' || series.kind === 'call' || series.kind === 'choice' || series.kind === 'negate'
      ? 1
      : 0;
  return {
    references: new Set(children.flatMap((c) => [...c.references])),
    terms: Math.min(
      LIMITS.terms + 1,
      children.reduce((sum, c) => sum + c.terms, own.terms),
    ),
    depth: Math.max(0, ...children.map((c) => c.depth)) + deeper,
    tests: Math.min(
      LIMITS.conditions + 1,
      children.reduce((sum, c) => sum + c.tests, own.tests),
    ),
    aggregates: new Set(
      [...own.aggregates, ...children.flatMap((c) => [...c.aggregates])].slice(0, LIMITS.aggregates + 1),
    ),
    lookbacks: new Set([...own.lookbacks, ...children.flatMap((c) => [...c.lookbacks])]),
  };
}

const LOOKBACKS = ['previous', 'rolling', 'cumulative'];

function measureNode(series: Series): {
  terms: number;
  tests: number;
  aggregates: readonly string[];
  lookbacks: readonly string[];
} {
  const none = { terms: 1, tests: 0, aggregates: [], lookbacks: [] };
  if (series.kind === 'aggregate')
    return { ...none, tests: countTests(series.selection.condition), aggregates: [formatSeries(series)] };
  if (series.kind === 'conversion') {
    const key = formatSeries(series);
    return {
      ...none,
      tests: countTests(series.start.condition) + countTests(series.goal.condition),
      aggregates: [key, `${key} starters`],
    };
  }
  if (series.kind === 'call' && LOOKBACKS.includes(series.name))
    return { ...none, terms: 0, lookbacks: [series.name] };
  if (series.kind === 'call' && series.name === 'per_user')
    return { ...none, aggregates: listUniq(series.series[0]!) };
  return { ...none, terms: series.kind === 'number' || series.kind === 'null' ? 1 : 0 };
}

/** per_user counts the persons of its argument's source: an aggregate nobody wrote. */
function listUniq(series: Series): readonly string[] {
  if (series.kind === 'aggregate') return [`uniq(${describeSelection(series.selection)})`];
  return listChildren(series).flatMap(listUniq).slice(0, 1);
}
