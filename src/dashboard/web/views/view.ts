/** A way to draw an answer. */
export type ViewKind =
  | 'trend'
  | 'metric'
  | 'funnel'
  | 'retention'
  | 'paths'
  | 'experiment'
  | 'number'
  | 'model'
  | 'patterns'
  | 'foretold';

export interface ViewProps {
  /** The answer, as its route gives it. */
  data: unknown;
  /** What was asked. */
  body: unknown;
  /** Drawn small, on a dashboard: without tables beside the chart. */
  compact?: boolean;
}
