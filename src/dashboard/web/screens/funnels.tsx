/** Funnels: asked, saved and opened again; who is behind a bar; what goes with converting. */
import { useState } from 'preact/hooks';
import { type Request, useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { lastDays } from '../ui/fields.js';
import { listNotices } from '../ui/notices.js';
import { ProblemNote } from '../ui/problem.js';
import { Question } from '../ui/question.js';
import { type Saved, SavedLinks, SavedQuestions, useSaved } from '../ui/saved.js';
import { type FunnelAnswer, type FunnelPick, FunnelPicture } from '../views/funnel.js';
import { FunnelForm } from './funnel-form.js';
import { FunnelFactors, FunnelPeople } from './funnel-people.js';
import {
  type AskedFunnel,
  composeDefinition,
  composeQuestion,
  EMPTY_RULES,
  readDefinition,
  readFunnelQuestion,
} from './funnel-question.js';
import type { ScreenProps } from './screen.js';

const PATH = '/v1/analytics/funnels';

const START: AskedFunnel = {
  ...EMPTY_RULES,
  count: 'users',
  reentry: 'best',
  paths: null,
  breakdown: [],
  attribution: 'first',
  compare: false,
  grain: '',
  ...lastDays(30),
};

export function Funnels({ item }: ScreenProps) {
  const { list, saved, problem, reread } = useSaved(PATH, item);
  if (problem) return <ProblemNote problem={problem} />;
  if (item !== '' && !saved) return <div class="skeleton" style={{ height: '320px' }} />;
  return <Funnel list={list} saved={saved} onSaved={reread} />;
}

interface Props {
  list: readonly Saved[];
  saved: Saved | undefined;
  onSaved: () => void;
}

function Funnel({ list, saved, onSaved }: Props) {
  const names = useEventNames();
  const asSaved = { ...START, ...(saved && readDefinition(saved)) };
  const [asked, change] = useQuestion<AskedFunnel>(asSaved, readFunnelQuestion);
  const [pick, setPick] = useState<FunnelPick>();
  const [factors, setFactors] = useState(false);
  const definition = composeDefinition(asked);
  const question = composeQuestion(asked);
  const request: Request | undefined = question && { path: `${PATH}/analyze`, body: question };
  const answer = useAnswer<FunnelAnswer>(request);
  const nameOf = (step: number): string => answer.data?.steps[step - 1]?.label ?? `step ${step}`;
  return (
    <Question
      folded={saved !== undefined}
      notices={listNotices(answer)}
      ask={
        <>
          <SavedQuestions
            path={PATH}
            place="funnels"
            kind="funnel"
            list={list}
            saved={saved}
            definition={definition}
            isChanged={JSON.stringify(definition) !== JSON.stringify(composeDefinition(asSaved))}
            asked={asked}
            onSaved={onSaved}
          />
          <FunnelForm asked={asked} names={names} change={change} />
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
        empty={
          <>
            <p>Name two events: how many go from the first to the second appears here.</p>
            <SavedLinks place="funnels" kind="funnel" list={list} />
          </>
        }
      >
        {(funnel) => <FunnelPicture funnel={funnel} body={question} onPick={setPick} />}
      </AnswerPanel>
      {question && answer.data && (
        <p class="row wrap">
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
