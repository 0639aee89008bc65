/** Who is about to leave: how well that was foretold, as numbers and as a curve, and what the model goes by. */
import { type Bin, Calibration, findInterval } from '../charts/calibration.js';
import { formatNumber, formatPercent } from '../format.js';
import { DataTable } from '../ui/data-table.js';
import { Figure } from '../ui/figure.js';
import type { Cell } from '../ui/pictures.js';
import { formatExact, Verdict } from './prediction-parts.js';

interface Score {
  auc: number | null;
  log_loss: number;
  brier: number;
}

export interface ChurnAnswer {
  factors: { feature: string; about: string; coefficient: number; error: number | null }[];
  scoreboard: Score & { base_rate: number; calibration: Bin[] };
  baselines: (Score & { name: string; about: string })[];
  predicts: boolean;
  summary: string;
}

interface Props {
  answer: ChurnAnswer;
  compact?: boolean | undefined;
}

export function ChurnPicture({ answer, compact = false }: Props) {
  const { scoreboard, baselines } = answer;
  const scores = [{ name: 'model', ...scoreboard }, ...baselines];
  return (
    <>
      <Verdict {...answer} />
      <h3>Scoreboard</h3>
      <DataTable
        label="Scoreboard"
        columns={[
          { name: 'foretold by' },
          { name: 'AUC', number: true },
          { name: 'log-loss', number: true },
          { name: 'Brier', number: true },
        ]}
        rows={scores.map(({ name, auc, log_loss, brier }) => [name.replace('_', ' '), auc, log_loss, brier])}
        format={(cell, column) => (column === 0 ? cell : formatExact(cell as number | null))}
      />
      <p class="muted under">{formatPercent(scoreboard.base_rate)} left in the time that judged.</p>
      <CalibrationFigure bins={scoreboard.calibration} compact={compact} />
      {!compact && <Factors factors={answer.factors} />}
    </>
  );
}

const listBins = (bins: readonly Bin[]): Cell[][] => [
  ['people', 'foretold', 'came_true', 'low', 'high'],
  ...bins.map((bin) => [bin.people, bin.foretold, bin.observed, ...findInterval(bin)]),
];

const CalibrationFigure = ({ bins, compact }: { bins: Bin[]; compact: boolean }) => (
  <Figure title="Foretold and come true" name="calibration" csv={() => listBins(bins)}>
    <p class="muted">
      Above the dashed line more left than was foretold, below it fewer. A line through a point holds the true
      share in 95 of 100 cases.
    </p>
    <div class="beside">
      <Calibration bins={bins} />
      {!compact && (
        <DataTable
          label="Calibration"
          columns={[
            { name: 'people', number: true },
            { name: 'foretold', number: true },
            { name: 'came true', number: true },
          ]}
          rows={bins.map(({ people, foretold, observed }) => [people, foretold, observed])}
          format={(cell, column) =>
            column === 0 ? formatNumber(cell as number) : formatPercent(cell as number)
          }
        />
      )}
    </div>
  </Figure>
);

const listFactors = (factors: ChurnAnswer['factors']): Cell[][] => [
  ['feature', 'log_odds', 'standard_error'],
  ...factors.map(({ feature, coefficient, error }) => [feature, coefficient, error]),
];

function Factors({ factors }: Pick<ChurnAnswer, 'factors'>) {
  const most = Math.max(...factors.map(({ coefficient }) => Math.abs(coefficient)), 1e-9);
  return (
    <Figure title="What it goes by" name="what it goes by" csv={() => listFactors(factors)}>
      <p class="muted">Log-odds of leaving for one standard deviation more, with the standard error.</p>
      <ul class="list" aria-label="What it goes by">
        {factors.map(({ feature, about, coefficient, error }) => (
          <li key={feature} style={{ display: 'block' }}>
            <span title={about}>{feature}</span>{' '}
            <span class="muted">
              {coefficient > 0 ? 'more: leaves' : 'more: stays'}, {formatExact(coefficient)} ±{' '}
              {formatExact(error)}
            </span>
            <div class="bar" style={{ width: `${(Math.abs(coefficient) / most) * 100}%` }} />
          </li>
        ))}
      </ul>
    </Figure>
  );
}
