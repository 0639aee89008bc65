/** Makes a cohort: criteria with the size they give while one chooses, or a list of people. */
import { useState } from 'preact/hooks';
import { callApi, useAnswer } from '../api.js';
import { formatNumber, formatPeople } from '../format.js';
import { addressOf, navigate, useQuestion } from '../route.js';
import { useCall } from '../ui/call.js';
import { useEventNames } from '../ui/catalogue.js';
import { Conditions } from '../ui/conditions.js';
import { Field, Select, TextInput } from '../ui/fields.js';
import { ProblemNote } from '../ui/problem.js';
import { COHORTS_PATH, type Cohort } from './cohort.js';
import {
  type AskedCriterion,
  type CriterionKind,
  composeCriteria,
  EMPTY_CRITERION,
} from './cohort-criteria.js';
import { SequenceFields } from './cohort-sequence.js';

const KINDS: readonly (readonly [kind: CriterionKind, text: string])[] = [
  ['did', 'did'],
  ['did_not', 'did not do'],
  ['sequence', 'did in this order'],
  ['first', 'did for the first time'],
  ['last', 'did for the last time'],
  ['property', 'are known to be'],
  ['in_cohort', 'belong to a cohort'],
];

interface Asked {
  joint: 'and' | 'or';
  criteria: AskedCriterion[];
}

export function CohortBuilder({ cohorts }: { cohorts: readonly Cohort[] }) {
  const names = useEventNames();
  const [asked, change] = useQuestion<Asked>({ joint: 'and', criteria: [EMPTY_CRITERION] });
  const [name, setName] = useState('');
  const [failed, run] = useCall();
  const criteria = composeCriteria(asked.criteria, asked.joint);
  const preview = useAnswer<{ size: number }>(
    criteria && { path: `${COHORTS_PATH}/preview`, body: { criteria } },
  );
  const set = (index: number, part: Partial<AskedCriterion>): void =>
    change({ criteria: asked.criteria.map((one, i) => (i === index ? { ...one, ...part } : one)) });
  const save = (event: Event): Promise<void> => {
    event.preventDefault();
    return run(async () => {
      const { id } = await callApi<Cohort>(COHORTS_PATH, { body: { name, criteria } });
      navigate(addressOf('cohorts', undefined, id));
    });
  };
  return (
    <section class="panel" aria-label="New cohort">
      <h2>People who…</h2>
      <form class="ask" onSubmit={save}>
        {asked.criteria.map((criterion, index) => (
          <Criterion
            key={index}
            criterion={criterion}
            names={names}
            cohorts={cohorts}
            onChange={(part) => set(index, part)}
            onRemove={
              asked.criteria.length > 1
                ? () => change({ criteria: asked.criteria.filter((_, i) => i !== index) })
                : undefined
            }
          />
        ))}
        <div class="row">
          <button
            type="button"
            class="quiet"
            onClick={() => change({ criteria: [...asked.criteria, EMPTY_CRITERION] })}
          >
            + criterion
          </button>
          {asked.criteria.length > 1 && (
            <Select
              label="They fulfil"
              value={asked.joint}
              options={[
                ['and', 'all of these'],
                ['or', 'any of these'],
              ]}
              onChange={(joint) => change({ joint: joint === 'or' ? 'or' : 'and' })}
            />
          )}
        </div>
        <p aria-live="polite" class="size">
          {preview.data && (
            <>
              <b>{formatNumber(preview.data.size)}</b>{' '}
              {preview.data.size === 1 ? 'person belongs' : 'people belong'} now
            </>
          )}
          {!criteria && <span class="muted">Name an event: how many belong appears here.</span>}
        </p>
        {(failed ?? preview.problem) && <ProblemNote problem={(failed ?? preview.problem)!} />}
        <div class="row">
          <TextInput label="Name" hidden value={name} placeholder="Name of the cohort" onChange={setName} />
          <button type="submit" class="primary" disabled={!criteria || name.trim() === ''}>
            Save
          </button>
        </div>
      </form>
      <NewList />
    </section>
  );
}

interface CriterionProps {
  criterion: AskedCriterion;
  names: readonly string[];
  cohorts: readonly Cohort[];
  onChange: (part: Partial<AskedCriterion>) => void;
  onRemove: (() => void) | undefined;
}

function Criterion({ criterion, names, cohorts, onChange, onRemove }: CriterionProps) {
  const { kind } = criterion;
  return (
    <fieldset class="conditions criterion">
      <legend class="visually-hidden">Criterion</legend>
      <div class="row">
        <select
          aria-label="What they did or are"
          value={kind}
          onChange={(event) =>
            onChange({ kind: KINDS.find(([one]) => one === event.currentTarget.value)![0] })
          }
        >
          {KINDS.map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
        {onRemove && (
          <button type="button" class="quiet" aria-label="Remove the criterion" onClick={onRemove}>
            ×
          </button>
        )}
      </div>
      {kind === 'in_cohort' && (
        <Select
          label="Cohort"
          value={criterion.cohort}
          options={[['', 'choose one'], ...cohorts.map(({ id, name }) => [id, name] as const)]}
          onChange={(cohort) => onChange({ cohort })}
        />
      )}
      {kind === 'property' && <PropertyFields criterion={criterion} onChange={onChange} />}
      {kind === 'sequence' && <SequenceFields criterion={criterion} names={names} onChange={onChange} />}
      {kind !== 'in_cohort' && kind !== 'property' && kind !== 'sequence' && (
        <EventFields criterion={criterion} names={names} onChange={onChange} />
      )}
    </fieldset>
  );
}

type FieldsProps = Pick<CriterionProps, 'criterion' | 'onChange'>;

function PropertyFields({ criterion, onChange }: FieldsProps) {
  return (
    <div class="row">
      <TextInput
        label="Property"
        value={criterion.property}
        placeholder="user.plan"
        onChange={(property) => onChange({ property })}
      />
      <TextInput
        label="is"
        value={criterion.value}
        placeholder="plus"
        onChange={(value) => onChange({ value })}
      />
    </div>
  );
}

function EventFields({ criterion, names, onChange }: FieldsProps & Pick<CriterionProps, 'names'>) {
  return (
    <>
      <TextInput
        label="Event"
        hidden
        value={criterion.event}
        list={names}
        placeholder="event"
        onChange={(event) => onChange({ event })}
      />
      <div class="row">
        {criterion.kind === 'did' && (
          <TextInput
            label="At least so many times"
            value={criterion.times}
            placeholder="1"
            onChange={(times) => onChange({ times })}
          />
        )}
        <TextInput
          label="In the last"
          value={criterion.within}
          placeholder="ever"
          onChange={(within) => onChange({ within })}
        />
      </div>
      <Conditions
        conditions={criterion.where}
        events={[criterion.event]}
        onChange={(where) => onChange({ where })}
      />
    </>
  );
}

/** A fixed list: ids, one a line. */
function NewList() {
  const [name, setName] = useState('');
  const [ids, setIds] = useState('');
  const [problem, run] = useCall();
  const users = ids.split(/\s*[\n,]\s*/).filter((id) => id !== '');
  const save = (event: Event): Promise<void> => {
    event.preventDefault();
    return run(async () => {
      const { id } = await callApi<Cohort>(COHORTS_PATH, { body: { name, static: true, users } });
      navigate(addressOf('cohorts', undefined, id));
    });
  };
  return (
    <details class="next">
      <summary>Or a list of people</summary>
      <form class="ask" onSubmit={save}>
        {problem && <ProblemNote problem={problem} />}
        <Field label="Ids of users, one a line">
          {(id) => (
            <textarea id={id} rows={6} value={ids} onInput={(event) => setIds(event.currentTarget.value)} />
          )}
        </Field>
        <div class="row">
          <TextInput label="Name of the list" hidden value={name} placeholder="Name" onChange={setName} />
          <button type="submit" disabled={users.length === 0 || name.trim() === ''}>
            Save {formatPeople(users.length)}
          </button>
        </div>
      </form>
    </details>
  );
}
