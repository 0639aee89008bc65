/**
 * The words of the language, as data: aggregates, functions over series, fields, units. The parser, the checker, the
 * planner and the reference page read the same tables; a new word begins here.
 */

/** What an aggregate takes: events only, events or a value of theirs, a value, a number. */
export type AggregateArgument = 'events' | 'events_or_value' | 'value' | 'number';

export interface AggregateWord {
  readonly argument: AggregateArgument;
  /** Its answer over nothing. */
  readonly empty: 'zero' | 'null';
  /** Whether states of parts merge into the state of the whole at a cost that does not grow with the events. */
  readonly mergeable: boolean;
  /** The mergeable aggregate to offer when this one is not. */
  readonly instead?: string;
  /** Quantile level, for quantiles. */
  readonly level?: number;
  readonly summary: string;
}

const quantile = (name: string, level: number): Record<string, AggregateWord> => ({
  [name]: {
    argument: 'number',
    empty: 'null',
    mergeable: false,
    instead: `${name}_approx`,
    level,
    summary: `exact quantile ${level}, interpolated between neighbours`,
  },
  [`${name}_approx`]: {
    argument: 'number',
    empty: 'null',
    mergeable: true,
    level,
    summary: `quantile ${level} within 1 % of the value, from a sketch that merges exactly`,
  },
});

export const AGGREGATES: Readonly<Record<string, AggregateWord>> = Object.freeze({
  count: { argument: 'events', empty: 'zero', mergeable: true, summary: 'number of events' },
  uniq: {
    argument: 'events_or_value',
    empty: 'zero',
    mergeable: true,
    summary: 'distinct persons, or distinct values of a property, exact',
  },
  uniq_approx: {
    argument: 'events_or_value',
    empty: 'zero',
    mergeable: true,
    summary: 'the same from a sketch, within 1 %',
  },
  sum: { argument: 'number', empty: 'zero', mergeable: true, summary: 'sum of a number' },
  avg: { argument: 'number', empty: 'null', mergeable: true, summary: 'average of a number' },
  min: { argument: 'number', empty: 'null', mergeable: true, summary: 'least number' },
  max: { argument: 'number', empty: 'null', mergeable: true, summary: 'greatest number' },
  ...quantile('median', 0.5),
  ...quantile('p75', 0.75),
  ...quantile('p90', 0.9),
  ...quantile('p95', 0.95),
  ...quantile('p99', 0.99),
  first: {
    argument: 'value',
    empty: 'null',
    mergeable: true,
    summary: 'value of the earliest event that has one',
  },
  last: {
    argument: 'value',
    empty: 'null',
    mergeable: true,
    summary: 'value of the latest event that has one',
  },
} satisfies Record<string, AggregateWord>);

/** A function over series: how many series it takes, and whether a duration follows. */
export interface FunctionWord {
  readonly series: readonly [least: number, most: number];
  readonly duration: 'none' | 'optional' | 'required';
  readonly form: string;
  readonly summary: string;
}

export const FUNCTIONS: Readonly<Record<string, FunctionWord>> = Object.freeze({
  previous: {
    series: [1, 1],
    duration: 'optional',
    form: 'previous(x) or previous(x, "7d")',
    summary: 'x one bucket, or a duration, earlier',
  },
  cumulative: {
    series: [1, 1],
    duration: 'none',
    form: 'cumulative(x)',
    summary: 'x over everything since the start of the range',
  },
  rolling: {
    series: [1, 1],
    duration: 'required',
    form: 'rolling(x, "7d")',
    summary: 'x over the window that ends with the bucket',
  },
  fill: { series: [2, 2], duration: 'none', form: 'fill(x, 0)', summary: 'x, or the second where x is null' },
  round: {
    series: [1, 2],
    duration: 'none',
    form: 'round(x) or round(x, 2)',
    summary: 'x to that many digits, halves away from zero',
  },
  abs: { series: [1, 1], duration: 'none', form: 'abs(x)', summary: 'x without its sign' },
  least: { series: [2, 8], duration: 'none', form: 'least(x, y)', summary: 'the least of its arguments' },
  greatest: {
    series: [2, 8],
    duration: 'none',
    form: 'greatest(x, y)',
    summary: 'the greatest of its arguments',
  },
  per_user: {
    series: [1, 1],
    duration: 'none',
    form: 'per_user(count(event))',
    summary: 'x for each person of the same events',
  },
  rate: { series: [1, 1], duration: 'required', form: 'rate(x, "1m")', summary: 'x for each unit of time' },
} satisfies Record<string, FunctionWord>);

/** Words with a form of their own. */
export const SPECIAL_FORMS: Readonly<Record<string, string>> = Object.freeze({
  conversion: 'conversion(a, b, "7d")',
  if: 'if(x > 0, x, y)',
});

export type FieldType =
  | 'formula'
  | 'condition'
  | 'paths'
  | 'duration'
  | 'unit'
  | 'text'
  | 'texts'
  | 'timezone'
  | 'rollup';

export const FIELDS: Readonly<Record<string, { readonly type: FieldType; readonly expected: string }>> =
  Object.freeze({
    formula: { type: 'formula', expected: 'a formula in quotes, such as "count(checkout_completed)"' },
    dimensions: { type: 'paths', expected: 'a list of properties, such as ["country", "user.plan"]' },
    time_window: { type: 'duration', expected: 'a duration such as "1d"' },
    cache_ttl: { type: 'duration', expected: 'a duration such as "5m"' },
    filter: { type: 'condition', expected: 'a condition in quotes, such as "country = \'DE\'"' },
    unit: {
      type: 'unit',
      expected: '"count", "percent", "seconds", "bytes" or a currency code such as "EUR"',
    },
    description: { type: 'text', expected: 'a text in quotes' },
    owner: { type: 'text', expected: 'a text in quotes' },
    tags: { type: 'texts', expected: 'a list of texts, such as ["sales"]' },
    format: { type: 'text', expected: 'a text in quotes, such as "0.0%"' },
    timezone: { type: 'timezone', expected: 'a time zone such as "Europe/Berlin"' },
    rollup: { type: 'rollup', expected: '"auto" or "off"' },
  });

/** Units a metric may declare besides currency codes (three capital letters). */
export const UNITS: readonly string[] = ['count', 'percent', 'seconds', 'bytes'];

/** Columns of the event a path may reach as `event.x`, with their types; `name` is another word for `event`. */
export const EVENT_COLUMNS: Readonly<Record<string, 'text' | 'time'>> = Object.freeze({
  event: 'text',
  name: 'text',
  event_id: 'text',
  user_id: 'text',
  anonymous_id: 'text',
  session_id: 'text',
  person: 'text',
  timestamp: 'time',
  received_at: 'time',
  sent_at: 'time',
});

export const PATH_ROOTS = ['properties', 'user', 'user_then', 'context', 'event'] as const;

/** Words that end a source or join conditions; an event or metric of such a name needs quotes. */
export const RESERVED: readonly string[] = [
  'where',
  'and',
  'or',
  'not',
  'in',
  'like',
  'is',
  'null',
  'true',
  'false',
];
