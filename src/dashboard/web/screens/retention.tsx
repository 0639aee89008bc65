import { useAnswer } from '../api.js';
import { Lines } from '../charts/lines.js';
import { formatBucket, formatNumber, formatPercent } from '../format.js';
import { useQuestion } from '../route.js';
import { AnswerPanel, type Meta } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';

interface Period {
  start: string;
  size: number;
  counts: (number | null)[];
  rates: (number | null)[];
  complete: boolean[];
}

interface RetentionAnswer {
  periods: Period[];
  mean: (number | null)[];
  meta: Meta;
}

interface Question {
  start: string;
  back: string;
  grain: string;
  periods: number;
  mode: string;
  criterion: string;
  from: string;
  to: string;
  timezone: string;
}

function buildRequest(q: Question): { path: string; body: unknown } | undefined {
  if (q.start === '') return undefined;
  const { grain, periods, mode, criterion, from, to, timezone } = q;
  const body = {
    start: { event: q.start },
    return: { event: q.back || q.start },
    grain,
    periods,
    mode,
    criterion,
    from,
    to,
    timezone,
  };
  return { path: '/v1/analytics/retention', body };
}

export function Retention() {
  const names = useEventNames();
  const [q, change] = useQuestion<Question>({
    start: '',
    back: '',
    grain: 'week',
    periods: 8,
    mode: 'first_time',
    criterion: 'on',
    ...lastDays(90),
  });
  const request = buildRequest(q);
  const answer = useAnswer<RetentionAnswer>(request);
  const csv =
    answer.data &&
    (() => [
      ['start', 'size', ...answer.data!.mean.map((_, k) => `${q.grain} ${k}`)],
      ...answer.data!.periods.map((p) => [p.start, p.size, ...p.counts]),
    ]);
  return (
    <div class="question">
      <form class="panel ask" onSubmit={(e) => e.preventDefault()}>
        <TextInput
          label="People who did"
          value={q.start}
          list={names}
          placeholder="signed_up"
          onChange={(start) => change({ start })}
        />
        <TextInput
          label="and came back to do (empty: the same)"
          value={q.back}
          list={names}
          onChange={(back) => change({ back })}
        />
        <Select
          label="Grain"
          value={q.grain}
          options={['hour', 'day', 'week', 'month', 'quarter'].map((g) => [g, g])}
          onChange={(grain) => change({ grain })}
        />
        <TextInput
          label="Periods"
          value={String(q.periods)}
          onChange={(v) => change({ periods: Number(v) || 1 })}
        />
        <Select
          label="A person starts"
          value={q.mode}
          options={[
            ['first_time', 'the first time ever'],
            ['recurring', 'in every period she does it'],
          ]}
          onChange={(mode) => change({ mode })}
        />
        <Select
          label="Returned"
          value={q.criterion}
          options={[
            ['on', 'in that period'],
            ['on_or_after', 'in that period or later'],
          ]}
          onChange={(criterion) => change({ criterion })}
        />
        <RangePicker range={q} onChange={change} />
      </form>
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        csv={csv}
        empty={<p>Name the event that starts: who came back, period by period, appears here.</p>}
      >
        {(data) => <RetentionTable data={data} grain={q.grain} timezone={q.timezone} />}
      </AnswerPanel>
    </div>
  );
}

function RetentionTable({
  data,
  grain,
  timezone,
}: {
  data: RetentionAnswer;
  grain: string;
  timezone: string;
}) {
  if (data.periods.every((period) => period.size === 0))
    return <p class="empty">Nobody started in this range. Choose a longer range or another event.</p>;
  return (
    <>
      <div class="scroll heat">
        <table>
          <thead>
            <tr>
              <th>Started</th>
              <th class="number">People</th>
              {data.mean.map((_, k) => (
                <th class="number" key={k}>
                  {grain} {k}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.periods.map((period) => (
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
      <h2 style={{ marginTop: '16px' }}>Mean over complete periods</h2>
      <Lines
        times={data.mean.map((_, k) => new Date(k * 86_400_000).toISOString())}
        series={[
          {
            name: 'per cent of all who started',
            values: data.mean.map((m) => (m === null ? null : m * 100)),
          },
        ]}
        labels={data.mean.map((_, k) => `${grain} ${k}`)}
        grain="day"
        timezone="UTC"
        incompleteFrom={data.mean.length}
        height={180}
      />
    </>
  );
}
