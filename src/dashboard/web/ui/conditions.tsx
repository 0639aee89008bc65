/** Conditions on events: rows of property, comparison and value, all of which must hold. */
import type { ComponentChildren } from 'preact';
import { useProperties } from './catalogue.js';
import { TextInput } from './fields.js';
import { BesideFields } from './notices.js';
import { type Condition, describeWhere, LISTS, OPERATORS, WITHOUT_VALUE } from './where.js';

export { type Condition, readValue, toWhere } from './where.js';

interface Props {
  conditions: readonly Condition[];
  onChange: (conditions: Condition[]) => void;
  /** The events whose properties are suggested. */
  events?: readonly string[];
  label?: string;
  /** What the interface calls them: what is said of them stands below. */
  field?: string;
  /** Beside the button that adds one. */
  children?: ComponentChildren;
}

export function Conditions({
  conditions,
  onChange,
  events = [],
  label = 'Only events where',
  field = 'where',
  children,
}: Props) {
  const properties = useProperties(events);
  const set = (index: number, part: Partial<Condition>): void =>
    onChange(conditions.map((one, i) => (i === index ? { ...one, ...part } : one)));
  return (
    <fieldset class="conditions">
      {conditions.length > 0 && <legend class="legend">{label}</legend>}
      {conditions.map((condition, index) => (
        <Row
          key={index}
          condition={condition}
          properties={properties}
          onChange={(part) => set(index, part)}
          onRemove={() => onChange(conditions.filter((_, i) => i !== index))}
        />
      ))}
      <BesideFields fields={[field]} />
      <div class="adders">
        <button
          type="button"
          class="quiet"
          onClick={() => onChange([...conditions, { property: '', op: 'eq', value: '' }])}
        >
          + condition
        </button>
        {children}
      </div>
    </fieldset>
  );
}

interface RowProps {
  condition: Condition;
  properties: readonly string[];
  onChange: (part: Partial<Condition>) => void;
  onRemove: () => void;
}

function Row({ condition, properties, onChange, onRemove }: RowProps) {
  const { property, op, value, raw } = condition;
  const said = raw ? describeWhere(raw) : property || 'nothing yet';
  const remove = (
    <button type="button" class="quiet" aria-label={`Remove the condition on ${said}`} onClick={onRemove}>
      ×
    </button>
  );
  if (raw)
    return (
      <div class="condition written">
        <span>{said}</span>
        {remove}
      </div>
    );
  return (
    <div class="condition">
      <TextInput
        label="Property"
        hidden
        value={property}
        list={properties}
        placeholder="property"
        onChange={(name) => onChange({ property: name })}
      />
      <select
        aria-label="Comparison"
        value={op}
        onChange={(event) => onChange({ op: event.currentTarget.value })}
      >
        {OPERATORS.map(([operator, text]) => (
          <option key={operator} value={operator}>
            {text}
          </option>
        ))}
      </select>
      {!WITHOUT_VALUE.has(op) && (
        <TextInput
          label="Value"
          hidden
          value={value}
          placeholder={LISTS.has(op) ? 'a, b, c' : 'value'}
          onChange={(text) => onChange({ value: text })}
        />
      )}
      {remove}
    </div>
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
          fields={[`breakdown[${index}]`]}
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
