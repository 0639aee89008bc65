/**
 * The criteria of a cohort: which people belong to it.
 *
 *   {"did": {event | any_of, where?}, "times"?: {gte?, lte?, eq?}, "within"?: "30d" | {from, to}}
 *   {"did_not": …}                                  not that
 *   {"sequence": [{event | any_of, where?}, …], "within"?}   did these in this order, each later in time than the one before
 *   {"first": {event | any_of, where?}, "within"}   the first time ever lies in the span; {"last": …} the last time
 *   {"property": "user.plan", "op": …, "value": …}  what is known of the person now
 *   {"in_cohort": id}                               who belongs to another cohort, as of the same instant
 *   {"and": […]} {"or": […]} {"not": …}
 *
 * `times` compares the number of a person's matching events, 1 or more unless it says otherwise; a number of 0 is a number, so
 * {"lte": 2} holds also for who never did it. Membership is as of an instant: only events before it count, and "30d" are the 30
 * times 24 hours that end with it. People are those with any event before that instant.
 */
import { RequestError, type RequestProblem } from '../../errors.js';
import { formatPath, refuseRequest } from '../request.js';
import { type Criterion, readCriterion } from './criterion.js';

const DEPTH_MAX = 16;
/** Each criterion is an aggregate kept for every person, and a condition on every event read. */
export const CRITERIA_MAX = 50;
const ID_LENGTH_MAX = 100;

export type Criteria =
  | Criterion
  | { readonly kind: 'cohort'; readonly id: string; readonly path: string }
  /** The people of a fixed cohort's list; no request writes this. */
  | { readonly kind: 'list'; readonly id: string }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Criteria[] }
  | { readonly kind: 'not'; readonly part: Criteria };

type Path = readonly (string | number)[];

interface Reader {
  readonly problems: RequestProblem[];
  criteria: number;
}

/** What a criterion is told by. */
const KINDS = [
  'did',
  'did_not',
  'sequence',
  'first',
  'last',
  'property',
  'in_cohort',
  'and',
  'or',
  'not',
] as const;

const isObject = (input: unknown): input is Record<string, unknown> =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

/** Reads criteria that stand at `path` of a request. @throws RequestError 422 with every problem */
export function readCriteria(input: unknown, path = 'criteria'): Criteria {
  const reader: Reader = { problems: [], criteria: 0 };
  const criteria = readOne(input, [path], 0, reader);
  if (criteria && reader.problems.length === 0) return criteria;
  throw refuseRequest(reader.problems);
}

function refuse(reader: Reader, path: Path, message: string): undefined {
  reader.problems.push({ path: formatPath(path), code: 'invalid_value', message });
  return undefined;
}

function readOne(input: unknown, path: Path, depth: number, reader: Reader): Criteria | undefined {
  if (depth > DEPTH_MAX) return refuse(reader, path, `Criteria nest at most ${DEPTH_MAX} deep.`);
  if (!isObject(input) || !KINDS.some((kind) => kind in input))
    return refuse(reader, path, `A criterion has one of these: ${KINDS.join(', ')}.`);
  for (const kind of ['and', 'or'] as const)
    if (kind in input) return readParts(input, kind, path, depth, reader);
  if ('not' in input) {
    if (!standsAlone(input, 'not', path, reader)) return undefined;
    const part = readOne(input.not, [...path, 'not'], depth + 1, reader);
    return part && { kind: 'not', part };
  }
  return readLeaf(input, path, reader);
}

function standsAlone(input: object, kind: string, path: Path, reader: Reader): boolean {
  if (Object.keys(input).length === 1) return true;
  refuse(reader, path, `"${kind}" stands alone in its criterion.`);
  return false;
}

function readParts(
  input: Record<string, unknown>,
  kind: 'and' | 'or',
  path: Path,
  depth: number,
  reader: Reader,
): Criteria | undefined {
  if (!standsAlone(input, kind, path, reader)) return undefined;
  const inputs = input[kind];
  if (!Array.isArray(inputs) || inputs.length === 0)
    return refuse(reader, [...path, kind], `"${kind}" takes an array of at least one criterion.`);
  const parts: Criteria[] = [];
  for (const [index, one] of inputs.entries()) {
    if (reader.criteria > CRITERIA_MAX) return undefined;
    const part = readOne(one, [...path, kind, index], depth + 1, reader);
    if (part) parts.push(part);
  }
  return { kind, parts };
}

function readLeaf(input: Record<string, unknown>, path: Path, reader: Reader): Criteria | undefined {
  if (++reader.criteria > CRITERIA_MAX)
    return refuse(reader, path, `A cohort has at most ${CRITERIA_MAX} criteria.`);
  if ('in_cohort' in input) {
    if (!standsAlone(input, 'in_cohort', path, reader)) return undefined;
    const id = input.in_cohort;
    if (typeof id !== 'string' || id.length > ID_LENGTH_MAX)
      return refuse(reader, [...path, 'in_cohort'], 'in_cohort is the id of a cohort.');
    return { kind: 'cohort', id, path: formatPath([...path, 'in_cohort']) };
  }
  try {
    return readCriterion(input);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const place = formatPath(path);
    for (const problem of error.errors)
      reader.problems.push({ ...problem, path: problem.path === '' ? place : `${place}.${problem.path}` });
    return undefined;
  }
}
