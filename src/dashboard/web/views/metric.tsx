/** A metric: its value over the whole range above its line over time. */
import { NumberView } from './number.js';
import { TrendView } from './trend.js';
import type { ViewProps } from './view.js';

export function MetricView(props: ViewProps) {
  return (
    <>
      <NumberView {...props} />
      <TrendView {...props} isMetric />
    </>
  );
}
