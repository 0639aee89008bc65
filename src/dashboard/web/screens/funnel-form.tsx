/** The left half of the funnel screen: steps, and the rules between them. */
import { useState } from 'preact/hooks';
import { Breakdown } from '../ui/conditions.js';
import { RangePicker, Select, TextInput } from '../ui/fields.js';
import { branchSteps, lineUp } from './funnel-graph.js';
import type { AskedFunnel } from './funnel-question.js';
import { ChainRules, ORDERS } from './funnel-rules.js';
import { StepList } from './funnel-steps.js';

interface Props {
  asked: AskedFunnel;
  names: readonly string[];
  change: (change: Partial<AskedFunnel>) => void;
}

const COUNTS = [
  ['users', 'People'],
  ['sessions', 'Sessions'],
  ['conversions', 'Conversions'],
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
const STEPS_MIN = 2;

export function FunnelForm({ asked, names, change }: Props) {
  return (
    <>
      <StepList asked={asked} names={names} change={change} least={STEPS_MIN} />
      <label class="check">
        <input
          type="checkbox"
          checked={asked.paths !== null}
          onChange={(event) =>
            change(event.currentTarget.checked ? branchSteps(asked.steps) : lineUp(asked.steps))
          }
        />
        Steps branch: each says what it comes after
      </label>
      <TextInput
        label="Conversion window (such as 90s, 30m, 7d)"
        value={asked.window}
        fields={['window']}
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
      <Rules asked={asked} names={names} change={change} />
    </>
  );
}

const hasRules = ({ reentry, ties, hold, exclusions, compare, grain }: AskedFunnel): boolean =>
  reentry !== 'best' || ties !== 'any' || hold.length + exclusions.length > 0 || compare || grain !== '';

function Rules({ asked, names, change }: Props) {
  // Rules that were saved are seen without a click.
  const [open] = useState(hasRules(asked));
  return (
    <details open={open}>
      <summary>More rules</summary>
      <div class="ask">
        <Select
          label="Entries of one person"
          value={asked.reentry}
          options={REENTRIES}
          onChange={(reentry) => change({ reentry })}
        />
        <ChainRules rules={asked} names={names} change={change} />
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
