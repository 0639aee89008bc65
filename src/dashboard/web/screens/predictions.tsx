/** Predictions: what customers will be worth, and who is about to leave, each with its scoreboard. */
import { type Meta, type Request, useAnswer } from '../api.js';
import { useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useEventNames } from '../ui/catalogue.js';
import { Select, TextInput } from '../ui/fields.js';
import { Question } from '../ui/question.js';
import { type ChurnAnswer, ChurnPicture } from '../views/churn.js';
import { type LtvAnswer, LtvPicture } from '../views/ltv.js';
import { SavedModel, SavedModels } from './prediction-models.js';
import { type Foretold, ForetoldPeople, listForetold } from './prediction-people.js';
import type { ScreenProps } from './screen.js';

interface Asked {
  kind: string;
  event: string;
  value: string;
  from: string;
  calibration_to: string;
  to: string;
  horizon: string;
  cut: string;
}

type Answer = ChurnAnswer & LtvAnswer & { predictions: Foretold[]; meta: Meta };

/** The place asks by week. */
const WEEK_DAYS = 7;

const START: Asked = {
  kind: 'churn',
  event: '',
  value: 'revenue',
  from: '',
  calibration_to: '',
  to: '',
  horizon: '28d',
  cut: '',
};

/** What is filled in of some fields. */
const pick = (q: Asked, names: readonly (keyof Asked)[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (q[name].trim() === '' ? [] : [[name, q[name].trim()]])));

function composeQuestion(q: Asked): Record<string, string> | undefined {
  if (q.event.trim() === '') return undefined;
  if (q.kind === 'churn') return pick(q, ['event', 'horizon', 'cut']);
  return q.from === '' ? undefined : pick(q, ['event', 'value', 'from', 'calibration_to', 'to']);
}

export function Predictions({ item }: ScreenProps) {
  return item === '' ? <Ask /> : <SavedModel id={item} />;
}

function Ask() {
  const [q, change] = useQuestion<Asked>(START);
  const question = composeQuestion(q);
  const path = `/v1/analytics/predictions/${q.kind}`;
  const request: Request | undefined = question && { path, body: question };
  const answer = useAnswer<Answer>(request);
  return (
    <Question
      ask={
        <>
          <Fields q={q} change={change} />
          <SavedModels kind={q.kind} question={question} />
        </>
      }
    >
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name={q.kind}
        explains
        csv={() => listForetold(answer.data?.predictions ?? [])}
        empty={
          <p>
            {q.event.trim() === '' ? 'Name the event on the left' : 'Say on the left from which day on'}: what
            the model foretells, and how well it foretold time it had not seen, appears here.
          </p>
        }
      >
        {(data) => (
          <>
            {/* While the other kind is asked the answer before is still there. */}
            {'scoreboard' in data && <ChurnPicture answer={data} />}
            {'backtest' in data && <LtvPicture answer={data} periodDays={WEEK_DAYS} />}
            <ForetoldPeople people={data.predictions} />
          </>
        )}
      </AnswerPanel>
    </Question>
  );
}

const LTV_DATES = [
  ['from', 'From (date)'],
  ['calibration_to', 'Learns up to (empty: half)'],
  ['to', 'Judged up to (empty: today)'],
] as const;

function Fields({ q, change }: { q: Asked; change: (change: Partial<Asked>) => void }) {
  const names = useEventNames();
  return (
    <>
      <Select
        label="What is foretold"
        value={q.kind}
        options={[
          ['churn', 'who is about to leave'],
          ['ltv', 'what customers will be worth'],
        ]}
        onChange={(kind) => change({ kind })}
      />
      <TextInput
        label={q.kind === 'churn' ? 'People are active when they' : 'A purchase is'}
        value={q.event}
        list={names}
        placeholder={q.kind === 'churn' ? 'page_viewed' : 'purchase'}
        onChange={(event) => change({ event })}
      />
      {q.kind === 'churn' ? (
        <>
          <TextInput
            label="and have left when they do not for"
            value={q.horizon}
            placeholder="28d"
            onChange={(horizon) => change({ horizon })}
          />
          <TextInput
            label="Judged after (date; empty: the latest)"
            value={q.cut}
            onChange={(cut) => change({ cut })}
          />
        </>
      ) : (
        <>
          <TextInput label="worth its" value={q.value} onChange={(value) => change({ value })} />
          {LTV_DATES.map(([name, label]) => (
            <TextInput
              key={name}
              label={label}
              value={q[name]}
              placeholder="2024-01-01"
              onChange={(value) => change({ [name]: value })}
            />
          ))}
        </>
      )}
    </>
  );
}
