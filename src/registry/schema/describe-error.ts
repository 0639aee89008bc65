/**
 * What is wrong with an event, in words its sender can act on: where, what was asked for, what was there.
 * ajv names keywords; this file knows what they mean. Expected and found are cut to fit a line.
 */
import type { ErrorObject } from 'ajv';
import type { SchemaProblem } from '../rules.js';
import { formatPath, readPointer } from './pointer.js';

/** Characters of a value that are shown. */
const SHOWN_CHARS_MAX = 80;
/** Values of an enumeration that are listed. */
const SHOWN_VALUES_MAX = 10;

/** Errors of one event that are looked at: an array of 100,000 wrong elements has as many, and 20 are told. */
const ERRORS_READ_MAX = 500;

/** Keywords with alternatives: what each alternative complained of is no problem of its own. */
const UNIONS: readonly string[] = ['anyOf', 'oneOf', 'contains'];

/** Problems of `properties`, in the order of the schema, one for each place and demand. */
export function describeErrors(
  allErrors: readonly ErrorObject[],
  properties: Readonly<Record<string, unknown>>,
  problemsMax: number,
): SchemaProblem[] {
  const errors = allErrors.slice(0, ERRORS_READ_MAX);
  const branches = new Map<ErrorObject, ErrorObject[]>();
  const nested = new Set<ErrorObject>();
  for (const union of errors.filter(({ keyword }) => UNIONS.includes(keyword))) {
    const inner = findBranchErrors(union, errors);
    branches.set(union, inner);
    for (const error of inner) nested.add(error);
  }
  const problems = new Map<string, SchemaProblem>();
  for (const error of errors) {
    // `if` only says that `then` or `else` failed; a bad name's own problem is told by `propertyNames`.
    if (nested.has(error) || error.keyword === 'if' || error.propertyName !== undefined) continue;
    const problem = describeError(error, branches.get(error) ?? [], properties);
    const key = `${problem.path}\n${problem.expected}`;
    if (!problems.has(key)) problems.set(key, problem);
    if (problems.size >= problemsMax) break;
  }
  return [...problems.values()];
}

/** What a union's alternatives complained of. Errors behind a reference are named after the place referred to. */
function findBranchErrors(union: ErrorObject, errors: readonly ErrorObject[]): ErrorObject[] {
  const roots = [union.schemaPath, ...listRefs(union.schema)];
  return errors.filter(
    (error) =>
      error !== union &&
      error.instancePath.startsWith(union.instancePath) &&
      roots.some((root) => error.schemaPath.startsWith(`${root}/`)),
  );
}

function listRefs(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : listRefs(value),
  );
}

function describeError(
  error: ErrorObject,
  branches: readonly ErrorObject[],
  properties: Readonly<Record<string, unknown>>,
): SchemaProblem {
  const tokens = [...(readPointer(error.instancePath) ?? []), ...innerTokens(error)];
  const path = formatPath('properties', properties, tokens);
  const isUnion = error.keyword === 'anyOf' || error.keyword === 'oneOf';
  const expected = isUnion ? expectOneOf(error, branches) : expectedBy(error);
  const found = error.keyword === 'propertyNames' ? error.params.propertyName : readValue(properties, tokens);
  return makeProblem(path, expected, showValue(found));
}

/** A schema violation whose message says both sides. */
export function makeProblem(path: string, expected: string, found: string): SchemaProblem {
  return { code: 'schema_violation', path, message: `expected ${expected}, found ${found}`, expected, found };
}

/** The member an error is about, when it stands at the object that has it or lacks it. */
function innerTokens({ keyword, params }: ErrorObject): string[] {
  if (keyword === 'required' || keyword === 'dependentRequired' || keyword === 'dependencies') {
    return [String(params.missingProperty)];
  }
  if (keyword === 'additionalProperties') return [String(params.additionalProperty)];
  if (keyword === 'propertyNames') return [String(params.propertyName)];
  return [];
}

const COMPARISONS: Readonly<Record<string, string>> = {
  '>=': 'at least',
  '>': 'more than',
  '<=': 'at most',
  '<': 'less than',
};

/** What each keyword asks for. */
const EXPECTATIONS: Readonly<Record<string, (params: ErrorObject['params']) => string>> = {
  type: ({ type }) => [type].flat().join(' or '),
  enum: ({ allowedValues }) => showChoice(allowedValues),
  const: ({ allowedValue }) => showValue(allowedValue),
  minimum: compare,
  maximum: compare,
  exclusiveMinimum: compare,
  exclusiveMaximum: compare,
  multipleOf: ({ multipleOf }) => `a multiple of ${multipleOf}`,
  minLength: ({ limit }) => `at least ${count(limit, 'character')}`,
  maxLength: ({ limit }) => `at most ${count(limit, 'character')}`,
  minItems: ({ limit }) => `at least ${count(limit, 'element')}`,
  maxItems: ({ limit }) => `at most ${count(limit, 'element')}`,
  items: ({ limit }) => `at most ${count(limit, 'element')}`,
  additionalItems: ({ limit }) => `at most ${count(limit, 'element')}`,
  minProperties: ({ limit }) => `at least ${count(limit, 'property')}`,
  maxProperties: ({ limit }) => `at most ${count(limit, 'property')}`,
  uniqueItems: () => 'elements that all differ',
  contains: ({ minContains }) => `at least ${minContains ?? 1} of the elements to fit`,
  pattern: ({ pattern }) => `text that matches /${cut(String(pattern))}/`,
  format: ({ format }) => `a ${String(format)}`,
  required: () => 'a value',
  dependentRequired: ({ property }) => `a value, since "${property}" is given`,
  dependencies: ({ property }) => `a value, since "${property}" is given`,
  additionalProperties: () => 'no such property',
  propertyNames: () => 'another name',
  not: () => 'a value that the schema does not exclude',
  'false schema': () => 'no value here',
};

function compare({ comparison, limit }: ErrorObject['params']): string {
  return `a number ${COMPARISONS[String(comparison)] ?? comparison} ${limit}`;
}

const expectedBy = ({ keyword, params }: ErrorObject): string =>
  EXPECTATIONS[keyword]?.(params) ?? `what "${keyword}" asks for`;

/** A union's own words: what its branches ask for at the union's place, when that is what failed. */
function expectOneOf(union: ErrorObject, branches: readonly ErrorObject[]): string {
  if (union.keyword === 'oneOf' && union.params.passingSchemas)
    return 'exactly one of the alternatives to fit';
  const here = branches.filter(({ instancePath }) => instancePath === union.instancePath);
  const choices = [...new Set(here.map(expectedBy))];
  return choices.length === 0 || choices.length > 4 ? 'one of the alternatives to fit' : choices.join(' or ');
}

function showChoice(values: unknown): string {
  if (!Array.isArray(values)) return 'an allowed value';
  const shown = values.slice(0, SHOWN_VALUES_MAX).map(showValue).join(', ');
  const more = values.length - SHOWN_VALUES_MAX;
  return `one of ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A value as it is told to people: short, and "nothing" when absent. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(cut(value)) : String(value);
}

const cut = (text: string): string =>
  text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}…`;

const PLURALS: Readonly<Record<string, string>> = { property: 'properties' };

const count = (number: unknown, noun: string): string =>
  `${number} ${number === 1 ? noun : (PLURALS[noun] ?? `${noun}s`)}`;

function readValue(root: unknown, tokens: readonly string[]): unknown {
  let value = root;
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    value = Array.isArray(value) ? value[Number(token)] : Reflect.get(value, token);
  }
  return value;
}
