/** What sets the people of a cohort apart: asked on the left, sequences and groups on the right. */
import { useState } from 'preact/hooks';
import { listDefining } from '../../defining.js';
import { type Answer, type Request, useAnswer } from '../api.js';
import { AnswerPanel } from '../ui/answer.js';
import { RangePicker, Select } from '../ui/fields.js';
import { Question } from '../ui/question.js';
import { Groups, listSequences, type PatternAnswer, Sequences } from '../views/patterns.js';
import { AgainButton } from './again-button.js';
import { type AskedOfCohort, COHORTS_PATH, type Cohort } from './cohort.js';

const LENGTHS = ['2', '3', '4', '5'].map((length) => [length, `${length} events`] as const);
const SUPPORTS = ['1', '2', '5', '10', '20', '50'].map((share) => [share, `${share} % of them`] as const);

/** As many as are worth reading, and some that are left out. */
const SEQUENCES_MAX = '200';

interface Props {
  cohort: Cohort;
  asked: AskedOfCohort;
  onChange: (change: Partial<AskedOfCohort>) => void;
}

const pathOf = (id: string, { from, to, timezone, length, support }: AskedOfCohort): string =>
  `${COHORTS_PATH}/${id}/patterns?${new URLSearchParams({
    from,
    to,
    timezone,
    max_length: length,
    min_support: String(Number(support) / 100),
    limit: SEQUENCES_MAX,
  })}`;

/** That nobody did anything is no failure: it is said where the answer would be. */
function readEmpty(answer: Answer<PatternAnswer>): Answer<PatternAnswer> {
  const empty = answer.problem?.code === 'empty_cohort';
  return empty ? { data: undefined, problem: undefined, pending: false } : answer;
}

export function CohortPatterns({ cohort, asked, onChange }: Props) {
  const [version, setVersion] = useState(0);
  const request: Request = { path: pathOf(cohort.id, asked) };
  const defining = listDefining(cohort.criteria);
  const answer = readEmpty(useAnswer<PatternAnswer>(request, undefined, version));
  return (
    <section class="part" aria-label="What sets them apart">
      <h2>What sets them apart</h2>
      <Question folded ask={<Asked asked={asked} onChange={onChange} defining={defining} />}>
        <AnswerPanel
          answer={answer}
          meta={answer.data?.meta}
          request={request}
          name={`patterns of ${cohort.name}`}
          view="patterns"
          explains
          csv={() => listSequences(answer.data?.sequences ?? [])}
          empty={
            <p>
              Nobody of this cohort did anything in this range. Choose a longer one: what they do that others
              do not appears here.
            </p>
          }
        >
          {(data) => (
            <>
              <Sequences answer={data} support={asked.support} leftOut={asked.defining ? [] : defining} />
              <Groups answer={data} />
            </>
          )}
        </AnswerPanel>
        <AgainButton problem={answer.problem} onClick={() => setVersion(version + 1)} />
      </Question>
    </section>
  );
}

function Asked({ asked, onChange, defining }: Omit<Props, 'cohort'> & { defining: readonly string[] }) {
  return (
    <>
      <RangePicker range={asked} onChange={onChange} />
      <Select
        label="Sequences of at most"
        value={asked.length}
        options={LENGTHS}
        onChange={(length) => onChange({ length })}
      />
      <Select
        label="that are done by at least"
        value={asked.support}
        options={SUPPORTS}
        onChange={(support) => onChange({ support })}
      />
      {defining.length > 0 && (
        <label class="check">
          <input
            type="checkbox"
            checked={asked.defining}
            onChange={(event) => onChange({ defining: event.currentTarget.checked })}
          />
          also with what makes them belong: {defining.join(', ')}
        </label>
      )}
    </>
  );
}
