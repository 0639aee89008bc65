import { type Request, useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { Conditions } from '../ui/conditions.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';
import { listNotices } from '../ui/notices.js';
import { Question } from '../ui/question.js';
import type { PathsAnswer } from '../views/paths.js';
import { AnswerView } from '../views/views.js';
import { leaveOut } from './kept.js';
import { KeptFields } from './kept-fields.js';
import { type AskedPaths, composePaths, PARTS, readPaths } from './paths-question.js';

const START: AskedPaths = {
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
};

export function Paths() {
  const names = useEventNames();
  const [asked, change] = useQuestion<AskedPaths>(START, readPaths);
  const body = composePaths(asked);
  const request: Request | undefined = body && { path: '/v1/analytics/paths', body };
  const answer = useAnswer<PathsAnswer>(request);
  const csv = (): (string | number)[][] => [
    ['step', 'source', 'target', 'visits'],
    ...answer.data!.links.map(({ step, source, target, visits }) => [step, source, target, visits]),
  ];
  return (
    <Question notices={listNotices(answer)} ask={<Ask asked={asked} names={names} change={change} />}>
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
  asked: AskedPaths;
  names: readonly string[];
  change: (change: Partial<AskedPaths>) => void;
}

function Ask({ asked, names, change }: AskProps) {
  const count = (label: string, field: 'steps' | 'limit') => (
    <TextInput
      label={label}
      fields={[field]}
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
        onChange={(part) => change({ part, kept: leaveOut(asked.kept, 'around').kept })}
      />
      {asked.part !== 'whole' && (
        <TextInput
          label={asked.part === 'between' ? 'From the event' : 'Event'}
          fields={['start', 'end', 'between.from', 'around.event']}
          value={asked.event}
          list={names}
          placeholder="cart_added"
          onChange={(event) => change({ event, kept: leaveOut(asked.kept, 'around').kept })}
        />
      )}
      {asked.part === 'between' && (
        <TextInput
          label="To the event"
          fields={['between.to']}
          value={asked.to_event}
          list={names}
          placeholder="checkout_completed"
          onChange={(to_event) => change({ to_event })}
        />
      )}
      {count('Places followed', 'steps')}
      {count('Events shown at each place; the rest is folded', 'limit')}
      <TextInput
        label="A pause that ends a visit"
        value={asked.gap}
        fields={['gap']}
        onChange={(gap) => change({ gap })}
      />
      <TextInput
        label="Leave out (names, with commas)"
        fields={['exclude']}
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
      <KeptFields kept={asked.kept} onChange={change} />
    </>
  );
}
