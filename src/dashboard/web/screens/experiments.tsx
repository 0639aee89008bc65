/** Experiments: asked, saved and opened again. */
import { useEffect, useState } from 'preact/hooks';
import { callApi, useAnswer } from '../api.js';
import { addressOf, navigate, useQuestion } from '../route.js';
import { AnswerPanel, type Request } from '../ui/answer.js';
import { useCall } from '../ui/call.js';
import { useEventNames, useProperties } from '../ui/catalogue.js';
import { Conditions } from '../ui/conditions.js';
import { lastDays, RangePicker, Select, TextInput } from '../ui/fields.js';
import { ProblemNote } from '../ui/problem.js';
import { Question } from '../ui/question.js';
import type { ExperimentAnswer } from '../views/experiment.js';
import { AnswerView } from '../views/views.js';
import {
  type AskedExperiment,
  type AskedGoal,
  composeExperiment,
  EMPTY_GOAL,
  type GoalKind,
  readExperiment,
} from './experiment-question.js';
import type { ScreenProps } from './screens.js';

const PATH = '/v1/analytics/experiments';
const SAVED_PATH = `${PATH}/saved`;

const START: AskedExperiment = {
  event: '',
  variant: '',
  variants: '',
  where: [],
  goals: [EMPTY_GOAL],
  window: '14d',
  minimalEffect: '5',
  ...lastDays(30),
};

const GOAL_KINDS = [
  ['conversion', 'Share of people who did'],
  ['count', 'How often people did'],
  ['sum', 'Sum of a property, per person'],
  ['average', 'Average of a property, per event'],
  ['funnel', 'Share of people through a funnel'],
] as const;

interface SavedExperiment {
  id: string;
  name: string;
  version: number;
  [field: string]: unknown;
}

export function Experiments({ item }: ScreenProps) {
  const [asked, change] = useQuestion<AskedExperiment>(START);
  const saved = useAnswer<SavedExperiment>(item === '' ? undefined : { path: `${SAVED_PATH}/${item}` }).data;
  const readable = saved && readExperiment(saved);
  useEffect(() => {
    if (readable && !location.search.includes('q=')) change(readable);
  }, [saved?.id]);
  const asSaved = saved !== undefined && readable === undefined;
  const { from, to, timezone } = asked;
  const question = composeExperiment(asked);
  const request: Request | undefined = asSaved
    ? { path: `${SAVED_PATH}/${item}/analysis?${new URLSearchParams({ from, to, timezone })}` }
    : question && { path: PATH, body: question };
  const answer = useAnswer<ExperimentAnswer>(request);
  return (
    <Question
      ask={
        <>
          <SavedExperiments item={item} question={question} asked={asked} />
          {asSaved && <p class="muted">Saved with more than this form shows: asked as it was saved.</p>}
          <Form asked={asked} change={change} />
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
          <p>
            Name the event that shows a variant to a person, its property that says which, and a goal: which
            variant is better, and how sure that is, appears here.
          </p>
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

interface FormProps {
  asked: AskedExperiment;
  change: (change: Partial<AskedExperiment>) => void;
}

function Form({ asked, change }: FormProps) {
  const names = useEventNames();
  const properties = useProperties([asked.event]);
  const set = (index: number, part: Partial<AskedGoal>): void =>
    change({ goals: asked.goals.map((goal, i) => (i === index ? { ...goal, ...part } : goal)) });
  return (
    <>
      <TextInput
        label="Event that exposes a person"
        value={asked.event}
        list={names}
        placeholder="experiment_seen"
        onChange={(event) => change({ event })}
      />
      <TextInput
        label="Property that names the variant"
        value={asked.variant}
        list={properties}
        placeholder="variant"
        onChange={(variant) => change({ variant })}
      />
      <TextInput
        label="Variants, the control first (empty: those that occur)"
        value={asked.variants}
        placeholder="control, green"
        onChange={(variants) => change({ variants })}
      />
      <Conditions conditions={asked.where} events={[asked.event]} onChange={(where) => change({ where })} />
      {asked.goals.map((goal, index) => (
        <Goal
          key={index}
          goal={goal}
          number={index + 1}
          names={names}
          onChange={(part) => set(index, part)}
          onRemove={
            asked.goals.length > 1
              ? () => change({ goals: asked.goals.filter((_, i) => i !== index) })
              : undefined
          }
        />
      ))}
      <button type="button" onClick={() => change({ goals: [...asked.goals, EMPTY_GOAL] })}>
        Add a goal
      </button>
      <TextInput
        label="Goals count for so long after the exposure"
        value={asked.window}
        placeholder="14d"
        onChange={(window) => change({ window })}
      />
      <TextInput
        label="Smallest change worth seeing, in % of the control"
        value={asked.minimalEffect}
        onChange={(minimalEffect) => change({ minimalEffect })}
      />
      <RangePicker range={asked} onChange={change} />
    </>
  );
}

interface GoalProps {
  goal: AskedGoal;
  number: number;
  names: readonly string[];
  onChange: (part: Partial<AskedGoal>) => void;
  onRemove: (() => void) | undefined;
}

function Goal({ goal, number, names, onChange, onRemove }: GoalProps) {
  const properties = useProperties([goal.event]);
  const numeric = goal.kind === 'sum' || goal.kind === 'average';
  return (
    <fieldset class="conditions">
      <legend class="legend">Goal {number}</legend>
      <Select
        label={`Goal ${number} measures`}
        value={goal.kind}
        options={GOAL_KINDS}
        onChange={(kind) => onChange({ kind: kind as GoalKind })}
      />
      <TextInput
        label={
          goal.kind === 'funnel' ? `Goal ${number}: its events, with commas` : `Goal ${number}: the event`
        }
        value={goal.event}
        {...(goal.kind === 'funnel' ? {} : { list: names })}
        placeholder={goal.kind === 'funnel' ? 'cart_added, checkout_completed' : 'checkout_completed'}
        onChange={(event) => onChange({ event })}
      />
      {numeric && (
        <TextInput
          label={`Goal ${number}: the property`}
          value={goal.property}
          list={properties}
          onChange={(property) => onChange({ property })}
        />
      )}
      <Select
        label={`Goal ${number} is better when`}
        value={goal.better}
        options={[
          ['higher', 'higher'],
          ['lower', 'lower'],
        ]}
        onChange={(better) => onChange({ better })}
      />
      {onRemove && (
        <button type="button" class="quiet" onClick={onRemove}>
          Remove goal {number}
        </button>
      )}
    </fieldset>
  );
}

interface SavedProps {
  item: string;
  question: Record<string, unknown> | undefined;
  asked: AskedExperiment;
}

function SavedExperiments({ item, question, asked }: SavedProps) {
  const [version, setVersion] = useState(0);
  const list =
    useAnswer<{ data: SavedExperiment[] }>({ path: `${SAVED_PATH}?limit=500` }, 0, version).data?.data ?? [];
  const [name, setName] = useState('');
  const [problem, run] = useCall();
  const current = list.find(({ id }) => id === item);
  const save = (): Promise<void> =>
    run(async () => {
      const made = await callApi<SavedExperiment>(item === '' ? SAVED_PATH : `${SAVED_PATH}/${item}`, {
        method: item === '' ? 'POST' : 'PUT',
        body: { name: current?.name ?? name, ...question },
      });
      setVersion(version + 1);
      navigate(addressOf('experiments', asked, made.id));
    });
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      {list.length > 0 && (
        <Select
          label="Saved experiments"
          value={item}
          options={[['', 'A new one'], ...list.map(({ id, name: own }) => [id, own] as const)]}
          onChange={(id) => navigate(addressOf('experiments', undefined, id))}
        />
      )}
      {question && (
        <div class="row">
          {current ? (
            <span class="muted">{current.name}</span>
          ) : (
            <TextInput label="Name" hidden value={name} placeholder="Name, to save it" onChange={setName} />
          )}
          <button type="button" disabled={!current && name.trim() === ''} onClick={save}>
            {current ? 'Save the changes' : 'Save'}
          </button>
        </div>
      )}
    </>
  );
}
