/** Experiments: asked, saved and opened again. */
import { type Request, useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { lastDays } from '../ui/fields.js';
import { ProblemNote } from '../ui/problem.js';
import { Question } from '../ui/question.js';
import { type Saved, SavedLinks, SavedQuestions, useSaved } from '../ui/saved.js';
import type { ExperimentAnswer } from '../views/experiment.js';
import { AnswerView } from '../views/views.js';
import { ExperimentForm } from './experiment-form.js';
import {
  type AskedExperiment,
  composeExperiment,
  composeSaved,
  EMPTY_EXPERIMENT,
  readExperiment,
} from './experiment-question.js';
import type { ScreenProps } from './screen.js';

const PATH = '/v1/analytics/experiments';
const SAVED_PATH = `${PATH}/saved`;

const START: AskedExperiment = { ...EMPTY_EXPERIMENT, ...lastDays(30) };

export function Experiments({ item }: ScreenProps) {
  const { list, saved, problem, reread } = useSaved(SAVED_PATH, item);
  if (problem) return <ProblemNote problem={problem} />;
  if (item !== '' && !saved) return <div class="skeleton" style={{ height: '320px' }} />;
  return <Experiment list={list} saved={saved} onSaved={reread} />;
}

interface Props {
  list: readonly Saved[];
  saved: Saved | undefined;
  onSaved: () => void;
}

function Experiment({ list, saved, onSaved }: Props) {
  const names = useEventNames();
  const asSaved = { ...START, ...(saved && readExperiment(saved)) };
  const [asked, change] = useQuestion<AskedExperiment>(asSaved, readExperiment);
  const question = composeExperiment(asked);
  const definition = composeSaved(asked);
  const request: Request | undefined = question && { path: PATH, body: question };
  const answer = useAnswer<ExperimentAnswer>(request);
  return (
    <Question
      folded={saved !== undefined}
      ask={
        <>
          <SavedQuestions
            path={SAVED_PATH}
            place="experiments"
            kind="experiment"
            list={list}
            saved={saved}
            definition={definition}
            isChanged={JSON.stringify(definition) !== JSON.stringify(composeSaved(asSaved))}
            asked={asked}
            onSaved={onSaved}
          />
          <ExperimentForm asked={asked} names={names} change={change} />
        </>
      }
    >
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name={saved?.name ?? 'experiment'}
        view="experiment"
        explains
        csv={answer.data && (() => toCells(answer.data!))}
        empty={
          <>
            <p>
              Name the event that shows a variant to a person, its property that says which, and a goal: which
              variant is better, and how sure that is, appears here.
            </p>
            <SavedLinks place="experiments" kind="experiment" list={list} />
          </>
        }
      >
        {(data) => <AnswerView kind="experiment" data={data} body={request?.body} />}
      </AnswerPanel>
    </Question>
  );
}

const toCells = ({ goals }: ExperimentAnswer) => [
  ['goal', 'variant', 'people', 'value', 'difference', 'low', 'high', 'adjusted_p', 'chance_to_win'],
  ...goals.flatMap(({ name, variants }) =>
    variants.map(({ variant, units, value, comparison }) => [
      name,
      variant,
      units,
      value,
      comparison?.difference ?? null,
      comparison?.interval[0] ?? null,
      comparison?.interval[1] ?? null,
      comparison?.adjusted_p_value ?? null,
      comparison?.bayes.chance_to_win ?? null,
    ]),
  ),
];
