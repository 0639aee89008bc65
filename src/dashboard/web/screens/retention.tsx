import { type Request, useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { Breakdown, Conditions } from '../ui/conditions.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';
import { listNotices } from '../ui/notices.js';
import { Question } from '../ui/question.js';
import type { RetentionAnswer } from '../views/retention.js';
import { AnswerView } from '../views/views.js';
import { leaveOut } from './kept.js';
import { KeptFields } from './kept-fields.js';
import { type AskedRetention, composeRetention, readRetention } from './retention-question.js';

const START: AskedRetention = {
  start: '',
  start_where: [],
  back: '',
  back_where: [],
  grain: 'week',
  periods: 8,
  mode: 'first_time',
  criterion: 'on',
  windows: 'calendar',
  min_times: 1,
  breakdown: [],
  ...lastDays(90),
};

export function Retention() {
  const names = useEventNames();
  const [asked, change] = useQuestion<AskedRetention>(START, readRetention);
  const body = composeRetention(asked);
  const request: Request | undefined = body && { path: '/v1/analytics/retention', body };
  const answer = useAnswer<RetentionAnswer>(request);
  const csv = (): (string | number | null)[][] => [
    ['start', 'size', ...answer.data!.mean.map((_, k) => `${asked.grain} ${k}`)],
    ...answer.data!.periods.map((period) => [period.start, period.size, ...period.counts]),
  ];
  return (
    <Question notices={listNotices(answer)} ask={<Ask asked={asked} names={names} change={change} />}>
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name="retention"
        view="retention"
        explains
        csv={answer.data && csv}
        empty={<p>Name the event that starts: who came back, period by period, appears here.</p>}
      >
        {(data) => <AnswerView kind="retention" data={data} body={request?.body} />}
      </AnswerPanel>
    </Question>
  );
}

interface AskProps {
  asked: AskedRetention;
  names: readonly string[];
  change: (change: Partial<AskedRetention>) => void;
}

function Ask({ asked, names, change }: AskProps) {
  return (
    <>
      <TextInput
        label="People who did"
        fields={['start.event', 'start.any_of']}
        value={asked.start}
        list={names}
        placeholder="signed_up"
        onChange={(start) => change({ start, kept: leaveOut(asked.kept, 'start').kept })}
      />
      <Conditions
        conditions={asked.start_where}
        field="start.where"
        events={[asked.start]}
        onChange={(start_where) => change({ start_where })}
      />
      <TextInput
        label="and came back to do (empty: the same)"
        fields={['return.event', 'return.any_of']}
        value={asked.back}
        list={names}
        onChange={(back) => change({ back, kept: leaveOut(asked.kept, 'return').kept })}
      />
      <Conditions
        conditions={asked.back_where}
        field="return.where"
        events={[asked.back || asked.start]}
        onChange={(back_where) => change({ back_where })}
      />
      <Select
        label="Grain"
        value={asked.grain}
        options={['hour', 'day', 'week', 'month', 'quarter'].map((grain) => [grain, grain])}
        onChange={(grain) => change({ grain })}
      />
      <TextInput
        label="Periods"
        fields={['periods']}
        value={asked.periods > 0 ? String(asked.periods) : ''}
        placeholder="as suits the grain"
        onChange={(text) => change({ periods: Number(text) || 0 })}
      />
      <Breakdown
        properties={asked.breakdown}
        events={[asked.start]}
        onChange={(breakdown) => change({ breakdown })}
      />
      <RangePicker range={asked} onChange={change} />
      <KeptFields kept={asked.kept} onChange={change} />
      <Rules asked={asked} change={change} />
    </>
  );
}

function Rules({ asked, change }: Omit<AskProps, 'names'>) {
  return (
    <details>
      <summary>More rules</summary>
      <div class="ask">
        <Select
          label="A person starts"
          value={asked.mode}
          options={[
            ['first_time', 'the first time ever'],
            ['recurring', 'in every period she does it'],
            ['first_ever', 'if it is the first thing she ever did'],
          ]}
          onChange={(mode) => change({ mode })}
        />
        <Select
          label="Returned"
          value={asked.criterion}
          options={[
            ['on', 'in that period'],
            ['on_or_after', 'in that period or later'],
          ]}
          onChange={(criterion) => change({ criterion })}
        />
        <Select
          label="Periods are counted"
          value={asked.windows}
          options={[
            ['calendar', 'by the calendar'],
            ['rolling', 'from each start on'],
          ]}
          onChange={(windows) => change({ windows })}
        />
        <TextInput
          label="Returns that count as coming back"
          value={String(asked.min_times)}
          onChange={(text) => change({ min_times: Number(text) || 1 })}
        />
      </div>
    </details>
  );
}
