/** What customers will be worth: the back-test drawn period by period and by what was known of people, its scores, the parameters. */
import { Judged, type JudgedSeries } from '../charts/judged.js';
import { formatCount, formatNumber, formatShort } from '../format.js';
import { DataTable } from '../ui/data-table.js';
import { Figure } from '../ui/figure.js';
import { formatChange, formatExact, Verdict } from './prediction-parts.js';

interface Score {
  mean_absolute_error: number;
  root_mean_squared_error: number;
  total: number;
  total_error: number | null;
}

interface Period {
  period: number;
  held_out: boolean;
  actual: number;
  expected: number;
  actual_cumulative: number;
  expected_cumulative: number;
}

interface Group {
  repeats: number;
  customers: number;
  actual: number;
  expected: number;
  baseline: number;
}

export interface LtvAnswer {
  parameters: Record<string, number | null>;
  errors: Record<string, number | null>;
  backtest: {
    model: Score;
    by_period: Period[];
    by_frequency: Group[];
    actual_total: number;
    value: { actual: number; expected: number | null };
  };
  baseline: Score;
  predicts: boolean;
  summary: string;
}

/** What a period of so many days is called. */
const UNITS: Readonly<Record<number, string>> = { 1: 'day', 7: 'week', 30: 'month' };

interface Props {
  answer: LtvAnswer;
  periodDays: number;
  compact?: boolean | undefined;
}

export function LtvPicture({ answer, periodDays, compact = false }: Props) {
  const { backtest } = answer;
  const unit = UNITS[periodDays] ?? formatCount(periodDays, 'day');
  return (
    <>
      <Verdict {...answer} />
      <PeriodFigure
        title="Repeat purchases of all together, summed up"
        name="back-test summed up"
        unit={unit}
        periods={backtest.by_period}
        actualOf={(period) => period.actual_cumulative}
        expectedOf={(period) => period.expected_cumulative}
      />
      {!compact && (
        <>
          <PeriodFigure
            title={`Repeat purchases in each ${unit}`}
            name={`back-test by ${unit}`}
            unit={unit}
            periods={backtest.by_period}
            actualOf={(period) => period.actual}
            expectedOf={(period) => period.expected}
          />
          <GroupFigure groups={backtest.by_frequency} />
        </>
      )}
      <Scores answer={answer} />
      {!compact && <Parameters answer={answer} />}
    </>
  );
}

interface PeriodProps {
  title: string;
  name: string;
  unit: string;
  periods: readonly Period[];
  actualOf: (period: Period) => number;
  expectedOf: (period: Period) => number;
}

function PeriodFigure({ title, name, unit, periods, actualOf, expectedOf }: PeriodProps) {
  const unseen = periods.findIndex(({ held_out }) => held_out);
  const last = periods.at(-1);
  if (!last) return null;
  const series: JudgedSeries[] = [
    { name: 'actual', values: periods.map(actualOf) },
    { name: 'expected', values: periods.map(expectedOf), dashed: true },
  ];
  return (
    <Figure
      title={title}
      name={name}
      csv={() => [
        [unit, 'seen_by_the_model', 'actual', 'expected'],
        ...periods.map((one) => [one.period, !one.held_out, actualOf(one), expectedOf(one)]),
      ]}
    >
      <Judged
        label={`${title}: in ${unit} ${last.period} actual ${formatNumber(actualOf(last))}, expected ${formatNumber(expectedOf(last))}`}
        places={periods.map(({ period }) => String(period))}
        unit={unit}
        series={series}
        {...(unseen === -1 ? {} : { unseenFrom: unseen })}
      />
    </Figure>
  );
}

const TITLE = 'Purchases a person in the time not seen, by repeat purchases before';

/** People of more repeat purchases than this are one group. */
const REPEATS_MAX = 7;
const nameGroup = ({ repeats }: Group): string => (repeats < REPEATS_MAX ? String(repeats) : `${repeats}+`);

function GroupFigure({ groups }: { groups: readonly Group[] }) {
  if (groups.length < 2) return null;
  return (
    <Figure
      title={TITLE}
      name="back-test by repeat purchases"
      csv={() => [
        ['repeats_before', 'customers', 'actual', 'expected', 'own_past_rate'],
        ...groups.map((one) => [one.repeats, one.customers, one.actual, one.expected, one.baseline]),
      ]}
    >
      <Judged
        label={TITLE}
        places={groups.map(nameGroup)}
        unit="repeats"
        series={[
          { name: 'actual', values: groups.map(({ actual }) => actual) },
          { name: 'expected', values: groups.map(({ expected }) => expected), dashed: true },
          { name: 'own past rate', values: groups.map(({ baseline }) => baseline), dashed: true },
        ]}
      />
    </Figure>
  );
}

function Scores({ answer: { backtest, baseline } }: { answer: LtvAnswer }) {
  const { actual, expected } = backtest.value;
  const scores = [
    ['model', backtest.model],
    ['own past rate', baseline],
  ] as const;
  return (
    <>
      <h3>Scoreboard</h3>
      <DataTable
        label="Scoreboard"
        columns={[
          { name: 'foretold by' },
          { name: 'error a person (RMS)', number: true },
          { name: '(mean)', number: true },
          { name: 'all together', number: true },
          { name: 'off by', number: true },
        ]}
        rows={scores.map(([name, score]) => [
          name,
          score.root_mean_squared_error,
          score.mean_absolute_error,
          score.total,
          score.total_error,
        ])}
        format={(cell, column) => {
          if (column === 0) return cell;
          if (column === 4) return formatChange(cell as number | null);
          return column === 3 ? formatNumber(Math.round(cell as number)) : formatExact(cell as number);
        }}
      />
      <p class="muted under">
        In purchases, of which there were {formatNumber(backtest.actual_total)}. They were worth{' '}
        <span title={formatNumber(actual)}>{formatShort(actual)}</span>
        {expected === null ? (
          '.'
        ) : (
          <>
            ; expected were <span title={formatNumber(expected)}>{formatShort(expected)}</span>.
          </>
        )}
      </p>
    </>
  );
}

const Parameters = ({ answer: { parameters, errors } }: { answer: LtvAnswer }) => (
  <>
    <h3>Parameters</h3>
    <DataTable
      label="Parameters"
      columns={[
        { name: 'parameter' },
        { name: 'value', number: true },
        { name: 'standard error', number: true },
      ]}
      rows={Object.keys(errors).map((name) => [name, parameters[name] ?? null, errors[name] ?? null])}
      format={(cell, column) => (column === 0 ? cell : formatExact(cell as number | null))}
    />
  </>
);
