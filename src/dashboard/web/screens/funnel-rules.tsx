/** What holds between steps: their order, instants that are equal, properties that stay, events that must not come between. */
import { NamesInput, Select } from '../ui/fields.js';
import { EMPTY_MATCH } from './event-match.js';
import type { AskedExclusion, AskedRules } from './funnel-question.js';
import { MatchFields } from './match-fields.js';

export const ORDERS = [
  ['ordered', 'In order, with others between'],
  ['strict', 'In order, nothing between'],
  ['unordered', 'Any order'],
] as const;
const TIES = [
  ['any', 'may follow each other'],
  ['strict', 'do not follow each other'],
] as const;

interface Props {
  rules: AskedRules;
  names: readonly string[];
  change: (change: Partial<AskedRules>) => void;
  /** Where an exclusion begins that names no step. */
  first?: string;
}

export function ChainRules({ rules, names, change, first = 'the first step' }: Props) {
  const { ties, hold, exclusions, steps } = rules;
  const set = (index: number, part: Partial<AskedExclusion>): void =>
    change({ exclusions: exclusions.map((one, i) => (i === index ? { ...one, ...part } : one)) });
  return (
    <>
      <Select
        label="Events at the same instant"
        value={ties}
        options={TIES}
        onChange={(value) => change({ ties: value })}
      />
      <NamesInput
        label="Properties that must stay the same (with commas)"
        names={hold}
        placeholder="order_id"
        onChange={(value) => change({ hold: value })}
      />
      {exclusions.map((one, index) => (
        <Exclusion
          key={index}
          exclusion={one}
          number={index + 1}
          steps={steps.length}
          first={first}
          names={names}
          onChange={(part) => set(index, part)}
          onRemove={() => change({ exclusions: exclusions.filter((_, i) => i !== index) })}
        />
      ))}
      <button
        type="button"
        class="quiet"
        onClick={() => change({ exclusions: [...exclusions, { ...EMPTY_MATCH, from: '', to: '' }] })}
      >
        + event that must not come between
      </button>
    </>
  );
}

interface ExclusionProps {
  exclusion: AskedExclusion;
  number: number;
  /** How many there are. */
  steps: number;
  first: string;
  names: readonly string[];
  onChange: (part: Partial<AskedExclusion>) => void;
  onRemove: () => void;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);

function Exclusion({ exclusion, number, steps, first, names, onChange, onRemove }: ExclusionProps) {
  const { from, to } = exclusion;
  const numbered = (least: number, last: number, otherwise: string) => [
    ['', otherwise] as const,
    ...range(least, last).map((step) => [String(step), `step ${step}`] as const),
  ];
  return (
    <fieldset class="conditions boxed-part">
      <legend class="legend">Must not come between, {number}</legend>
      <MatchFields
        match={exclusion}
        label={`Event that must not come between, ${number}`}
        hidden
        names={names}
        only="Only where"
        onChange={onChange}
      />
      <div class="row">
        <Select
          label="From"
          value={from}
          options={numbered(1, steps - 1, first)}
          onChange={(value) => onChange({ from: value })}
        />
        <Select
          label="to"
          value={to}
          options={numbered(2, steps, 'the last step')}
          onChange={(value) => onChange({ to: value })}
        />
      </div>
      <button type="button" class="quiet" onClick={onRemove}>
        Let it come between
      </button>
    </fieldset>
  );
}
