/** Conditions on events: rows of property, comparison and value, all of which must hold. */
import { useProperties } from './catalogue.js';
import { TextInput } from './fields.js';

export interface Condition {
  property: string;
  op: string;
  /** As typed; numbers, true and false are sent as what they are. */
  value: string;
}

const OPERATORS: readonly (readonly [op: string, text: string])[] = [
  ['eq', 'is'],
  ['ne', 'is not'],
  ['gt', 'is more than'],
  ['gte', 'is at least'],
  ['lt', 'is less than'],
  ['lte', 'is at most'],
  ['in', 'is one of'],
  ['not_in', 'is none of'],
  ['contains', 'contains'],
  ['not_contains', 'does not contain'],
  ['starts_with', 'begins with'],
  ['ends_with', 'ends with'],
  ['matches', 'matches'],
  ['is_set', 'is there'],
  ['is_not_set', 'is missing'],
];
const LISTS = new Set(['in', 'not_in']);
const WITHOUT_VALUE = new Set(['is_set', 'is_not_set']);

/** Where a property stands, this asks whether the person belongs to the cohort of that id. */
const COHORT = 'in_cohort';

/** A value as it was typed: a number, true and false are themselves; "quoted" is text whatever is in it. */
export function readValue(text: string): string | number | boolean {
  const trimmed = text.trim();
  if (/^".*"$/s.test(trimmed)) return trimmed.slice(1, -1);
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

/** The conditions as a question's `where`; undefined when none is filled in. */
export function toWhere(conditions: readonly Condition[]): object[] | undefined {
  const filled = conditions.filter(
    ({ property, op, value }) => property !== '' && (WITHOUT_VALUE.has(op) || value !== ''),
  );
  if (filled.length === 0) return undefined;
  return filled.map(({ property, op, value }) => {
    if (property === COHORT) return op === 'ne' ? { not: { in_cohort: value } } : { in_cohort: value };
    if (WITHOUT_VALUE.has(op)) return { property, op };
    return { property, op, value: LISTS.has(op) ? value.split(',').map(readValue) : readValue(value) };
  });
}

interface Props {
  conditions: readonly Condition[];
  onChange: (conditions: Condition[]) => void;
  /** The events whose properties are suggested. */
  events?: readonly string[];
  label?: string;
}

export function Conditions({ conditions, onChange, events = [], label = 'Only events where' }: Props) {
  const properties = useProperties(events);
  const set = (index: number, part: Partial<Condition>): void =>
    onChange(conditions.map((one, i) => (i === index ? { ...one, ...part } : one)));
  return (
    <fieldset class="conditions">
      {conditions.length > 0 && <legend class="legend">{label}</legend>}
      {conditions.map((condition, index) => (
        <div class="condition" key={index}>
          <TextInput
            label="Property"
            hidden
            value={condition.property}
            list={properties}
            placeholder="property"
            onChange={(property) => set(index, { property })}
          />
          <select
            aria-label="Comparison"
            value={condition.op}
            onChange={(event) => set(index, { op: event.currentTarget.value })}
          >
            {OPERATORS.map(([op, text]) => (
              <option key={op} value={op}>
                {text}
              </option>
            ))}
          </select>
          {!WITHOUT_VALUE.has(condition.op) && (
            <TextInput
              label="Value"
              hidden
              value={condition.value}
              placeholder={LISTS.has(condition.op) ? 'a, b, c' : 'value'}
              onChange={(value) => set(index, { value })}
            />
          )}
          <button
            type="button"
            class="quiet"
            aria-label={`Remove the condition on ${condition.property || 'nothing yet'}`}
            onClick={() => onChange(conditions.filter((_, i) => i !== index))}
          >
            ×
          </button>
        </div>
      ))}
      <button
        type="button"
        class="quiet"
        onClick={() => onChange([...conditions, { property: '', op: 'eq', value: '' }])}
      >
        + condition
      </button>
    </fieldset>
  );
}

/** A question takes at most so many properties to split by. */
const BREAKDOWN_MAX = 3;

interface BreakdownProps {
  properties: readonly string[];
  onChange: (properties: string[]) => void;
  events?: readonly string[];
}

export function Breakdown({ properties, onChange, events = [] }: BreakdownProps) {
  const known = useProperties(events);
  const shown = properties.length === 0 ? [''] : properties;
  return (
    <>
      {shown.map((property, index) => (
        <TextInput
          key={index}
          label={index === 0 ? 'Split by (optional)' : 'and by'}
          value={property}
          list={known}
          placeholder="plan"
          onChange={(value) =>
            onChange(shown.map((one, i) => (i === index ? value : one)).filter((one) => one !== ''))
          }
        />
      ))}
      {properties.length > 0 && properties.length < BREAKDOWN_MAX && !properties.includes('') && (
        <button type="button" class="quiet" onClick={() => onChange([...properties, ''])}>
          + property
        </button>
      )}
    </>
  );
}
