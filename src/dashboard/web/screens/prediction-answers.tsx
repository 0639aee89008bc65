/** How predictions are drawn: the verdict in words, the scoreboard, what the model goes by, and people. */
import { Lines } from '../charts/lines.js';
import { formatNumber, formatPercent } from '../format.js';
import { addressOf } from '../route.js';
import { DataTable } from '../ui/data-table.js';

interface Score {
  auc: number | null;
  log_loss: number;
  brier: number;
}

export interface ChurnAnswer {
  factors: { feature: string; about: string; coefficient: number; error: number | null }[];
  scoreboard: Score & {
    base_rate: number;
    calibration: { people: number; foretold: number; observed: number }[];
  };
  baselines: (Score & { name: string; about: string })[];
  predicts: boolean;
  summary: string;
}

interface Errors {
  root_mean_squared_error: number;
  total_error: number | null;
}

export interface LtvAnswer {
  parameters: Record<string, number | null>;
  errors: Record<string, number | null>;
  backtest: {
    model: Errors;
    by_period: {
      period: number;
      held_out: boolean;
      actual_cumulative: number;
      expected_cumulative: number;
    }[];
  };
  baseline: Errors;
  predicts: boolean;
  summary: string;
}

export interface Foretold {
  person: string;
  risk?: number;
  factors?: { feature: string; contribution: number }[];
  expected_value?: number | null;
  expected_purchases?: number;
  probability_alive?: number;
}

const formatExact = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined ? '–' : value.toFixed(digits);

const Verdict = ({ predicts, summary }: { predicts: boolean; summary: string }) => (
  <p class={predicts ? undefined : 'problem'} role="status">
    {summary}
  </p>
);

export function ChurnPicture({ answer }: { answer: ChurnAnswer }) {
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
      <p class="muted">{formatPercent(scoreboard.base_rate)} left in the time that judged.</p>
      <h3>Foretold and come true</h3>
      <DataTable
        label="Calibration"
        columns={[
          { name: 'people', number: true },
          { name: 'foretold', number: true },
          { name: 'came true', number: true },
        ]}
        rows={scoreboard.calibration.map(({ people, foretold, observed }) => [people, foretold, observed])}
        format={(cell, column) =>
          column === 0 ? formatNumber(cell as number) : formatPercent(cell as number)
        }
      />
      <Factors factors={answer.factors} />
    </>
  );
}

function Factors({ factors }: Pick<ChurnAnswer, 'factors'>) {
  const most = Math.max(...factors.map(({ coefficient }) => Math.abs(coefficient)), 1e-9);
  return (
    <>
      <h3>What it goes by</h3>
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
    </>
  );
}

interface LtvProps {
  answer: LtvAnswer;
  /** First day of the calibration, and days in a period. */
  from: string;
  periodDays: number;
}

const DAY_MS = 86_400_000;

export function LtvPicture({ answer, from, periodDays }: LtvProps) {
  const { by_period: periods, model } = answer.backtest;
  const startMs = Date.parse(from.slice(0, 10));
  const heldOut = periods.findIndex(({ held_out }) => held_out);
  return (
    <>
      <Verdict {...answer} />
      <h3>Repeat purchases of all together, week by week</h3>
      <p class="muted">Dashed: time the model had not seen.</p>
      <Lines
        times={periods.map(({ period }) => new Date(startMs + period * periodDays * DAY_MS).toISOString())}
        series={[
          { name: 'actual', values: periods.map((one) => one.actual_cumulative) },
          { name: 'expected', values: periods.map((one) => one.expected_cumulative) },
        ]}
        labels={periods.map(({ period }) => `week ${period}`)}
        grain="week"
        timezone="UTC"
        incompleteFrom={heldOut === -1 ? periods.length : heldOut}
      />
      <DataTable
        label="Parameters"
        columns={[
          { name: 'parameter' },
          { name: 'value', number: true },
          { name: 'standard error', number: true },
        ]}
        rows={Object.keys(answer.errors).map((name) => [
          name,
          answer.parameters[name] ?? null,
          answer.errors[name] ?? null,
        ])}
        format={(cell, column) => (column === 0 ? cell : formatExact(cell as number | null))}
      />
      <p class="muted">
        Root mean squared error of a person: model {formatExact(model.root_mean_squared_error)}, own past rate{' '}
        {formatExact(answer.baseline.root_mean_squared_error)}. All together: model{' '}
        {formatPercent(model.total_error)}, own past rate {formatPercent(answer.baseline.total_error)} off.
      </p>
    </>
  );
}

const describeFactors = ({ factors }: Foretold): string =>
  (factors ?? [])
    .map(({ feature, contribution }) => `${feature} ${contribution > 0 ? '+' : ''}${contribution.toFixed(2)}`)
    .join(', ');

/** People a model foretold something of, linked to all that is known of them. */
export function ForetoldPeople({ people }: { people: readonly Foretold[] }) {
  if (people.length === 0) return null;
  const churn = people[0]!.risk !== undefined;
  const columns = churn
    ? [{ name: 'person' }, { name: 'risk to leave', number: true }, { name: 'because of' }]
    : [
        { name: 'person' },
        { name: 'still a customer', number: true },
        { name: 'purchases', number: true },
        { name: 'value', number: true },
      ];
  const rows = people.map((one) =>
    churn
      ? [one.person, one.risk ?? null, describeFactors(one)]
      : [
          one.person,
          one.probability_alive ?? null,
          one.expected_purchases ?? null,
          one.expected_value ?? null,
        ],
  );
  return (
    <>
      <h3>{churn ? 'Most at risk' : 'Worth most'}</h3>
      <DataTable
        label={churn ? 'Most at risk' : 'Worth most'}
        columns={columns}
        rows={rows}
        format={(cell, column) => {
          if (column === 0) return <a href={addressOf('people', undefined, String(cell))}>{cell}</a>;
          if (typeof cell !== 'number') return cell;
          return column === 1 ? formatPercent(cell) : formatExact(cell, 2);
        }}
      />
    </>
  );
}
