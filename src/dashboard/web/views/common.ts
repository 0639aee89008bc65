/** The views that most answers have, loaded together: asking for a file takes longer than most of them are long. */
export { FunnelView } from './funnel.js';
export { MetricView } from './metric.js';
export { NumberView } from './number.js';
export { RetentionView } from './retention.js';
export { TrendView } from './trend.js';
