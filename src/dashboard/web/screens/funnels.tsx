/** Funnels: asked, saved and opened again; who is behind a bar; what goes with converting. */
import { useEffect, useState } from 'preact/hooks';
import { callApi, useAnswer } from '../api.js';
import { addressOf, navigate, useQuestion } from '../route.js';
import { AnswerPanel, type Request } from '../ui/answer.js';
import { useCall } from '../ui/call.js';
import { useEventNames } from '../ui/catalogue.js';
import { lastDays, Select, TextInput } from '../ui/fields.js';
import { ProblemNote } from '../ui/problem.js';
import { Question } from '../ui/question.js';
import { type FunnelAnswer, type FunnelPick, FunnelPicture } from '../views/funnel.js';
import { FunnelFactors, FunnelPeople } from './funnel-people.js';
import {
  type AskedFunnel,
  composeDefinition,
  composeQuestion,
  EMPTY_STEP,
  readDefinition,
} from './funnel-question.js';
import { FunnelSteps } from './funnel-steps.js';
import type { ScreenProps } from './screens.js';

interface SavedFunnel {
  id: string;
  name: string;
  version: number;
  [field: string]: unknown;
}

const PATH = '/v1/analytics/funnels';

const START: AskedFunnel = {
  steps: [EMPTY_STEP, EMPTY_STEP],
  window: '7d',
  order: 'ordered',
  ties: 'any',
  count: 'users',
  reentry: 'best',
  branches: false,
  hold: '',
  excluded: '',
  breakdown: [],
  attribution: 'first',
  compare: false,
  grain: '',
  ...lastDays(30),
};

export function Funnels({ item }: ScreenProps) {
  const names = useEventNames();
  const [asked, change] = useQuestion<AskedFunnel>(START);
  const saved = useAnswer<SavedFunnel>(item === '' ? undefined : { path: `${PATH}/${item}` }).data;
  const [pick, setPick] = useState<FunnelPick>();
  const [factors, setFactors] = useState(false);
  const readable = saved && readDefinition(saved);
  useEffect(() => {
    if (readable && !location.search.includes('q=')) change(readable);
  }, [saved?.id]);
  // A saved funnel the form cannot show is asked as it was saved.
  const asSaved = saved !== undefined && readable === undefined;
  const { from, to, timezone } = asked;
  const question = composeQuestion(asked);
  const request: Request | undefined = asSaved
    ? { path: `${PATH}/${item}/analysis?${new URLSearchParams({ from, to, timezone })}` }
    : question && { path: `${PATH}/analyze`, body: question };
  const answer = useAnswer<FunnelAnswer>(request);
  const nameOf = (step: number): string => answer.data?.steps[step - 1]?.label ?? `step ${step}`;
  return (
    <Question
      ask={
        <>
          <SavedFunnels item={item} asked={asked} />
          {asSaved && <p class="muted">Saved with branches or conditions: asked as it was saved.</p>}
          <FunnelSteps asked={asked} names={names} change={change} />
        </>
      }
    >
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name={saved?.name ?? 'funnel'}
        view="funnel"
        explains
        csv={answer.data && (() => toCells(answer.data!))}
        empty={<p>Name two events on the left: how many go from the first to the second appears here.</p>}
      >
        {(funnel) => (
          <FunnelPicture
            funnel={funnel}
            body={question}
            {...(question && !asSaved ? { onPick: setPick } : {})}
          />
        )}
      </AnswerPanel>
      {question && answer.data && !asSaved && (
        <p class="row">
          <button type="button" aria-pressed={factors} onClick={() => setFactors(!factors)}>
            What goes with converting
          </button>
          <span class="muted">Click a bar: who got there. Click “left”: who left, and why.</span>
        </p>
      )}
      {pick && question && (
        <FunnelPeople
          question={question}
          pick={pick}
          label={`${pick.state === 'reached' ? 'Reached' : 'Left after'} ${nameOf(pick.step)}`}
          onClose={() => setPick(undefined)}
        />
      )}
      {factors && question && <FunnelFactors question={question} />}
    </Question>
  );
}

const toCells = ({ steps }: FunnelAnswer) => [
  ['step', 'label', 'count', 'dropped', 'median_seconds', 'p90_seconds'],
  ...steps.map((s) => [s.index, s.label, s.count, s.dropped, s.median_seconds, s.p90_seconds]),
];

function SavedFunnels({ item, asked }: { item: string; asked: AskedFunnel }) {
  const [version, setVersion] = useState(0);
  const list = useAnswer<{ data: SavedFunnel[] }>({ path: `${PATH}?limit=500` }, 0, version).data?.data ?? [];
  const [name, setName] = useState('');
  const [problem, run] = useCall();
  const current = list.find(({ id }) => id === item);
  const definition = composeDefinition(asked);
  const save = (): Promise<void> =>
    run(async () => {
      const made = await callApi<SavedFunnel>(item === '' ? PATH : `${PATH}/${item}`, {
        method: item === '' ? 'POST' : 'PUT',
        body: { name: current?.name ?? name, ...definition },
      });
      setVersion(version + 1);
      navigate(addressOf('funnels', asked, made.id));
    });
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      {list.length > 0 && (
        <Select
          label="Saved funnels"
          value={item}
          options={[['', 'A new one'], ...list.map(({ id, name: own }) => [id, own] as const)]}
          onChange={(id) => navigate(addressOf('funnels', undefined, id))}
        />
      )}
      {definition && (
        <div class="row">
          {current ? (
            <span class="muted">
              {current.name}, version {current.version}
            </span>
          ) : (
            <TextInput label="Name" hidden value={name} placeholder="Name, to save it" onChange={setName} />
          )}
          <button type="button" disabled={!current && name.trim() === ''} onClick={save}>
            {current ? 'Save a new version' : 'Save'}
          </button>
        </div>
      )}
    </>
  );
}
