/** The goals of an experiment, each of its own kind. */
import { useProperties } from '../ui/catalogue.js';
import { Field, Select, TextInput } from '../ui/fields.js';
import {
  type AskedGoal,
  type AskedPart,
  EMPTY_GOAL,
  type GoalKind,
  needsProperty,
} from './experiment-goal.js';
import { ChainRules, ORDERS } from './funnel-rules.js';
import { StepList } from './funnel-steps.js';
import { MatchFields } from './match-fields.js';
import { useMetrics } from './metric-units.js';

const KINDS = [
  ['conversion', 'Share of people who did'],
  ['count', 'How often people did'],
  ['sum', 'Sum of a property, per person'],
  ['average', 'Average of a property, per event'],
  ['median', 'Median of a property, over events'],
  ['p75', 'p75 of a property, over events'],
  ['p90', 'p90 of a property, over events'],
  ['p95', 'p95 of a property, over events'],
  ['p99', 'p99 of a property, over events'],
  ['ratio', 'One number per another'],
  ['funnel', 'Share of people through a funnel'],
  ['metric', 'A saved metric'],
  ['definition', 'A metric written here'],
] as const;
const PART_KINDS = [
  ['count', 'how often people did'],
  ['conversion', 'whether people did'],
  ['sum', 'the sum of a property'],
] as const;
const BETTER = [
  ['higher', 'higher'],
  ['lower', 'lower'],
] as const;
/** The exposure comes first, so steps have an order. */
const GOAL_ORDERS = ORDERS.filter(([order]) => order !== 'unordered');
const DEFINITION_ROWS = 4;

interface ListProps {
  goals: AskedGoal[];
  names: readonly string[];
  onChange: (goals: AskedGoal[]) => void;
}

export function Goals({ goals, names, onChange }: ListProps) {
  return (
    <>
      {goals.map((goal, index) => (
        <fieldset class="conditions boxed-part" key={index}>
          <legend class="legend">Goal {index + 1}</legend>
          <Goal
            goal={goal}
            title={`Goal ${index + 1}`}
            names={names}
            change={(part) => onChange(goals.map((one, i) => (i === index ? { ...one, ...part } : one)))}
          />
          {goals.length > 1 && (
            <button type="button" class="quiet" onClick={() => onChange(goals.filter((_, i) => i !== index))}>
              Remove goal {index + 1}
            </button>
          )}
        </fieldset>
      ))}
      <button type="button" onClick={() => onChange([...goals, EMPTY_GOAL])}>
        Add a goal
      </button>
    </>
  );
}

interface GoalProps {
  goal: AskedGoal;
  /** "Goal 2" */
  title: string;
  names: readonly string[];
  change: (part: Partial<AskedGoal>) => void;
}

function Goal({ goal, title, names, change }: GoalProps) {
  return (
    <>
      <Select
        label={`${title} measures`}
        value={goal.kind}
        options={KINDS}
        onChange={(kind) => change({ kind: kind as GoalKind })}
      />
      <Measured goal={goal} title={title} names={names} change={change} />
      <Select
        label={`${title} is better when`}
        value={goal.better}
        options={BETTER}
        onChange={(better) => change({ better })}
      />
      <details>
        <summary class="muted">
          {[goal.name && `called ${goal.name}`, goal.window && `counts for ${goal.window}`]
            .filter(Boolean)
            .join(', ') || 'more'}
        </summary>
        <TextInput
          label={`${title}: what it is called (optional)`}
          value={goal.name}
          onChange={(name) => change({ name })}
        />
        <TextInput
          label={`${title} counts for so long after the exposure (optional)`}
          value={goal.window}
          placeholder="7d"
          onChange={(window) => change({ window })}
        />
      </details>
    </>
  );
}

function Measured({ goal, title, names, change }: GoalProps) {
  switch (goal.kind) {
    case 'ratio':
      return (
        <>
          <Part
            part={goal.numerator}
            title={`${title}, above`}
            names={names}
            onChange={(part) => change({ numerator: { ...goal.numerator, ...part } })}
          />
          <Part
            part={goal.denominator}
            title={`${title}, per`}
            names={names}
            onChange={(part) => change({ denominator: { ...goal.denominator, ...part } })}
          />
        </>
      );
    case 'metric':
      return <SavedMetric goal={goal} title={title} change={change} />;
    case 'definition':
      return <WrittenMetric goal={goal} title={title} change={change} />;
    case 'funnel':
      return <GoalFunnel goal={goal} title={title} names={names} change={change} />;
    default:
      return (
        <>
          <MatchFields
            match={goal}
            label={`${title}: the event`}
            names={names}
            placeholder="checkout_completed"
            onChange={change}
          />
          {needsProperty(goal.kind) && (
            <Property
              title={title}
              property={goal.property}
              events={goal.events}
              onChange={(property) => change({ property })}
            />
          )}
        </>
      );
  }
}

interface PropertyProps {
  title: string;
  property: string;
  events: readonly string[];
  onChange: (property: string) => void;
}

const Property = ({ title, property, events, onChange }: PropertyProps) => (
  <TextInput
    label={`${title}: the property`}
    value={property}
    list={useProperties(events)}
    placeholder="revenue"
    onChange={onChange}
  />
);

interface PartProps {
  part: AskedPart;
  title: string;
  names: readonly string[];
  onChange: (part: Partial<AskedPart>) => void;
}

/** One of the two numbers of a ratio. */
function Part({ part, title, names, onChange }: PartProps) {
  return (
    <>
      <Select
        label={`${title}:`}
        value={part.measure}
        options={PART_KINDS}
        onChange={(measure) => onChange({ measure: measure as AskedPart['measure'] })}
      />
      <MatchFields
        match={part}
        label={`${title}: the event`}
        names={names}
        placeholder="checkout_completed"
        onChange={onChange}
      />
      {part.measure === 'sum' && (
        <Property
          title={title}
          property={part.property}
          events={part.events}
          onChange={(property) => onChange({ property })}
        />
      )}
    </>
  );
}

type MetricProps = Pick<GoalProps, 'goal' | 'title' | 'change'>;

function SavedMetric({ goal, title, change }: MetricProps) {
  const metrics = useMetrics();
  const chosen = metrics.find(({ id, name }) => id === goal.metric || name === goal.metric);
  return (
    <>
      <TextInput
        label={`${title}: the metric`}
        value={goal.metric}
        list={metrics.map(({ name }) => name)}
        placeholder={metrics[0]?.name ?? 'define one at Metrics first'}
        onChange={(metric) => change({ metric })}
      />
      {chosen && chosen.name !== goal.metric && <span class="muted">{chosen.name}</span>}
      <p class="muted">
        Of a count, a sum, a number of people, an average or a ratio of these, over the people of each
        variant.
      </p>
    </>
  );
}

const WrittenMetric = ({ goal, title, change }: MetricProps) => (
  <Field label={`${title}: the metric, in its language`}>
    {(id) => (
      <textarea
        id={id}
        class="code"
        rows={DEFINITION_ROWS}
        spellcheck={false}
        value={goal.definition}
        placeholder={'metric "basket" {\n  formula = "avg(checkout_completed.revenue)"\n}'}
        onInput={(event) => change({ definition: event.currentTarget.value })}
      />
    )}
  </Field>
);

function GoalFunnel({ goal, title, names, change }: GoalProps) {
  const { rules } = goal;
  const set = (part: Partial<AskedGoal['rules']>): void => change({ rules: { ...rules, ...part } });
  return (
    <>
      <p class="muted">After the exposure:</p>
      <StepList
        asked={{ ...rules, paths: null }}
        names={names}
        change={({ paths: _, ...part }) => set(part)}
        least={1}
        owner={`${title}, `}
      />
      <details>
        <summary class="muted">Rules of the funnel</summary>
        <TextInput
          label={`${title}: all steps within (optional)`}
          value={rules.window}
          placeholder="1d"
          onChange={(window) => set({ window })}
        />
        <Select
          label={`${title}: order`}
          value={rules.order}
          options={GOAL_ORDERS}
          onChange={(order) => set({ order })}
        />
        <ChainRules rules={rules} names={names} first="the exposure" change={set} />
      </details>
    </>
  );
}
