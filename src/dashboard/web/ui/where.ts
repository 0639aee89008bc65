/** Conditions as rows of a form, and as a question's `where`. */

export interface Condition {
  property: string;
  op: string;
  /** As typed; numbers, true and false are sent as what they are. */
  value: string;
  /** A condition that no row can say, as it was written; then the rest says nothing. */
  raw?: object;
}

export const OPERATORS: readonly (readonly [op: string, text: string])[] = [
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
export const LISTS = new Set(['in', 'not_in']);
export const WITHOUT_VALUE = new Set(['is_set', 'is_not_set']);

/** Where a property stands, this asks whether the person belongs to the cohort of that id. */
const COHORT = 'in_cohort';

type Fields = Readonly<Record<string, unknown>>;

const isObject = (input: unknown): input is Fields =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

/** A value as it was typed: a number, true and false are themselves; "quoted" is text whatever is in it. */
export function readValue(text: string): string | number | boolean {
  const trimmed = text.trim();
  if (/^".*"$/s.test(trimmed)) return trimmed.slice(1, -1);
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

/** A value as it is typed, so that `readValue` gives it back. */
const writeValue = (value: unknown): string =>
  typeof value === 'string' && (value === '' || readValue(value) !== value) ? `"${value}"` : String(value);

function toTest({ property, op, value, raw }: Condition): object {
  if (raw) return raw;
  if (property === COHORT) return op === 'ne' ? { not: { in_cohort: value } } : { in_cohort: value };
  if (WITHOUT_VALUE.has(op)) return { property, op };
  return { property, op, value: LISTS.has(op) ? value.split(',').map(readValue) : readValue(value) };
}

const isFilled = ({ property, op, value, raw }: Condition): boolean =>
  raw !== undefined || (property !== '' && (WITHOUT_VALUE.has(op) || value !== ''));

/** The conditions as a question's `where`; undefined when none is filled in. */
export function toWhere(conditions: readonly Condition[]): object[] | undefined {
  const filled = conditions.filter(isFilled);
  return filled.length === 0 ? undefined : filled.map(toTest);
}

/** A test as a row; what the row would say otherwise is kept as it was written. */
function readTest(test: Fields): Condition {
  const { property, op, value, in_cohort, not } = test;
  const cohort = in_cohort ?? (isObject(not) ? not.in_cohort : undefined);
  const row: Condition =
    cohort === undefined
      ? {
          property: String(property ?? ''),
          op: String(op ?? ''),
          value: Array.isArray(value)
            ? value.map(writeValue).join(', ')
            : value === undefined
              ? ''
              : writeValue(value),
        }
      : { property: COHORT, op: not === undefined ? 'eq' : 'ne', value: String(cohort) };
  const isSame = isFilled(row) && sortFields(toTest(row)) === sortFields(test);
  return isSame ? row : { property: '', op: 'eq', value: '', raw: test };
}

const sortFields = (test: object): string =>
  JSON.stringify(Object.entries(test).sort(([a], [b]) => (a < b ? -1 : 1)));

/** A `where` as rows, all of which must hold. */
export function readWhere(where: unknown): Condition[] {
  if (Array.isArray(where)) return where.flatMap(readWhere);
  if (!isObject(where)) return [];
  return Array.isArray(where.and) ? where.and.flatMap(readWhere) : [readTest(where)];
}

/** A condition in words: "plan is plus or total is more than 5". */
export function describeWhere(where: unknown): string {
  if (Array.isArray(where)) return where.map(describeWhere).join(' and ');
  if (!isObject(where)) return String(where);
  for (const joint of ['and', 'or'] as const) {
    const parts = where[joint];
    if (Array.isArray(parts)) return `(${parts.map(describeWhere).join(` ${joint} `)})`;
  }
  // What stands in an array is joined like that of "and", and has no brackets of its own.
  if (where.not !== undefined)
    return `not ${describeWhere(Array.isArray(where.not) ? { and: where.not } : where.not)}`;
  if (where.in_cohort !== undefined) return `in the cohort ${String(where.in_cohort)}`;
  const words = OPERATORS.find(([op]) => op === where.op)?.[1] ?? String(where.op);
  const value = where.value === undefined ? '' : ` ${String(where.value)}`;
  return `${String(where.property)} ${words}${value}`;
}
