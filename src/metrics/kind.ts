/** What kind of number a metric is, by the form of its formula. */
import { listChildren } from '../mdl/check/series.js';
import type { MetricNode, Series } from '../mdl/tree.js';

/**
 * aggregate   one aggregate over events
 * conversion  the share of persons who go on to something
 * ratio       something divided by something
 * formula     anything else
 */
export type MetricKind = 'aggregate' | 'conversion' | 'ratio' | 'formula';

const holds = (series: Series, test: (series: Series) => boolean): boolean =>
  test(series) || listChildren(series).some((child) => holds(child, test));

export function findKind({ formula }: Pick<MetricNode, 'formula'>): MetricKind {
  let series = formula;
  while (series?.kind === 'group') series = series.inner;
  if (series === undefined) return 'formula';
  if (series.kind === 'aggregate') return 'aggregate';
  if (series.kind === 'conversion') return 'conversion';
  const divides = holds(series, (one) => one.kind === 'arithmetic' && one.operator === '/');
  return divides ? 'ratio' : 'formula';
}
