/** From a row (an object of columns) to a native event, by a plan. */
import { parseExactly } from './exact-json.js';
import type { Plan } from './plan.js';
import { readTime } from './time.js';

export type Row = Readonly<Record<string, unknown>>;

/** A number as people write it. Leading zeros and more digits than a double holds are names and codes, and stay text. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,3})?$/;

/** The value of a cell of text: absent when empty. */
export function readCell(cell: string, text: boolean): string | number | boolean | undefined {
  if (cell === '') return undefined;
  if (text) return cell;
  if (NUMBER.test(cell)) return Number(cell);
  if (/^(?:true|TRUE|True)$/.test(cell)) return true;
  if (/^(?:false|FALSE|False)$/.test(cell)) return false;
  return cell;
}

const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object, also one that is written as JSON text. */
function openObject(value: unknown): unknown {
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return value;
  try {
    return parseExactly(value);
  } catch {
    return value;
  }
}

/** A column, or what lies at a dotted path in one. */
function pick(row: Row, column: string): unknown {
  if (Object.hasOwn(row, column)) return row[column];
  let value: unknown = row;
  for (const key of column.split('.')) {
    const object = openObject(value);
    if (!isObject(object)) return undefined;
    value = object[key];
  }
  return value;
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

/** `isText`: cells come as text (CSV), and properties are read from it unless the plan says otherwise. */
export function toEvent(row: Row, plan: Plan, isText: boolean): Record<string, unknown> {
  const event: Record<string, unknown> = {};
  const objects: Record<'properties' | 'context', Record<string, unknown>> = { properties: {}, context: {} };
  const read = (value: unknown): unknown =>
    isText && typeof value === 'string' ? readCell(value, plan.text) : value;
  for (const [field, source] of plan.fields) {
    const value = 'constant' in source ? source.constant : pick(row, source.column);
    if (isAbsent(value)) continue;
    const [head = '', ...path] = field.split('.');
    const isTime = 'time' in source && (field === 'timestamp' || field === 'sent_at');
    if (head !== 'properties' && head !== 'context')
      event[field] = isTime ? readTime(value, source.time) : value;
    else if (path.length > 0) objects[head][path.join('.')] = 'constant' in source ? value : read(value);
    else {
      const object = openObject(value);
      if (isObject(object)) Object.assign(objects[head], object);
      // Weir says what is wrong with it.
      else event[head] = value;
    }
  }
  if (plan.rest === 'properties') {
    for (const [column, cell] of Object.entries(row)) {
      const value = plan.used.has(column) ? undefined : read(cell);
      if (!isAbsent(value)) objects.properties[column] = value;
    }
  }
  if (event.properties === undefined) event.properties = objects.properties;
  if (event.context === undefined && Object.keys(objects.context).length > 0) event.context = objects.context;
  return event;
}
