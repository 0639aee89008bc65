/** Retention: a heat map with one hue, cells that are not complete hatched, and the mean as a curve. */
import { Lines } from '../charts/lines.js';
import { formatBucket, formatNumber, formatPercent } from '../format.js';
import type { Meta } from '../ui/answer.js';
import type { ViewProps } from './views.js';

interface Period {
  start: string;
  size: number;
  counts: (number | null)[];
  rates: (number | null)[];
  complete: boolean[];
}

export interface RetentionAnswer {
  periods: Period[];
  mean: (number | null)[];
  meta: Meta;
}

interface Asked {
  grain?: string;
  timezone?: string;
}

export function RetentionView({ data, body, compact = false }: ViewProps) {
  const answer = data as RetentionAnswer;
  const { grain = 'day', timezone = 'UTC' } = (body ?? {}) as Asked;
  if (answer.periods.every((period) => period.size === 0))
    return <p class="empty">Nobody started in this range. Choose a longer range or another event.</p>;
  return (
    <>
      <HeatMap answer={answer} grain={grain} timezone={timezone} />
      {!compact && (
        <>
          <h2 class="next">Mean over complete periods</h2>
          <MeanCurve mean={answer.mean} grain={grain} />
        </>
      )}
    </>
  );
}

function HeatMap({ answer, grain, timezone }: { answer: RetentionAnswer; grain: string; timezone: string }) {
  return (
    <div class="scroll heat">
      <table>
        <thead>
          <tr>
            <th>Started</th>
            <th class="number">People</th>
            {answer.mean.map((_, k) => (
              <th class="number" key={k}>
                {grain} {k}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.periods.map((period) => (
            <tr key={period.start}>
              <td>{formatBucket(period.start, grain, timezone)}</td>
              <td class="number">{formatNumber(period.size)}</td>
              {period.rates.map((rate, k) => (
                <td
                  key={k}
                  class={`cell${period.complete[k] ? '' : ' incomplete'}`}
                  title={`${formatNumber(period.counts[k])} of ${formatNumber(period.size)}${period.complete[k] ? '' : ', not complete yet'}`}
                  style={{ backgroundColor: `rgba(var(--heat), ${(rate ?? 0) * 0.55})` }}
                >
                  {formatPercent(rate)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const DAY_MS = 86_400_000;

function MeanCurve({ mean, grain }: { mean: readonly (number | null)[]; grain: string }) {
  return (
    <Lines
      times={mean.map((_, k) => new Date(k * DAY_MS).toISOString())}
      series={[
        { name: 'per cent of all who started', values: mean.map((m) => (m === null ? null : m * 100)) },
      ]}
      labels={mean.map((_, k) => `${grain} ${k}`)}
      grain="day"
      timezone="UTC"
      incompleteFrom={mean.length}
      height={180}
    />
  );
}
