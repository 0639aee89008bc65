/** A funnel: bars, and between them who left and how long the others took. */
import { formatNumber, formatPercent, formatSeconds } from '../format.js';
import type { Meta } from '../ui/answer.js';
import type { ViewProps } from './views.js';

export interface FunnelStep {
  index: number;
  label: string;
  count: number;
  dropped: number;
  conversion_from_first: number | null;
  conversion_from_previous: number | null;
  median_seconds: number | null;
  p90_seconds: number | null;
}

export interface FunnelAnswer {
  steps: FunnelStep[];
  conversion_rate: number | null;
  meta: Meta & { truncated_units?: unknown[] };
}

export function FunnelView({ data }: ViewProps) {
  const funnel = data as FunnelAnswer;
  const first = funnel.steps[0]?.count ?? 0;
  if (first === 0)
    return (
      <p class="empty">
        Nobody did the first step in this range. Choose a longer range or another first step.
      </p>
    );
  return (
    <>
      <h2>{formatPercent(funnel.conversion_rate)} go all the way</h2>
      <div class="funnel">
        {funnel.steps.map((step, index) => (
          <div key={step.index}>
            {index > 0 && (
              <p class="gap">
                {formatNumber(funnel.steps[index - 1]!.dropped)} left · median{' '}
                {formatSeconds(step.median_seconds)} · p90 {formatSeconds(step.p90_seconds)}
              </p>
            )}
            <div class="stage">
              <span>
                {index + 1}. {step.label}
              </span>
              <div class="track" role="img" aria-label={`${step.label}: ${step.count}`}>
                <div class="fill" style={{ width: `${(100 * step.count) / first}%` }} />
              </div>
              <span class="figures">
                <b>{formatNumber(step.count)}</b> <small>{formatPercent(step.conversion_from_first)}</small>
              </span>
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
