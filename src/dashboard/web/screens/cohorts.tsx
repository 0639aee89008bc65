/** Cohorts: made, listed, and one of them with its size over time and its people. */
import { callApi, useAnswer } from '../api.js';
import { Lines } from '../charts/lines.js';
import { formatNumber, formatTime } from '../format.js';
import { addressOf, navigate } from '../route.js';
import { useCall } from '../ui/call.js';
import { MoreButton, usePages } from '../ui/pages.js';
import { ProblemNote } from '../ui/problem.js';
import { SureButton } from '../ui/sure-button.js';
import { CohortBuilder } from './cohort-builder.js';
import type { ScreenProps } from './screens.js';

export interface Cohort {
  id: string;
  name: string;
  version: number;
  criteria: unknown;
  static: boolean;
}

interface ShownCohort extends Cohort {
  size: number;
  state: { status: string; reason?: string; refreshed_at?: string } | null;
}

interface History {
  sizes: { as_of: string; size: number }[];
}

interface Member {
  user_id?: string;
  anonymous_id?: string;
}

const PATH = '/v1/analytics/cohorts';

export function Cohorts({ item }: ScreenProps) {
  return item === '' ? <List /> : <One id={item} />;
}

function List() {
  const { rows, problem, more } = usePages<Cohort>(`${PATH}?limit=200`);
  return (
    <div class="columns">
      <CohortBuilder cohorts={rows ?? []} />
      <section class="panel">
        <h2>Saved cohorts</h2>
        {problem && <ProblemNote problem={problem} />}
        {rows?.length === 0 && (
          <p class="empty">
            None yet. Describe people on the left; a saved cohort can filter and split every other question.
          </p>
        )}
        <ul class="list">
          {rows?.map((cohort) => (
            <li key={cohort.id}>
              <a href={addressOf('cohorts', undefined, cohort.id)}>{cohort.name}</a>
              <span class="muted">{cohort.static ? 'a list' : 'by criteria'}</span>
            </li>
          ))}
        </ul>
        <MoreButton more={more} />
      </section>
    </div>
  );
}

function One({ id }: { id: string }) {
  const { data, problem } = useAnswer<ShownCohort>({ path: `${PATH}/${id}` });
  const [failed, run] = useCall();
  if (problem) return <ProblemNote problem={problem} />;
  if (!data) return <div class="skeleton" style={{ height: '320px' }} />;
  const remove = (): Promise<void> =>
    run(async () => {
      await callApi(`${PATH}/${id}`, { method: 'DELETE' });
      navigate('/cohorts');
    });
  return (
    <>
      {failed && <ProblemNote problem={failed} />}
      <div class="columns">
        <section class="panel">
          <h2>{data.name}</h2>
          <div class="tile">
            <div class="value">{formatNumber(data.size)}</div>
            <div class="name">people belong now</div>
          </div>
          {data.state && <State state={data.state} />}
          <p>
            <a href={addressOf('explore', { where: [{ property: 'in_cohort', op: 'eq', value: id }] })}>
              Explore what they do
            </a>
          </p>
          <h3>{data.static ? 'A fixed list' : `Criteria, version ${data.version}`}</h3>
          {!data.static && <pre class="tall">{JSON.stringify(data.criteria, null, 2)}</pre>}
          <SureButton text="Delete" sure="Delete this cohort?" onClick={remove} />
        </section>
        <Members id={id} />
      </div>
      <Sizes id={id} />
    </>
  );
}

function State({ state: { status, reason, refreshed_at } }: { state: NonNullable<ShownCohort['state']> }) {
  return (
    <p class="muted">
      Stored members: {status}
      {refreshed_at ? `, as of ${formatTime(refreshed_at)}` : ''}
      {reason ? `: ${reason}` : ''}
    </p>
  );
}

function Sizes({ id }: { id: string }) {
  const { data } = useAnswer<History>({ path: `${PATH}/${id}/history` });
  if (!data || data.sizes.length < 2) return null;
  const sizes = data.sizes.toSorted((a, b) => (a.as_of < b.as_of ? -1 : 1));
  return (
    <section class="panel next">
      <h2>Size over time</h2>
      <Lines
        times={sizes.map(({ as_of }) => as_of)}
        series={[{ name: 'people', values: sizes.map(({ size }) => size) }]}
        grain="hour"
        timezone={Intl.DateTimeFormat().resolvedOptions().timeZone}
        incompleteFrom={sizes.length}
        height={180}
      />
    </section>
  );
}

function Members({ id }: { id: string }) {
  const { rows, problem, more } = usePages<Member>(`${PATH}/${id}/users?limit=50`);
  return (
    <section class="panel">
      <h2>People</h2>
      {problem && <ProblemNote problem={problem} />}
      {rows?.length === 0 && <p class="empty">Nobody belongs now.</p>}
      <ul class="list">
        {rows?.map(({ user_id, anonymous_id }) => {
          const name = user_id ?? anonymous_id ?? '';
          return (
            <li key={name}>
              <a href={addressOf('people', undefined, name)}>{name}</a>
              {user_id === undefined && <span class="muted">anonymous</span>}
            </li>
          );
        })}
      </ul>
      <MoreButton more={more} />
    </section>
  );
}
