/** What a question is made of: events, conditions, a range, a time zone. */
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Beside, BesideFields, useNotices } from './notices.js';

interface FieldProps {
  label: string;
  /** The label is said, not shown: its row shows what the control is. */
  hidden?: boolean;
  children: (id: string) => ComponentChildren;
}

/** A label over its control; the control takes the id it is given. */
export function Field({ label, hidden = false, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hidden ? 'visually-hidden' : undefined}>
        {label}
      </label>
      {children(id)}
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  onChange: (value: string) => void;
}

export function Select({ label, value, options, onChange }: SelectProps) {
  return (
    <Field label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface TextProps {
  label: string;
  value: string;
  hidden?: boolean;
  placeholder?: string;
  list?: readonly string[];
  /** What the interface calls the field: what is said of it stands below it. */
  fields?: readonly string[];
  onChange: (value: string) => void;
}

const NO_FIELDS: readonly string[] = [];

/** A text input with suggestions. */
export function TextInput(props: TextProps) {
  const { label, hidden, value, placeholder, list, fields = NO_FIELDS, onChange } = props;
  const notices = useNotices(fields);
  const isWrong = notices.some(({ severity }) => severity === 'error');
  return (
    <Field label={label} hidden={hidden}>
      {(id) => (
        <>
          <input
            id={id}
            value={value}
            placeholder={placeholder}
            aria-invalid={isWrong ? true : undefined}
            aria-describedby={notices.length > 0 ? `${id}-said` : undefined}
            list={list && `${id}-list`}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
          {list && (
            <datalist id={`${id}-list`}>
              {list.map((item) => (
                <option key={item} value={item} />
              ))}
            </datalist>
          )}
          <Beside notices={notices} id={`${id}-said`} />
        </>
      )}
    </Field>
  );
}

const splitNames = (text: string): string[] => text.split(',').flatMap((name) => name.trim() || []);

interface NamesProps {
  label: string;
  names: readonly string[];
  placeholder?: string;
  onChange: (names: string[]) => void;
}

/** Names in one line, with commas. A name with a comma in it stays as it is until the line is changed. */
export function NamesInput({ label, names, placeholder, onChange }: NamesProps) {
  const [text, setText] = useState(names.join(', '));
  const isTyped = splitNames(text).join('\0') === names.join('\0');
  const type = (typed: string): void => {
    setText(typed);
    onChange(splitNames(typed));
  };
  return (
    <TextInput
      label={label}
      value={isTyped ? text : names.join(', ')}
      placeholder={placeholder}
      onChange={type}
    />
  );
}

export interface Range {
  from: string;
  to: string;
  timezone: string;
}

const DAY_MS = 86_400_000;
const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The last `days` days, today included. */
export const lastDays = (days: number): Range => ({
  from: isoDay(Date.now() - (days - 1) * DAY_MS),
  to: isoDay(Date.now() + DAY_MS),
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});

const PRESETS: readonly (readonly [string, number])[] = [
  ['7 days', 7],
  ['30 days', 30],
  ['90 days', 90],
  ['1 year', 365],
];

export function RangePicker({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  return (
    <fieldset class="field" style={{ border: 0, padding: 0, margin: 0 }}>
      <legend class="legend">Range (the end is not included)</legend>
      <div class="row">
        <input
          type="date"
          aria-label="From"
          value={range.from}
          onChange={(e) => onChange({ ...range, from: e.currentTarget.value })}
        />
        <input
          type="date"
          aria-label="To"
          value={range.to}
          onChange={(e) => onChange({ ...range, to: e.currentTarget.value })}
        />
      </div>
      <BesideFields fields={['from', 'to']} />
      <div class="row">
        {PRESETS.map(([name, days]) => (
          <button
            key={name}
            type="button"
            class="quiet"
            onClick={() => onChange({ ...lastDays(days), timezone: range.timezone })}
          >
            {name}
          </button>
        ))}
      </div>
      <TextInput
        label="Time zone"
        fields={['timezone']}
        value={range.timezone}
        onChange={(timezone) => onChange({ ...range, timezone })}
      />
    </fieldset>
  );
}
