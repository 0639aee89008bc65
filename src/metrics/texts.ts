/** A file of metrics taken apart into the texts they are stored as. */
import { listReferences } from '../mdl/check/references.js';
import { parseMetrics } from '../mdl/parse/file.js';
import type { MetricNode } from '../mdl/tree.js';
import type { WrittenMetric } from './store.js';

/** The text of each metric, with the comments above it; a file of one metric is its text as a whole. */
export function splitMetrics(text: string, metrics: readonly MetricNode[]): readonly WrittenMetric[] {
  if (metrics.length === 1) return [{ name: metrics[0]!.name, definition: text.trim() }];
  return metrics.map(({ name, span }, i) => {
    const start = metrics[i - 1]?.span.end ?? 0;
    return { name, definition: text.slice(start, span.end).trim() };
  });
}

/** The metric a stored text defines. */
export const readMetric = (definition: string): MetricNode | undefined =>
  parseMetrics(definition).file.metrics.at(-1);

/** The metrics a stored text refers to by name. */
function readReferences(definition: string): readonly string[] {
  const formula = readMetric(definition)?.formula;
  return formula ? [...new Set(listReferences(formula).map(({ name }) => name))] : [];
}

/** Those of the metrics that refer to one of the names, directly or through each other. */
export function listDependents<M extends WrittenMetric>(
  metrics: readonly M[],
  names: Iterable<string>,
): readonly M[] {
  const references = new Map(metrics.map((metric) => [metric, readReferences(metric.definition)]));
  const reached = new Set(names);
  const found = new Set<M>();
  for (let grew = true; grew; ) {
    grew = false;
    for (const [metric, named] of references) {
      if (found.has(metric) || !named.some((name) => reached.has(name))) continue;
      found.add(metric);
      reached.add(metric.name);
      grew = true;
    }
  }
  return metrics.filter((metric) => found.has(metric));
}
