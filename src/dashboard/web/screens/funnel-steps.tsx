/** The left half of the funnel screen: steps with their conditions, and the rules between them. */
import { Breakdown, Conditions } from '../ui/conditions.js';
import { RangePicker, Select, TextInput } from '../ui/fields.js';
import { type AskedFunnel, type AskedStep, EMPTY_STEP } from './funnel-question.js';

interface Props {
  asked: AskedFunnel;
  names: readonly string[];
  change: (change: Partial<AskedFunnel>) => void;
}

const ORDERS = [
  ['ordered', 'In order, other events may come between'],
  ['strict', 'In order, nothing between'],
  ['unordered', 'Any order'],
] as const;
const COUNTS = [
  ['users', 'People'],
  ['sessions', 'Sessions'],
  ['conversions', 'Conversions'],
] as const;
const TIES = [
  ['any', 'may follow each other'],
  ['strict', 'do not follow each other'],
] as const;
const REENTRIES = [
  ['best', 'Any entry counts'],
  ['first', 'Only the first entry counts'],
] as const;
const GRAINS = [
  ['', 'no trend'],
  ['day', 'by day'],
  ['week', 'by week'],
  ['month', 'by month'],
] as const;

export function FunnelSteps({ asked, names, change }: Props) {
  const set = (index: number, part: Partial<AskedStep>): void =>
    change({ steps: asked.steps.map((step, i) => (i === index ? { ...step, ...part } : step)) });
  return (
    <>
      {asked.steps.map((step, index) => (
        <Step
          key={index}
          step={step}
          index={index}
          names={names}
          last={index === asked.steps.length - 1}
          onChange={(part) => set(index, part)}
          onRemove={
            asked.steps.length > 2
              ? () => change({ steps: asked.steps.filter((_, i) => i !== index) })
              : undefined
          }
        />
      ))}
      <button type="button" onClick={() => change({ steps: [...asked.steps, EMPTY_STEP] })}>
        Add a step
      </button>
      <TextInput
        label="Conversion window (such as 90s, 30m, 7d)"
        value={asked.window}
        onChange={(window) => change({ window })}
      />
      <Select label="Order" value={asked.order} options={ORDERS} onChange={(order) => change({ order })} />
      <Select label="Count" value={asked.count} options={COUNTS} onChange={(count) => change({ count })} />
      <RangePicker range={asked} onChange={change} />
      <Breakdown
        properties={asked.breakdown}
        events={asked.steps[0]?.events ?? []}
        onChange={(breakdown) => change({ breakdown })}
      />
      <Rules asked={asked} change={change} />
    </>
  );
}

interface StepProps {
  step: AskedStep;
  index: number;
  names: readonly string[];
  last: boolean;
  onChange: (part: Partial<AskedStep>) => void;
  onRemove: (() => void) | undefined;
}

function Step({ step, index, names, last, onChange, onRemove }: StepProps) {
  const setEvent = (at: number, event: string): void =>
    onChange({ events: step.events.map((one, i) => (i === at ? event : one)) });
  return (
    <fieldset class="step">
      <legend class="visually-hidden">Step {index + 1}</legend>
      <span class="number">{index + 1}</span>
      <div>
        {step.events.map((event, at) => (
          <TextInput
            key={at}
            label={at === 0 ? `Step ${index + 1}` : 'or'}
            hidden={at === 0}
            value={event}
            list={names}
            placeholder="event"
            onChange={(value) => setEvent(at, value)}
          />
        ))}
        <details>
          <summary class="muted">more</summary>
          <Conditions
            conditions={step.where}
            events={step.events}
            label="Only where"
            onChange={(where) => onChange({ where })}
          />
          <button type="button" class="quiet" onClick={() => onChange({ events: [...step.events, ''] })}>
            + or another event
          </button>
          {index > 0 && (
            <TextInput
              label="At most after the step before"
              value={step.within}
              placeholder="1h"
              onChange={(within) => onChange({ within })}
            />
          )}
          {index > 0 && !last && (
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
      </div>
      <button
        type="button"
        class="quiet"
        aria-label={`Remove step ${index + 1}`}
        disabled={onRemove === undefined}
        onClick={onRemove}
      >
        ×
      </button>
    </fieldset>
  );
}

function Rules({ asked, change }: Omit<Props, 'names'>) {
  return (
    <details>
      <summary>More rules</summary>
      <div class="ask">
        <Select
          label="Entries of one person"
          value={asked.reentry}
          options={REENTRIES}
          onChange={(reentry) => change({ reentry })}
        />
        <Select
          label="Events at the same instant"
          value={asked.ties}
          options={TIES}
          onChange={(ties) => change({ ties })}
        />
        <TextInput
          label="Properties that must stay the same (with commas)"
          value={asked.hold}
          placeholder="order_id"
          onChange={(hold) => change({ hold })}
        />
        <TextInput
          label="Events that must not come between (with commas)"
          value={asked.excluded}
          onChange={(excluded) => change({ excluded })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={asked.branches}
            onChange={(event) => change({ branches: event.currentTarget.checked })}
          />
          Alternatives of a step are branches, counted each
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={asked.compare}
            onChange={(event) => change({ compare: event.currentTarget.checked })}
          />
          Compare with the period before
        </label>
        <Select label="Trend" value={asked.grain} options={GRAINS} onChange={(grain) => change({ grain })} />
        <TextInput
          label="Split by the value at (first, last, all, step:2)"
          value={asked.attribution}
          onChange={(attribution) => change({ attribution })}
        />
      </div>
    </details>
  );
}
