/** Reads `where` of a request. Every problem is reported with its place; nothing is thrown. */
import { parseInstant } from '../time/instant.js';
import { findZone } from '../time/zone.js';
import { readCohortReference } from './cohort.js';
import { ALWAYS, type Condition, OPERATORS, type Operator, type Scalar } from './condition.js';
import { EVENT_COLUMNS, type Property, parseProperty } from './property.js';

/** Tells of one problem; `path` continues the path of the condition: ["and", 1, "value"]. */
export type Report = (path: readonly (string | number)[], message: string) => void;

const MAX_DEPTH = 16;
/** Each condition is evaluated for every event read. */
const MAX_CONDITIONS = 100;
const MAX_LIST = 10_000;
const MAX_TEXT = 4_000;
/** The engine refuses every other pattern that it cannot read; this one it takes for one that matches everything. */
const ESCAPES_NOTHING = /(?<!\\)(?:\\\\)*\\$/;

type Path = readonly (string | number)[];

interface Reader {
  readonly report: Report;
  conditions: number;
}

const isObject = (input: unknown): input is Record<string, unknown> =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

/** The condition, or undefined when something was reported. */
export function parseCondition(input: unknown, report: Report): Condition | undefined {
  return readCondition(input, [], 0, { report, conditions: 0 });
}

function readCondition(input: unknown, path: Path, depth: number, reader: Reader): Condition | undefined {
  if (depth > MAX_DEPTH) return refuse(reader, path, `Conditions nest at most ${MAX_DEPTH} deep.`);
  if (Array.isArray(input)) return readParts(input, 'and', path, depth, reader);
  if (!isObject(input))
    return refuse(
      reader,
      path,
      'A condition is {property, op, value}, {and: […]}, {or: […]}, {not: …} or an array.',
    );
  for (const kind of ['and', 'or'] as const)
    if (kind in input) {
      if (Object.keys(input).length > 1)
        return refuse(reader, path, `"${kind}" stands alone in its condition.`);
      const parts = input[kind];
      if (!Array.isArray(parts))
        return refuse(reader, [...path, kind], `"${kind}" takes an array of conditions.`);
      return readParts(parts, kind, [...path, kind], depth, reader);
    }
  if ('not' in input) {
    if (Object.keys(input).length > 1) return refuse(reader, path, '"not" stands alone in its condition.');
    const part = readCondition(input.not, [...path, 'not'], depth + 1, reader);
    return part && { kind: 'not', part };
  }
  return readTest(input, path, reader);
}

function refuse(reader: Reader, path: Path, message: string): undefined {
  reader.report(path, message);
  return undefined;
}

function readParts(
  inputs: readonly unknown[],
  kind: 'and' | 'or',
  path: Path,
  depth: number,
  reader: Reader,
): Condition | undefined {
  const parts: Condition[] = [];
  let whole = true;
  for (const [index, input] of inputs.entries()) {
    if (reader.conditions > MAX_CONDITIONS) return undefined;
    const part = readCondition(input, [...path, index], depth + 1, reader);
    if (part) parts.push(part);
    else whole = false;
  }
  return whole ? (parts.length === 1 ? parts[0] : { kind, parts }) : undefined;
}

const isOperator = (op: unknown): op is Operator => OPERATORS.some((known) => known === op);

function readTest(input: Record<string, unknown>, path: Path, reader: Reader): Condition | undefined {
  reader.conditions++;
  if (reader.conditions > MAX_CONDITIONS)
    return refuse(reader, path, `A where has at most ${MAX_CONDITIONS} conditions.`);
  if ('in_cohort' in input) return readCohort(input, path, reader);
  const unknown = Object.keys(input).find((key) => !['property', 'op', 'value'].includes(key));
  if (unknown !== undefined)
    return refuse(
      reader,
      [...path, unknown],
      `A condition has no "${unknown}"; it has property, op and value.`,
    );
  if (typeof input.property !== 'string')
    return refuse(reader, [...path, 'property'], 'A condition names its property.');
  const property = parseProperty(input.property);
  if ('problem' in property) return refuse(reader, [...path, 'property'], property.problem);
  if (!isOperator(input.op)) return refuse(reader, [...path, 'op'], `op is one of: ${OPERATORS.join(', ')}.`);
  const test = createTest(property, input.op, input.value, input, (message) =>
    reader.report([...path, 'value'], message),
  );
  return test;
}

/** `{in_cohort}`, whose cohort was found beforehand. */
function readCohort(input: Record<string, unknown>, path: Path, reader: Reader): Condition | undefined {
  if (Object.keys(input).length > 1)
    return refuse(reader, path, '"in_cohort" stands alone in its condition.');
  const cohort = readCohortReference(input.in_cohort);
  if (!cohort) return refuse(reader, [...path, 'in_cohort'], 'in_cohort is the id of a cohort.');
  return { kind: 'compare', op: 'eq', property: { kind: 'cohort', cohort }, value: true };
}

/** Reads one value of a test; undefined after telling what is wrong with it. */
function readScalar(value: unknown, property: Property, tell: (message: string) => void): Scalar | undefined {
  if (value === null || value === undefined) {
    tell('A comparison needs a value; ask for an absent property with is_not_set.');
    return undefined;
  }
  if (property.kind === 'column' && EVENT_COLUMNS[property.name] === 'time') return readTime(value, tell);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && value.length <= MAX_TEXT) return value;
  tell(`A value is a number, true, false or a string of up to ${MAX_TEXT} characters.`);
  return undefined;
}

function readTime(value: unknown, tell: (message: string) => void): number | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const instant = typeof value === 'string' ? parseInstant(value, findZone('UTC')!) : undefined;
  if (instant === undefined) tell('A time is ISO 8601 (a date is midnight UTC) or epoch milliseconds.');
  return instant;
}

const NEGATIVE = {
  ne: 'eq',
  not_in: 'in',
  not_contains: 'contains',
  is_not_set: 'is_set',
} as const satisfies Partial<Record<Operator, Operator>>;

function createTest(
  property: Property,
  op: Operator,
  value: unknown,
  input: Record<string, unknown>,
  tell: (message: string) => void,
): Condition | undefined {
  if (op === 'ne' || op === 'not_in' || op === 'not_contains' || op === 'is_not_set') {
    const part = createTest(property, NEGATIVE[op], value, input, tell);
    return part && { kind: 'not', part };
  }
  if (op === 'is_set') {
    if (input.value !== undefined && input.value !== null) return void tell('is_set takes no value.');
    return { kind: 'set', property };
  }
  if (op === 'in') {
    if (!Array.isArray(value) || value.length === 0 || value.length > MAX_LIST)
      return void tell(`in takes an array of 1 to ${MAX_LIST} values.`);
    const values: Scalar[] = [];
    for (const one of value) {
      const scalar = readScalar(one, property, tell);
      if (scalar === undefined) return undefined;
      values.push(scalar);
    }
    return { kind: 'in', property, values };
  }
  const scalar = readScalar(value, property, tell);
  if (scalar === undefined) return undefined;
  if (op === 'contains') return { kind: 'contains', property, value: scalar };
  if (op === 'starts_with' || op === 'ends_with' || op === 'matches') {
    if (typeof scalar !== 'string') return void tell(`${op} takes a string.`);
    if (op === 'matches' && ESCAPES_NOTHING.test(scalar))
      return void tell('A regular expression does not end with a single backslash: it escapes nothing.');
    return { kind: 'text', op, property, value: scalar };
  }
  if (op !== 'eq' && typeof scalar === 'boolean') return void tell(`${op} compares numbers or strings.`);
  return { kind: 'compare', op, property, value: scalar };
}

/** The condition that holds when both do. */
export function combineConditions(a: Condition, b: Condition): Condition {
  if (a === ALWAYS) return b;
  if (b === ALWAYS) return a;
  return { kind: 'and', parts: [a, b] };
}
