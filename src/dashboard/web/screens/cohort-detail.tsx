/** One cohort: who belongs, how many over time, what is foretold of them, and what sets them apart. */
import { type Answer, callApi, useAnswer } from '../api.js';
import { Lines } from '../charts/lines.js';
import { formatNumber, formatTime } from '../format.js';
import { addressOf, navigate, useQuestion } from '../route.js';
import { AnswerPanel } from '../ui/answer.js';
import { useCall } from '../ui/call.js';
import { MoreButton, usePages } from '../ui/pages.js';
import { ProblemNote } from '../ui/problem.js';
import { SureButton } from '../ui/sure-button.js';
import { type AskedOfCohort, COHORTS_PATH, type Cohort, readAskedOfCohort, startAsking } from './cohort.js';
import { CriteriaTold } from './cohort-criteria-told.js';
import { CohortPatterns } from './cohort-patterns.js';
import { CohortPredictions } from './cohort-predictions.js';

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

const pathOfHistory = (id: string): string => `${COHORTS_PATH}/${id}/history`;

export function CohortDetail({ id }: { id: string }) {
  const { data, problem } = useAnswer<ShownCohort>({ path: `${COHORTS_PATH}/${id}` });
  const history = useAnswer<History>({ path: pathOfHistory(id) });
  const [asked, change] = useQuestion<AskedOfCohort>(startAsking(), readAskedOfCohort);
  if (problem) return <ProblemNote problem={problem} />;
  // Both before anything is laid out: what comes later than these has a place that is kept for it.
  if (!data || history.pending) return <div class="skeleton" style={{ height: '320px' }} />;
  return (
    <div class="answers">
      <div class="columns">
        <About cohort={data} />
        <Members id={id} />
      </div>
      <Sizes id={id} history={history} />
      <CohortPredictions id={id} asked={asked} onChange={change} />
      <CohortPatterns cohort={data} asked={asked} onChange={change} />
    </div>
  );
}

function About({ cohort }: { cohort: ShownCohort }) {
  const { id } = cohort;
  const [failed, run] = useCall();
  const remove = (): Promise<void> =>
    run(async () => {
      await callApi(`${COHORTS_PATH}/${id}`, { method: 'DELETE' });
      navigate('/cohorts');
    });
  return (
    <section class="panel" aria-label={cohort.name}>
      {failed && <ProblemNote problem={failed} />}
      <h2>{cohort.name}</h2>
      <div class="tile">
        <div class="value">{formatNumber(cohort.size)}</div>
        <div class="name">{cohort.size === 1 ? 'person belongs' : 'people belong'} now</div>
      </div>
      {cohort.state && <State state={cohort.state} />}
      <p>
        <a href={addressOf('explore', { where: [{ property: 'in_cohort', op: 'eq', value: id }] })}>
          Explore what they do
        </a>
      </p>
      <h3>{cohort.static ? 'A fixed list' : `Criteria, version ${cohort.version}`}</h3>
      {!cohort.static && <CriteriaTold criteria={cohort.criteria} />}
      <SureButton text="Delete" sure="Delete this cohort?" onClick={remove} />
    </section>
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

const SIZES_HEIGHT = 180;

function Sizes({ id, history }: { id: string; history: Answer<History> }) {
  const sizes = history.data?.sizes.toSorted((a, b) => (a.as_of < b.as_of ? -1 : 1)) ?? [];
  return (
    <AnswerPanel
      answer={history}
      meta={undefined}
      request={{ path: pathOfHistory(id) }}
      name="size over time"
      label="Size over time"
      csv={() => [['as_of', 'size'], ...sizes.map(({ as_of, size }) => [as_of, size])]}
      empty={null}
    >
      {() => (
        <>
          <h2>Size over time</h2>
          {sizes.length < 2 ? (
            <p class="muted">
              {sizes.length === 0 ? 'No size has' : 'One size has'} been noted so far. One is noted each time
              the stored members are refreshed, every 15 minutes unless set otherwise; the curve begins with
              the second.
            </p>
          ) : (
            <Lines
              times={sizes.map(({ as_of }) => as_of)}
              series={[{ name: 'people', values: sizes.map(({ size }) => size) }]}
              grain="hour"
              timezone={Intl.DateTimeFormat().resolvedOptions().timeZone}
              incompleteFrom={sizes.length}
              height={SIZES_HEIGHT}
            />
          )}
        </>
      )}
    </AnswerPanel>
  );
}

function Members({ id }: { id: string }) {
  const { rows, problem, more } = usePages<Member>(`${COHORTS_PATH}/${id}/users?limit=50`);
  return (
    <section class="panel" aria-label="People">
      <h2>People</h2>
      {problem && <ProblemNote problem={problem} />}
      <div class="members">
        {rows?.length === 0 && (
          <p class="empty">Nobody belongs now. Widen the criteria, or wait for the first who fulfils them.</p>
        )}
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
      </div>
    </section>
  );
}
