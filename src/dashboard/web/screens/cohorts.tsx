/** Cohorts: made and listed; one of them has a screen of its own. */
import { addressOf } from '../route.js';
import { MoreButton, usePages } from '../ui/pages.js';
import { ProblemNote } from '../ui/problem.js';
import { COHORTS_PATH, type Cohort } from './cohort.js';
import { CohortBuilder } from './cohort-builder.js';
import { CohortDetail } from './cohort-detail.js';
import type { ScreenProps } from './screen.js';

export function Cohorts({ item }: ScreenProps) {
  return item === '' ? <List /> : <CohortDetail id={item} />;
}

function List() {
  const { rows, problem, more } = usePages<Cohort>(`${COHORTS_PATH}?limit=200`);
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
