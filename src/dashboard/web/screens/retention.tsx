import { useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel, type Request } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';
import { Question } from '../ui/question.js';
import type { RetentionAnswer } from '../views/retention.js';
import { AnswerView } from '../views/views.js';

interface Asked {
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

function buildRequest(q: Asked): Request | undefined {
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
  const [q, change] = useQuestion<Asked>({
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
    <Question
      ask={
        <>
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
        </>
      }
    >
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name="retention"
        view="retention"
        explains
        csv={csv}
        empty={<p>Name the event that starts: who came back, period by period, appears here.</p>}
      >
        {(data) => <AnswerView kind="retention" data={data} body={request?.body} />}
      </AnswerPanel>
    </Question>
  );
}
