/** Saved models: one is made of what is asked, and opened with its versions and people. */
import { useRef, useState } from 'preact/hooks';
import { callApi, growPause, type Pace, useAnswer } from '../api.js';
import { formatTime } from '../format.js';
import { addressOf, navigate } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useCall } from '../ui/call.js';
import { DataTable } from '../ui/data-table.js';
import { TextInput } from '../ui/fields.js';
import { MoreButton, usePages } from '../ui/pages.js';
import { saveCsv } from '../ui/pictures.js';
import { ProblemNote } from '../ui/problem.js';
import { QuietButton } from '../ui/quiet-button.js';
import { SureButton } from '../ui/sure-button.js';
import {
  describeTraining,
  ModelPicture,
  type ShownModel,
  type TrainedAnswer,
  type Training,
} from '../views/model.js';
import { type Foretold, ForetoldPeople, listForetold } from './prediction-people.js';

const PATH = '/v1/analytics/predictions/models';

interface Model {
  id: string;
  kind: 'ltv' | 'churn';
  name: string;
  cron: string | null;
  timezone: string;
  next_at: string | null;
}

export function SavedModels({ kind, question }: { kind: string; question: object | undefined }) {
  const [version, setVersion] = useState(0);
  const { rows, problem } = usePages<Model>(`${PATH}?limit=100`, version);
  const [name, setName] = useState('');
  const [cron, setCron] = useState('');
  const [failed, run] = useCall();
  const save = (): Promise<void> =>
    run(async () => {
      const body = { kind, name, question, ...(cron.trim() === '' ? {} : { cron }) };
      const made = await callApi<Model>(PATH, { method: 'POST', body });
      setVersion(version + 1);
      navigate(addressOf('predictions', undefined, made.id));
    });
  return (
    <>
      {(failed ?? problem) && <ProblemNote problem={(failed ?? problem)!} />}
      {question && (
        <>
          <TextInput label="Name, to save it as a model" value={name} onChange={setName} />
          <TextInput
            label="Trained by itself (cron; empty: when asked)"
            value={cron}
            placeholder="30 4 * * 1"
            onChange={setCron}
          />
          <button type="button" disabled={name.trim() === ''} onClick={save}>
            Save the model
          </button>
        </>
      )}
      {rows && rows.length > 0 && (
        <>
          <h3>Saved models</h3>
          <ul class="list">
            {rows.map((model) => (
              <li key={model.id}>
                <a href={addressOf('predictions', undefined, model.id)}>{model.name}</a>
                <span class="muted">{model.kind === 'ltv' ? 'lifetime value' : 'churn'}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** What stands where the scoreboard will, by the state of the training. */
const EMPTY: Readonly<Record<string, string>> = {
  waiting: 'The model is being trained: its scoreboard appears here when it is done.',
  failed: 'This training failed, for the reason above. Put that right, then train again.',
};

type OpenModel = Model & ShownModel;

const isTraining = ({ state }: Training): boolean => state === 'waiting' || state === 'running';

/** A training is looked at soon after it began, then less and less often, and not at all once it is done. */
const paceOf: Pace<OpenModel> = ({ data }, times) => (data && isTraining(data.latest) ? growPause(times) : 0);

export function SavedModel({ id }: { id: string }) {
  const [asked, setAsked] = useState(0);
  const { data, problem } = useAnswer<OpenModel>({ path: `${PATH}/${id}` }, paceOf, asked);
  const [failed, run] = useCall();
  const trained = useRef<TrainedAnswer | null>(null);
  if (problem && !data) return <ProblemNote problem={problem} />;
  if (!data) return <div class="skeleton" style={{ height: '320px' }} />;
  const { latest } = data;
  const training = isTraining(latest);
  // The scoreboard of the version before stays until there is a new one.
  if (latest.answer || !training) trained.current = latest.answer;
  const answer = trained.current ?? undefined;
  const train = (): Promise<void> =>
    run(async () => {
      await callApi(`${PATH}/${id}/train`, { method: 'POST' });
      setAsked(asked + 1);
    });
  const remove = (): Promise<void> =>
    run(async () => {
      await callApi(`${PATH}/${id}`, { method: 'DELETE' });
      navigate('/predictions');
    });
  return (
    <div class="answers">
      {(failed ?? problem) && <ProblemNote problem={(failed ?? problem)!} />}
      <section class="panel">
        <h2>{data.name}</h2>
        <p class="muted">
          {describeTraining(latest)}
          {data.next_at ? `; next ${formatTime(data.next_at)}` : ''}
        </p>
        <p class="row">
          <button type="button" onClick={train}>
            Train now
          </button>
          <SureButton text="Delete" sure="Delete this model?" onClick={remove} />
          <a href="/predictions">Ask another</a>
        </p>
      </section>
      <AnswerPanel
        answer={{ data: answer, problem: undefined, pending: training && answer !== undefined }}
        meta={answer && { rows_read: answer.data.rows_read }}
        request={{ path: `${PATH}/${id}` }}
        view="model"
        name={data.name}
        empty={<p>{EMPTY[latest.state] ?? EMPTY.waiting}</p>}
      >
        {(shown) => <ModelPicture kind={data.kind} answer={shown} />}
      </AnswerPanel>
      {latest.answer?.predicts && <ModelPeople id={id} version={latest.version} />}
      <Versions id={id} version={`${latest.version} ${latest.state}`} />
    </div>
  );
}

function ModelPeople({ id, version }: { id: string; version: number }) {
  const { rows, problem, more } = usePages<Foretold>(`${PATH}/${id}/users?version=${version}&limit=50`);
  return (
    <section class="panel">
      {problem && <ProblemNote problem={problem} />}
      <ForetoldPeople people={rows ?? []} />
      <p class="take">
        <MoreButton more={more} />
        <QuietButton text="CSV" onClick={() => saveCsv('people foretold', listForetold(rows ?? []))} />
      </p>
    </section>
  );
}

function Versions({ id, version }: { id: string; version: string }) {
  const { rows } = usePages<Training>(`${PATH}/${id}/versions?of=${encodeURIComponent(version)}`);
  if (!rows) return null;
  return (
    <section class="panel">
      <h2>Versions</h2>
      <DataTable
        label="Versions"
        columns={[
          { name: 'version', number: true },
          { name: 'state' },
          { name: 'trained' },
          { name: 'verdict' },
        ]}
        rows={rows.map(({ version: number, state, trained_at, answer, reason }) => [
          number,
          state,
          trained_at && formatTime(trained_at),
          answer?.summary ?? reason ?? '',
        ])}
        format={(cell) => cell}
      />
    </section>
  );
}
