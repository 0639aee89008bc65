import { type Request, useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { type Condition, Conditions, toWhere } from '../ui/conditions.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';
import { Question } from '../ui/question.js';
import type { PathsAnswer } from '../views/paths.js';
import { AnswerView } from '../views/views.js';

interface Asked {
  part: string;
  event: string;
  to_event: string;
  steps: number;
  limit: number;
  gap: string;
  collapse: boolean;
  exclude: string;
  where: Condition[];
  from: string;
  to: string;
  timezone: string;
}

const PARTS: readonly (readonly [part: string, text: string])[] = [
  ['whole', 'Visits from their beginning'],
  ['start', 'What follows an event'],
  ['end', 'What leads to an event'],
  ['around', 'Before and after an event'],
  ['between', 'From one event to another'],
];

/** The part of the visits that is followed, as the question says it; undefined while an event is missing. */
function composePart({ part, event, to_event, steps }: Asked): object | undefined {
  if (part === 'whole') return { steps };
  if (event === '') return undefined;
  if (part === 'around') return { around: { event, before: steps, after: steps } };
  if (part === 'between')
    return to_event === '' ? undefined : { between: { from: event, to: to_event }, steps };
  return { [part]: event, steps };
}

function buildRequest(asked: Asked): Request | undefined {
  const part = composePart(asked);
  if (part === undefined) return undefined;
  const { limit, gap, collapse, from, to, timezone } = asked;
  const exclude = asked.exclude.split(',').flatMap((name) => name.trim() || []);
  const body = {
    ...part,
    limit,
    gap,
    collapse,
    ...(exclude.length > 0 ? { exclude } : {}),
    where: toWhere(asked.where),
    from,
    to,
    timezone,
  };
  return { path: '/v1/analytics/paths', body };
}

export function Paths() {
  const names = useEventNames();
  const [asked, change] = useQuestion<Asked>({
    part: 'whole',
    event: '',
    to_event: '',
    steps: 4,
    limit: 6,
    gap: '30m',
    collapse: true,
    exclude: '',
    where: [],
    ...lastDays(30),
  });
  const request = buildRequest(asked);
  const answer = useAnswer<PathsAnswer>(request);
  const csv = (): (string | number)[][] => [
    ['step', 'source', 'target', 'visits'],
    ...answer.data!.links.map(({ step, source, target, visits }) => [step, source, target, visits]),
  ];
  return (
    <Question ask={<Ask asked={asked} names={names} change={change} />}>
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name="paths"
        view="paths"
        explains
        csv={answer.data && csv}
        empty={<p>Name the event: what people do around it appears here.</p>}
      >
        {(data) => <AnswerView kind="paths" data={data} body={request?.body} />}
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
  const count = (label: string, field: 'steps' | 'limit') => (
    <TextInput
      label={label}
      value={String(asked[field])}
      onChange={(text) => change({ [field]: Number(text) || 1 })}
    />
  );
  return (
    <>
      <Select
        label="Which part of visits"
        value={asked.part}
        options={PARTS}
        onChange={(part) => change({ part })}
      />
      {asked.part !== 'whole' && (
        <TextInput
          label={asked.part === 'between' ? 'From the event' : 'Event'}
          value={asked.event}
          list={names}
          placeholder="cart_added"
          onChange={(event) => change({ event })}
        />
      )}
      {asked.part === 'between' && (
        <TextInput
          label="To the event"
          value={asked.to_event}
          list={names}
          placeholder="checkout_completed"
          onChange={(to_event) => change({ to_event })}
        />
      )}
      {count('Places followed', 'steps')}
      {count('Events shown at each place; the rest is folded', 'limit')}
      <TextInput label="A pause that ends a visit" value={asked.gap} onChange={(gap) => change({ gap })} />
      <TextInput
        label="Leave out (names, with commas)"
        value={asked.exclude}
        onChange={(exclude) => change({ exclude })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={asked.collapse}
          onChange={(event) => change({ collapse: event.currentTarget.checked })}
        />
        An event repeated at once counts as one
      </label>
      <Conditions conditions={asked.where} onChange={(where) => change({ where })} />
      <RangePicker range={asked} onChange={change} />
    </>
  );
}
