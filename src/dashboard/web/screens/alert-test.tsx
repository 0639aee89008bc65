/** What a rule would have done: its values over the last days, and when it would have fired. */
import type { Answer } from '../api.js';
import { Lines, type Series } from '../charts/lines.js';
import { formatIn, formatNumber, formatTime, type Unit } from '../format.js';
import { DataTable } from '../ui/data-table.js';
import { ProblemNote } from '../ui/problem.js';
import type { AlertRule, BackTest } from './alert-words.js';

const HOUR_S = 3_600;
/** Incidents shown in the table. */
const SHOWN = 100;

/** The values, and beside them what they are held against. */
function listSeries({ points }: BackTest, { condition }: AlertRule): Series[] {
  const limits: [name: string, value: number | undefined][] = [
    ['above', condition.above ?? condition.change?.above],
    ['below', condition.below ?? condition.change?.below],
  ];
  const series: Series[] = [
    {
      name: condition.change ? 'change against a week before' : 'value',
      values: points.map(({ value }) => value),
    },
  ];
  for (const [name, limit] of limits)
    if (limit !== undefined) series.push({ name: `limit (${name})`, values: points.map(() => limit) });
  if (condition.anomaly)
    series.push(
      { name: 'usual, at least', values: points.map(({ low }) => low ?? null) },
      { name: 'usual, at most', values: points.map(({ high }) => high ?? null) },
    );
  return series;
}

interface Props {
  answer: Answer<BackTest>;
  rule: AlertRule;
  /** What its metric's values are in. */
  unit: Unit;
}

export function AlertTest({ answer, rule, unit: metricUnit }: Props) {
  const unit = rule.condition.change ? 'percent' : metricUnit;
  const { data, problem, pending } = answer;
  if (problem) return <ProblemNote problem={problem} />;
  if (!data) return <div class="skeleton" style={{ height: '320px' }} />;
  const { incidents, now, days, evaluations, step_seconds } = data;
  const note = now.find((one) => one.note !== undefined)?.note;
  return (
    <section class={`panel answer${pending ? ' pending' : ''}`} aria-busy={pending} aria-label="Back-test">
      <h2>
        {incidents.length === 0
          ? `It would not have fired in the last ${days} days`
          : `It would have fired ${incidents.length === 1 ? 'once' : `${incidents.length} times`} in the last ${days} days`}
      </h2>
      {note !== undefined && <p class="muted">Now: {note}.</p>}
      <Lines
        times={data.points.map(({ time }) => time)}
        series={listSeries(data, rule)}
        grain={step_seconds < HOUR_S ? 'minute' : 'hour'}
        timezone={Intl.DateTimeFormat().resolvedOptions().timeZone}
        incompleteFrom={data.points.length}
        height={220}
        unit={unit}
      />
      {incidents.length > 0 && (
        <DataTable
          label="When it would have fired"
          columns={[{ name: 'Fired' }, { name: 'Resolved' }, { name: 'Of' }, { name: 'Value', number: true }]}
          rows={incidents
            .slice(-SHOWN)
            .map(({ fired_at, resolved_at, dimension_value, value }) => [
              fired_at,
              resolved_at,
              dimension_value === null ? null : String(dimension_value),
              value,
            ])}
          format={(cell, column) => {
            if (cell === null) return column === 1 ? 'still firing' : '';
            return column < 2
              ? formatTime(String(cell))
              : column === 3
                ? formatIn(Number(cell), unit)
                : String(cell);
          }}
        />
      )}
      <p class="how">
        judged at {formatNumber(evaluations)} times, every {formatNumber(step_seconds)} s
      </p>
    </section>
  );
}
