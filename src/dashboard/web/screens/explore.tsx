import { type Request, useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useEventNames, useProperties } from '../ui/catalogue.js';
import { Breakdown, type Condition, Conditions, toWhere } from '../ui/conditions.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';
import { Question } from '../ui/question.js';
import type { TimeTable } from '../views/table.js';
import { AnswerView } from '../views/views.js';

interface Asked {
  event: string;
  measure: string;
  property: string;
  where: Condition[];
  breakdown: string[];
  grain: string;
  compare: boolean;
  from: string;
  to: string;
  timezone: string;
}

/** Lines beyond this say nothing more; the rest is "$other". */
const SERIES_MAX = 8;
const MEASURES: readonly (readonly [measure: string, text: string])[] = [
  ['count', 'Number of events'],
  ['users', 'People'],
  ['sessions', 'Sessions'],
  ['sum', 'Sum of a property'],
  ['avg', 'Average of a property'],
  ['median', 'Median of a property'],
  ['p90', '90th percentile of a property'],
];
const PLAIN_MEASURES = new Set(['count', 'users', 'sessions']);

function buildRequest(asked: Asked): Request | undefined {
  const { event, measure, property, from, to, grain, timezone } = asked;
  if (event === '' || (!PLAIN_MEASURES.has(measure) && property === '')) return undefined;
  const breakdown = asked.breakdown.filter((one) => one !== '');
  const body = {
    events: [{ event, measure: PLAIN_MEASURES.has(measure) ? measure : { [measure]: property } }],
    from,
    to,
    grain,
    timezone,
    where: toWhere(asked.where),
    ...(breakdown.length > 0 ? { breakdown, breakdown_limit: SERIES_MAX } : {}),
    ...(asked.compare ? { compare: 'previous' } : {}),
  };
  return { path: '/v1/analytics/trends', body };
}

export function Explore() {
  const names = useEventNames();
  const [asked, change] = useQuestion<Asked>({
    event: '',
    measure: 'count',
    property: '',
    where: [],
    breakdown: [],
    grain: 'day',
    compare: false,
    ...lastDays(30),
  });
  const event = asked.event || names[0] || '';
  const request = buildRequest({ ...asked, event });
  const answer = useAnswer<TimeTable>(request);
  return (
    <Question ask={<Ask asked={{ ...asked, event }} names={names} change={change} />}>
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name={`${event} by ${asked.grain}`}
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
  asked: Asked;
  names: readonly string[];
  change: (change: Partial<Asked>) => void;
}

function Ask({ asked, names, change }: AskProps) {
  const properties = useProperties([asked.event]);
  return (
    <>
      <TextInput
        label="Event"
        value={asked.event}
        list={names}
        placeholder="checkout_completed"
        onChange={(event) => change({ event })}
      />
      <Select
        label="Measure"
        value={asked.measure}
        options={MEASURES}
        onChange={(measure) => change({ measure })}
      />
      {!PLAIN_MEASURES.has(asked.measure) && (
        <TextInput
          label="Property"
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
        options={['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'].map((grain) => [grain, grain])}
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
