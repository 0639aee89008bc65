/** Steps of a funnel, or of a goal that is one: their events and conditions, and what comes after what when they branch. */
import { Conditions } from '../ui/conditions.js';
import { TextInput } from '../ui/fields.js';
import { describeWhere, toWhere } from '../ui/where.js';
import { isNamed } from './event-match.js';
import { addStep, removeEdges, removeStep } from './funnel-graph.js';
import { type AskedEdge, type AskedFunnel, type AskedStep, EMPTY_STEP } from './funnel-question.js';

type Steps = Pick<AskedFunnel, 'steps' | 'exclusions' | 'paths'>;

interface Props {
  asked: Steps;
  names: readonly string[];
  change: (change: Partial<Steps>) => void;
  /** Steps there must be. */
  least: number;
  /** Whose steps these are, where there are several lists: "Goal 2, ". */
  owner?: string;
}

/** "2. cart_added" */
const nameStep = ({ label, events }: AskedStep, index: number): string =>
  `${index + 1}. ${label || events.filter((event) => event !== '').join(' or ') || 'a step without an event'}`;

export function StepList({ asked, names, change, least, owner = '' }: Props) {
  const { steps, paths } = asked;
  const set = (index: number, part: Partial<AskedStep>): void =>
    change({ steps: steps.map((step, i) => (i === index ? { ...step, ...part } : step)) });
  const remove = (index: number): void =>
    change({ ...removeStep(asked, index), paths: removeEdges(paths, steps[index]!.id) });
  // The interface counts the steps that are named; nothing is said of the others.
  const fieldOf = (index: number): string =>
    isNamed(steps[index]!) ? `steps[${steps.slice(0, index).filter(isNamed).length}]` : '';
  return (
    <>
      {steps.map((step, index) => (
        <fieldset class="step" key={index}>
          <legend class="visually-hidden">{`${owner}Step ${index + 1}`}</legend>
          <span class="number">{index + 1}</span>
          <div>
            <Events
              step={step}
              name={`${owner}Step ${index + 1}`}
              field={fieldOf(index)}
              names={names}
              onChange={(part) => set(index, part)}
            />
            {paths && (
              <After
                steps={steps}
                index={index}
                paths={paths}
                onChange={(edges) => change({ paths: edges })}
              />
            )}
            <More
              step={step}
              field={fieldOf(index)}
              isFirst={index === 0}
              isLast={index === steps.length - 1}
              inGraph={paths !== null}
              onChange={(part) => set(index, part)}
            />
          </div>
          <button
            type="button"
            class="quiet"
            aria-label={`Remove ${owner}step ${index + 1}`}
            disabled={steps.length <= least}
            onClick={() => remove(index)}
          >
            ×
          </button>
        </fieldset>
      ))}
      <button type="button" onClick={() => change(addStep(asked, EMPTY_STEP))}>
        Add a step
      </button>
    </>
  );
}

interface PartProps {
  step: AskedStep;
  /** What the interface calls the step. */
  field: string;
  onChange: (part: Partial<AskedStep>) => void;
}

interface EventsProps extends PartProps {
  name: string;
  names: readonly string[];
}

function Events({ step, name, field, names, onChange }: EventsProps) {
  return (
    <>
      {step.events.map((event, at) => (
        <TextInput
          key={at}
          label={at === 0 ? name : 'or'}
          hidden={at === 0}
          value={event}
          list={names}
          placeholder="event"
          fields={at === 0 ? [`${field}.event`, `${field}.any_of[0]`] : [`${field}.any_of[${at}]`]}
          onChange={(value) => onChange({ events: step.events.map((one, i) => (i === at ? value : one)) })}
        />
      ))}
    </>
  );
}

/** What is set of a step beside its events, in words. */
const describeMore = ({ where, label, within, optional }: AskedStep): string =>
  [
    label ? `called ${label}` : '',
    toWhere(where) ? `only where ${describeWhere(toWhere(where))}` : '',
    within ? `within ${within}` : '',
    optional ? 'may be left out' : '',
  ]
    .filter((part) => part !== '')
    .join(', ') || 'more';

interface MoreProps extends PartProps {
  isFirst: boolean;
  isLast: boolean;
  /** Edges say what of a row steps say themselves. */
  inGraph: boolean;
}

function More({ step, field, isFirst, isLast, inGraph, onChange }: MoreProps) {
  return (
    <details>
      <summary class="muted">{describeMore(step)}</summary>
      <Conditions
        conditions={step.where}
        events={step.events}
        label="Only where"
        field={`${field}.where`}
        onChange={(where) => onChange({ where })}
      >
        <button type="button" class="quiet" onClick={() => onChange({ events: [...step.events, ''] })}>
          + or another event
        </button>
      </Conditions>
      <TextInput
        label="What it is called (optional)"
        value={step.label ?? ''}
        onChange={(label) => onChange({ label })}
      />
      {(step.within !== '' || (!isFirst && !inGraph)) && (
        <TextInput
          label="At most after the step before"
          value={step.within}
          fields={[`${field}.within`]}
          placeholder="1h"
          onChange={(within) => onChange({ within })}
        />
      )}
      {(step.optional || (!isFirst && !isLast && !inGraph)) && (
        <label class="check">
          <input
            type="checkbox"
            checked={step.optional}
            onChange={(event) => onChange({ optional: event.currentTarget.checked })}
          />
          May be left out
        </label>
      )}
    </details>
  );
}

interface AfterProps {
  steps: readonly AskedStep[];
  index: number;
  paths: readonly AskedEdge[];
  onChange: (paths: AskedEdge[]) => void;
}

/** The steps that one comes after. */
function After({ steps, index, paths, onChange }: AfterProps) {
  const own = steps[index]!.id!;
  const others = steps.flatMap((step, i) => (i === index ? [] : [[step.id!, nameStep(step, i)] as const]));
  const edges = paths.flatMap((edge, at) => (edge.to === own ? [{ edge, at }] : []));
  const free = others.find(([id]) => !edges.some(({ edge }) => edge.from === id));
  const set = (at: number, part: Partial<AskedEdge>): void =>
    onChange(paths.map((edge, i) => (i === at ? { ...edge, ...part } : edge)));
  return (
    <div class="after">
      {edges.length === 0 && <span class="muted">begins a path</span>}
      {edges.map(({ edge, at }) => (
        <div class="edge" key={at}>
          <span class="muted">after</span>
          <select
            aria-label={`Step ${index + 1} comes after`}
            value={edge.from}
            onChange={(event) => set(at, { from: event.currentTarget.value })}
          >
            {others.map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
          <input
            aria-label="At most so long after it"
            value={edge.within}
            placeholder="1h"
            onInput={(event) => set(at, { within: event.currentTarget.value })}
          />
          <button
            type="button"
            class="quiet"
            aria-label={`Step ${index + 1} no longer comes after ${others.find(([id]) => id === edge.from)?.[1] ?? 'it'}`}
            onClick={() => onChange(paths.filter((_, i) => i !== at))}
          >
            ×
          </button>
        </div>
      ))}
      {free && (
        <button
          type="button"
          class="quiet"
          onClick={() => onChange([...paths, { from: free[0], to: own, within: '' }])}
        >
          + after {edges.length === 0 ? 'a step' : 'another step'}
        </button>
      )}
    </div>
  );
}
