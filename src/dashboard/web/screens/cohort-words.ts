/** Criteria of a cohort in words: "did purchase at least 3 times within 30 days, and …". */
import { formatCount } from '../format.js';
import { describeWhere } from '../ui/where.js';

type Fields = Readonly<Record<string, unknown>>;

const isObject = (input: unknown): input is Fields =>
  typeof input === 'object' && input !== null && !Array.isArray(input);

const isJoint = (where: unknown): boolean =>
  isObject(where) && (Array.isArray(where.and) || Array.isArray(where.or));

/** A condition that stands alone, without the brackets around the whole of it. */
const describeCondition = (where: unknown): string =>
  isJoint(where) ? describeWhere(where).slice(1, -1) : describeWhere(where);

/** "purchase or refund" */
const describeEvents = ({ event, any_of }: Fields): string =>
  Array.isArray(any_of) ? any_of.map(String).join(' or ') : String(event);

/** "where total is more than 5", of all conditions that there are. */
function describeConditions(...all: readonly unknown[]): string {
  const said = all.filter((one) => one !== undefined);
  if (said.length === 0) return '';
  return `where ${said.length === 1 ? describeCondition(said[0]) : describeWhere(said)}`;
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

const describeCount = (count: unknown): string => (count === 1 ? 'once' : formatCount(Number(count), 'time'));

/** How often: "at least 3 times", "2 to 5 times"; nothing when it is not said. */
function describeTimes(times: unknown): string {
  if (!isObject(times)) return '';
  const { eq, gte, lte } = times;
  if (eq !== undefined) return `exactly ${describeCount(eq)}`;
  if (gte !== undefined && lte !== undefined) return `${String(gte)} to ${describeCount(lte)}`;
  if (gte !== undefined) return `at least ${describeCount(gte)}`;
  return lte === undefined ? '' : `at most ${describeCount(lte)}`;
}

const UNITS: Readonly<Record<string, string>> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' };

/** A time that ends now, "within 30 days", or one between two dates. */
function describeSpan(within: unknown): string {
  if (isObject(within))
    return (['from', 'to'] as const)
      .filter((end) => within[end] !== undefined)
      .map((end) => `${end === 'to' ? 'until' : end} ${String(within[end])}`)
      .join(' ');
  if (within === undefined) return '';
  const [, count, unit = ''] = /^(\d+)([smhdw])$/.exec(String(within)) ?? [];
  return `within ${UNITS[unit] ? formatCount(Number(count), UNITS[unit]) : String(within)}`;
}

const KINDS: readonly (readonly [kind: string, text: string, when: string])[] = [
  ['did', 'did', ''],
  ['did_not', 'did not do', ''],
  ['first', 'did', 'for the first time'],
  ['last', 'did', 'for the last time'],
];

const describeStep = (step: unknown): string =>
  isObject(step) ? join(describeEvents(step), describeConditions(step.where)) : String(step);

function describeOne(criterion: Fields, nameCohort: (id: string) => string): string {
  const { sequence, property, in_cohort, times, within, where } = criterion;
  if (in_cohort !== undefined) return `belong to the cohort “${nameCohort(String(in_cohort))}”`;
  if (property !== undefined) return `are people whose ${describeCondition(criterion)}`;
  const span = describeSpan(within);
  if (Array.isArray(sequence)) return join('did', sequence.map(describeStep).join(', then '), span);
  const [kind, text, when] = KINDS.find(([name]) => criterion[name] !== undefined) ?? [''];
  const match = criterion[kind];
  // Newer than the page.
  if (!text || !isObject(match)) return JSON.stringify(criterion);
  const done = join(text, describeEvents(match), when ?? '', describeTimes(times), span);
  // A condition may stand beside the event as well as in it.
  return [done, describeConditions(match.where, where)].filter((part) => part !== '').join(', ');
}

/** What people do or are, or several such that hold together: all of them, any of them, or none. */
export type ToldCriteria =
  | string
  | { readonly joint: 'and' | 'or' | 'not'; readonly parts: readonly ToldCriteria[] };

/** What criteria say, to be read after "people who". */
export function tellCriteria(criteria: unknown, nameCohort: (id: string) => string): ToldCriteria {
  if (!isObject(criteria)) return JSON.stringify(criteria);
  for (const joint of ['and', 'or'] as const) {
    const parts = criteria[joint];
    if (Array.isArray(parts)) return { joint, parts: parts.map((part) => tellCriteria(part, nameCohort)) };
  }
  if (criteria.not !== undefined) {
    const told = tellCriteria(criteria.not, nameCohort);
    return typeof told === 'string' ? `are none of those who ${told}` : { joint: 'not', parts: [told] };
  }
  return describeOne(criteria, nameCohort);
}
