/** What a rule would have done: its values over the last days, and when it would have fired. */
import type { Answer, Request } from '../api.js';
import { Lines, type Series } from '../charts/lines.js';
import { formatCount, formatIn, formatSeconds, formatTime, type Unit } from '../format.js';
import { AnswerPanel } from '../ui/answer.js';
import { DataTable } from '../ui/data-table.js';
import type { Cell } from '../ui/pictures.js';
import type { AlertRule, BackTest } from './alert-words.js';

const HOUR_S = 3_600;
/** Incidents shown in the table. */
const SHOWN = 100;
/** What the panel takes before the answer is there. */
const BACK_TEST_HEIGHT = 400;

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
  request: Request;
  rule: AlertRule;
  /** What its metric's values are in. */
  unit: Unit;
}

/** Rows for a CSV file, header first. */
function listPoints({ points }: BackTest): Cell[][] {
  return [
    ['time', 'value', 'usual_low', 'usual_high'],
    ...points.map(({ time, value, low, high }) => [time, value, low ?? null, high ?? null]),
  ];
}

export const AlertTest = ({ answer, request, rule, unit }: Props) => (
  <AnswerPanel
    answer={answer}
    meta={undefined}
    request={request}
    name="back-test"
    label="Back-test"
    height={BACK_TEST_HEIGHT}
    csv={() => (answer.data ? listPoints(answer.data) : [])}
    empty={null}
  >
    {(data) => <Judged data={data} rule={rule} unit={rule.condition.change ? 'percent' : unit} />}
  </AnswerPanel>
);

function Judged({ data, rule, unit }: { data: BackTest; rule: AlertRule; unit: Unit }) {
  const { incidents, now, days, evaluations, step_seconds } = data;
  const note = now.find((one) => one.note !== undefined)?.note;
  const times = incidents.length === 1 ? 'once' : formatCount(incidents.length, 'time');
  return (
    <>
      <h2>
        {incidents.length === 0 ? 'It would not have fired' : `It would have fired ${times}`} in the last{' '}
        {formatCount(days, 'day')}
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
      {incidents.length > 0 && <Incidents incidents={incidents} unit={unit} />}
      <p class="muted under">
        Judged {formatCount(evaluations, 'time')}, every {formatSeconds(step_seconds)}.
      </p>
    </>
  );
}

const Incidents = ({ incidents, unit }: { incidents: BackTest['incidents']; unit: Unit }) => (
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
);
