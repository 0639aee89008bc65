/** What the models trained last say of a cohort: how many are about to leave, and what they will be worth. */
import { useState } from 'preact/hooks';
import { type Request, useAnswer } from '../api.js';
import { AnswerPanel } from '../ui/answer.js';
import { Select } from '../ui/fields.js';
import type { Cell } from '../ui/pictures.js';
import { type ForetoldAnswer, ForetoldView, type Said } from '../views/foretold.js';
import { AgainButton } from './again-button.js';
import { type AskedOfCohort, COHORTS_PATH } from './cohort.js';

const HORIZONS = [
  ['', 'as trained'],
  ['28d', '4 weeks'],
  ['91d', 'a quarter'],
  ['364d', 'a year'],
] as const;

interface Props {
  id: string;
  asked: AskedOfCohort;
  onChange: (change: Partial<AskedOfCohort>) => void;
}

export function CohortPredictions({ id, asked, onChange }: Props) {
  const [version, setVersion] = useState(0);
  const horizon = asked.horizon === '' ? '' : `?horizon=${encodeURIComponent(asked.horizon)}`;
  const request: Request = { path: `${COHORTS_PATH}/${id}/predictions${horizon}` };
  const answer = useAnswer<ForetoldAnswer>(request, undefined, version);
  return (
    <section class="part predictions" aria-label="What is foretold of them">
      <header class="part-head">
        <h2>What is foretold of them</h2>
        <Select
          label="Looking ahead"
          value={asked.horizon}
          options={HORIZONS}
          onChange={(horizon) => onChange({ horizon })}
        />
      </header>
      <AnswerPanel
        answer={answer}
        meta={answer.data?.meta}
        request={request}
        name="cohort predictions"
        view="foretold"
        csv={() => listNumbers(answer.data)}
        empty={<p>What models say of these people appears here.</p>}
      >
        {(data) => <ForetoldView data={data} body={undefined} />}
      </AnswerPanel>
      <AgainButton problem={answer.problem} onClick={() => setVersion(version + 1)} />
    </section>
  );
}

const CHURN_NUMBERS = ['people', 'mean_risk', 'expected_leavers', 'likely_leavers'] as const;
const LTV_NUMBERS = [
  'people',
  'expected_alive',
  'expected_purchases',
  'expected_value',
  'value_per_person',
] as const;

/** Rows for a CSV file, header first; models that say nothing have none. */
function listNumbers(answer: ForetoldAnswer | undefined): Cell[][] {
  const { churn, ltv } = answer ?? {};
  return [
    ['model', 'version', 'horizon_days', 'what', 'number'],
    ...(churn?.predicts ? CHURN_NUMBERS.map((what) => [...rowOf(churn), what, churn[what]]) : []),
    ...(ltv?.predicts ? LTV_NUMBERS.map((what) => [...rowOf(ltv), what, ltv[what]]) : []),
  ];
}

const rowOf = ({ model, horizon_days }: Said): Cell[] => [model.name, model.version, horizon_days];
