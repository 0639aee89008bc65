import { type Request, useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useEventNames, useProperties } from '../ui/catalogue.js';
import { Breakdown, Conditions } from '../ui/conditions.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';
import { listNotices } from '../ui/notices.js';
import { Question } from '../ui/question.js';
import type { TimeTable } from '../views/table.js';
import { AnswerView } from '../views/views.js';
import { type AskedTrend, composeTrend, MEASURES, needsProperty, readTrend } from './explore-question.js';
import { leaveOut } from './kept.js';
import { KeptFields } from './kept-fields.js';

const START: AskedTrend = {
  event: '',
  measure: 'count',
  property: '',
  where: [],
  breakdown: [],
  grain: 'day',
  compare: false,
  ...lastDays(30),
};

export function Explore() {
  const names = useEventNames();
  const [asked, change] = useQuestion<AskedTrend>(START, readTrend);
  // The most frequent one, unless what is asked says others.
  const event = asked.event || (asked.kept?.events === undefined ? (names[0] ?? '') : '');
  const body = composeTrend({ ...asked, event });
  const request: Request | undefined = body && { path: '/v1/analytics/trends', body };
  const answer = useAnswer<TimeTable>(request);
  return (
    <Question
      notices={listNotices(answer)}
      ask={<Ask asked={{ ...asked, event }} names={names} change={change} />}
    >
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name={`${event || 'events'} by ${asked.grain}`}
        view="trend"
        explains
        csv={answer.data && (() => [answer.data!.columns, ...answer.data!.rows])}
        empty={<NoAnswer named={event !== ''} />}
      >
        {(table) => <AnswerView kind="trend" data={table} body={request?.body} />}
      </AnswerPanel>
    </Question>
  );
}

interface AskProps {
  asked: AskedTrend;
  names: readonly string[];
  change: (change: Partial<AskedTrend>) => void;
}

function Ask({ asked, names, change }: AskProps) {
  const properties = useProperties([asked.event]);
  return (
    <>
      <TextInput
        label="Event"
        fields={['events[0].event', 'events[0].any_of']}
        value={asked.event}
        list={names}
        placeholder="checkout_completed"
        onChange={(event) => change({ event, kept: leaveOut(asked.kept, 'events').kept })}
      />
      <Select
        label="Measure"
        value={asked.measure}
        options={MEASURES}
        onChange={(measure) => change({ measure })}
      />
      {needsProperty(asked) && (
        <TextInput
          label="Property"
          fields={['events[0].measure']}
          value={asked.property}
          list={properties}
          placeholder="revenue"
          onChange={(property) => change({ property })}
        />
      )}
      <Conditions conditions={asked.where} events={[asked.event]} onChange={(where) => change({ where })} />
      <Breakdown
        properties={asked.breakdown}
        events={[asked.event]}
        onChange={(breakdown) => change({ breakdown })}
      />
      <Select
        label="Grain"
        value={asked.grain}
        options={['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'all'].map((grain) => [
          grain,
          grain,
        ])}
        onChange={(grain) => change({ grain })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={asked.compare}
          onChange={(event) => change({ compare: event.currentTarget.checked })}
        />
        Compare with the period before
      </label>
      <RangePicker range={asked} onChange={change} />
      <KeptFields kept={asked.kept} onChange={change} />
    </>
  );
}

const NoAnswer = ({ named }: { named: boolean }) => (
  <p>
    {named
      ? 'Name the property to compute.'
      : 'Choose an event on the left; its numbers over time appear here.'}
  </p>
);
