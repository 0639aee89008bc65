import { useAnswer } from '../api.js';
import { Lines, type Series } from '../charts/lines.js';
import { formatNumber } from '../format.js';
import { useQuestion } from '../route.js';
import { AnswerPanel, type Meta } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';

export interface TrendTable {
  columns: string[];
  rows: (string | number | boolean | null)[][];
  meta: Meta;
}

interface Question {
  event: string;
  measure: string;
  property: string;
  breakdown: string;
  grain: string;
  from: string;
  to: string;
  timezone: string;
}

/** Lines beyond this say nothing more; the rest is "$other". */
const SERIES_MAX = 8;
const PLAIN_MEASURES = new Set(['count', 'users', 'sessions']);

function buildRequest(q: Question): { path: string; body: unknown } | undefined {
  if (q.event === '' || (!PLAIN_MEASURES.has(q.measure) && q.property === '')) return undefined;
  const measure = PLAIN_MEASURES.has(q.measure) ? q.measure : { [q.measure]: q.property };
  const body = {
    events: [{ event: q.event, measure }],
    from: q.from,
    to: q.to,
    grain: q.grain,
    timezone: q.timezone,
    ...(q.breakdown === '' ? {} : { breakdown: [q.breakdown], breakdown_limit: SERIES_MAX }),
  };
  return { path: '/v1/analytics/trends', body };
}

/** Columns that are not part of a series' name. */
const NO_LABELS = new Set(['time', 'value', 'complete']);

/** Rows of (time, event, breakdown…, value, complete) as one series for each event and breakdown value. */
export function toSeries(table: TrendTable): { times: string[]; series: Series[] } {
  const time = table.columns.indexOf('time');
  const value = table.columns.indexOf('value');
  const times = [...new Set(table.rows.map((row) => String(row[time])))].sort();
  const position = new Map(times.map((t, i) => [t, i]));
  const events = new Set(table.rows.map((row) => row[table.columns.indexOf('event')]));
  const series = new Map<string, (number | null)[]>();
  for (const row of table.rows) {
    const labels = row
      .filter((_, i) => !NO_LABELS.has(table.columns[i]!))
      .map((cell) => String(cell ?? '(none)'));
    const name = (labels.length > 1 && events.size === 1 ? labels.slice(1) : labels).join(', ');
    const values = series.get(name) ?? times.map(() => null);
    values[position.get(String(row[time]))!] = row[value] as number | null;
    series.set(name, values);
  }
  return { times, series: [...series].map(([name, values]) => ({ name, values })) };
}

/** Index of the first bucket that is not complete; the number of buckets when all are. */
export function findIncomplete(table: TrendTable, times: readonly string[]): number {
  const time = table.columns.indexOf('time');
  const complete = table.columns.indexOf('complete');
  const open = table.rows.filter((row) => !row[complete]).map((row) => String(row[time]));
  const first = times.findIndex((at) => open.includes(at));
  return first < 0 ? times.length : first;
}

export function Explore() {
  const names = useEventNames();
  const [q, change] = useQuestion<Question>({
    event: '',
    measure: 'count',
    property: '',
    breakdown: '',
    grain: 'day',
    ...lastDays(30),
  });
  const event = q.event || names[0] || '';
  const request = buildRequest({ ...q, event });
  const answer = useAnswer<TrendTable>(request);
  return (
    <div class="question">
      <form class="panel ask" onSubmit={(e) => e.preventDefault()}>
        <TextInput
          label="Event"
          value={event}
          list={names}
          placeholder="checkout_completed"
          onChange={(v) => change({ event: v })}
        />
        <Select
          label="Measure"
          value={q.measure}
          options={[
            ['count', 'Number of events'],
            ['users', 'People'],
            ['sessions', 'Sessions'],
            ['sum', 'Sum of a property'],
            ['avg', 'Average of a property'],
            ['median', 'Median of a property'],
            ['p90', '90th percentile of a property'],
          ]}
          onChange={(measure) => change({ measure })}
        />
        {!PLAIN_MEASURES.has(q.measure) && (
          <TextInput
            label="Property"
            value={q.property}
            placeholder="revenue"
            onChange={(property) => change({ property })}
          />
        )}
        <TextInput
          label="Split by property (optional)"
          value={q.breakdown}
          placeholder="plan"
          onChange={(breakdown) => change({ breakdown })}
        />
        <Select
          label="Grain"
          value={q.grain}
          options={['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'].map((g) => [g, g])}
          onChange={(grain) => change({ grain })}
        />
        <RangePicker range={q} onChange={change} />
      </form>
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        csv={answer.data && (() => [answer.data!.columns, ...answer.data!.rows])}
        empty={<NoEvents named={event !== ''} />}
      >
        {(table) => <TrendAnswer table={table} grain={q.grain} timezone={q.timezone} />}
      </AnswerPanel>
    </div>
  );
}

const NoEvents = ({ named }: { named: boolean }) => (
  <p>
    {named
      ? 'Name the property to compute.'
      : 'Choose an event on the left; its numbers over time appear here.'}
  </p>
);

function TrendAnswer({ table, grain, timezone }: { table: TrendTable; grain: string; timezone: string }) {
  const { times, series } = toSeries(table);
  if (series.length === 0)
    return <p class="empty">No such event in this range. Choose a longer range or another event.</p>;
  const totals = series.map((s) => ({
    name: s.name,
    total: s.values.reduce<number>((sum, v) => sum + (v ?? 0), 0),
  }));
  return (
    <>
      <Lines
        times={times}
        series={series}
        grain={grain}
        timezone={timezone}
        incompleteFrom={findIncomplete(table, times)}
      />
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Series</th>
              <th class="number">Sum over the buckets shown</th>
            </tr>
          </thead>
          <tbody>
            {totals.map((row) => (
              <tr key={row.name}>
                <td>{row.name}</td>
                <td class="number">{formatNumber(row.total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
