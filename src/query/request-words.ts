/** What is wrong with a request, in words: an issue of a schema as a problem with its place, its code and a sentence. */
import type * as v from 'valibot';
import type { RequestProblem } from '../errors.js';
import { findNearest } from '../mdl/suggest.js';

/** Characters of a wrong value that are shown. */
const SHOWN_LENGTH_MAX = 80;

type Path = readonly (string | number)[];

/** "steps[2].event" */
export const formatPath = (path: Path): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );

const readPath = (issue: v.BaseIssue<unknown>): Path =>
  (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));

function nameCode(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'unknown_field';
  if (issue.received === 'undefined') return 'missing';
  return issue.kind === 'schema' ? 'wrong_type' : 'invalid_value';
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  Array: 'an array',
  Object: 'an object',
};
const BOUNDS: Readonly<Record<string, string>> = {
  '>=': 'at least ',
  '<=': 'at most ',
  '>': 'more than ',
  '<': 'less than ',
};

/** What a length counts: " characters" of a text, " entries" of a list; of one, one. */
function nameUnit({ type, expected, input }: v.BaseIssue<unknown>): string {
  if (!type.endsWith('_length')) return '';
  const [one, many] = Array.isArray(input) ? [' entry', ' entries'] : [' character', ' characters'];
  return /\D1$/.test(expected ?? '') ? one : many;
}

/** What the library says where a schema has no words of its own, as a sentence. */
function rephrase(issue: v.BaseIssue<unknown>): string {
  const { message, type, expected, received } = issue;
  if (!message.startsWith('Invalid ')) return message;
  const wanted = type === 'integer' ? 'a whole number' : (expected ?? 'something else');
  const named = KINDS[wanted] ?? wanted.replace(/^[<>]=?/, (sign) => BOUNDS[sign]!);
  const found = KINDS[received] ?? received.slice(0, SHOWN_LENGTH_MAX);
  return `Expected ${named}${nameUnit(issue)}, found ${found}.`;
}

/** The parts of schemas that hold other schemas. */
interface Shape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly item?: Shape;
  readonly wrapped?: Shape;
}

const open = (shape: Shape | undefined): Shape | undefined => (shape?.wrapped ? open(shape.wrapped) : shape);

/** The fields that the object at `path` may have; none when the schema does not tell. */
function listFields(schema: Shape, path: Path): readonly string[] {
  const at = path.reduce<Shape | undefined>((shape, key) => {
    const opened = open(shape);
    return typeof key === 'number' ? opened?.item : opened?.entries?.[key];
  }, schema);
  return Object.keys(open(at)?.entries ?? {});
}

/** A field that nobody knows: mistyped, or of another question. */
function describeUnknown(field: string, fields: readonly string[]): string {
  const name = JSON.stringify(field.slice(0, SHOWN_LENGTH_MAX));
  const nearest = findNearest(field, fields);
  if (nearest !== undefined) return `There is no field ${name} here; did you mean "${nearest}"?`;
  const others = fields.length === 0 ? '.' : `; there are: ${fields.join(', ')}.`;
  return `There is no field ${name} here${others}`;
}

/** A problem for an issue of a schema. */
export function describeIssue(schema: Shape, issue: v.BaseIssue<unknown>): RequestProblem {
  const path = readPath(issue);
  const code = nameCode(issue);
  const describe = (): string => {
    if (code === 'missing') return 'This field is required.';
    if (code !== 'unknown_field') return rephrase(issue);
    return describeUnknown(String(path.at(-1)), listFields(schema, path.slice(0, -1)));
  };
  return { path: formatPath(path), code, message: describe() };
}
