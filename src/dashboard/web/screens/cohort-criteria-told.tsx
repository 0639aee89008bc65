/** Criteria of a cohort as sentences, and as the interface has them for who wants that. */
import { useAnswer } from '../api.js';
import { Code } from '../ui/scroll.js';
import { COHORTS_PATH, type Cohort } from './cohort.js';
import { type ToldCriteria, tellCriteria } from './cohort-words.js';

/** The ids of cohorts are no words: their names are asked for when one is named. */
function useCohortNames(isNeeded: boolean): (id: string) => string {
  const { data } = useAnswer<{ data: Cohort[] }>(
    isNeeded ? { path: `${COHORTS_PATH}?limit=1000` } : undefined,
  );
  return (id) => data?.data.find((cohort) => cohort.id === id)?.name ?? id;
}

export function CriteriaTold({ criteria }: { criteria: unknown }) {
  const text = JSON.stringify(criteria, null, 2);
  const told = tellCriteria(criteria, useCohortNames(text.includes('"in_cohort"')));
  return (
    <div class="criteria">
      <p>
        People who
        {typeof told === 'string' ? ` ${told}.` : told.joint === 'not' ? ' do not belong to those who' : ''}
      </p>
      {typeof told !== 'string' && <Joined told={told} />}
      <details>
        <summary class="muted">As JSON</summary>
        <Code>{text}</Code>
      </details>
    </div>
  );
}

function Joined({ told: { joint, parts } }: { told: Exclude<ToldCriteria, string> }) {
  return (
    <ul>
      {parts.map((part, i) => {
        const end = i === parts.length - 1 ? '' : `, ${joint}`;
        if (typeof part === 'string')
          return (
            <li key={i}>
              {part}
              {end}
            </li>
          );
        return (
          <li key={i}>
            {INTRODUCTIONS[part.joint]}
            <Joined told={part} />
            {end && <span>{end.slice(2)}</span>}
          </li>
        );
      })}
    </ul>
  );
}

/** Over what is joined inside of something else. */
const INTRODUCTIONS = {
  and: 'all of this:',
  or: 'any of this:',
  not: 'not this:',
} as const;
