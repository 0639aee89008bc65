/** Random criteria of cohorts, as a request writes them, events for them to speak of, and who fulfils them, by walking over events. */
import { parseDuration } from '../../src/query/duration.js';
import { holds, type OracleEvent, type Where } from './condition.js';
import type { Random } from './random.js';

export const DAY = 86_400_000;
export const FIRST = Date.UTC(2024, 1, 20);

export interface Match {
  event?: string;
  any_of?: string[];
  where?: Where;
}
export type Span = string | { from: string; to: string };
interface Rest {
  times?: { gte?: number; lte?: number; eq?: number };
  within?: Span;
}
/** Criteria as a request writes them. */
export type Written =
  | ({ did: Match } & Rest)
  | ({ did_not: Match } & Rest)
  | { sequence: Match[]; within?: Span }
  | { first: Match; within: Span }
  | { last: Match; within: Span }
  | { property: 'user.tier' | 'user.id'; op: 'eq' | 'ne' | 'lt'; value: string }
  | { in_cohort: string }
  | { and: Written[] }
  | { or: Written[] }
  | { not: Written };

/** What is known of some people. */
export const TIERS = ['gold', 'silver'];
/** Cohorts that criteria name, beside the fixed one `listed`. */
export const SAVED: Record<string, Written> = {
  buyers: { did: { event: 'buy' } },
  quiet: { and: [{ did_not: { event: 'view' }, within: '7d' }, { in_cohort: 'buyers' }] },
};

/** Half the instants are midnights, where ranges begin and end. */
export const randomEvents = (random: Random, count: number): OracleEvent[] =>
  Array.from({ length: count }, () => ({
    user: `u${random.below(60)}`,
    event: random.pick(['view', 'view', 'view', 'buy', 'refund', 'rare']),
    t: FIRST + random.below(40) * DAY + (random.chance(0.5) ? 0 : random.below(DAY)),
    properties: random.chance(0.7) ? { plan: random.pick(['pro', 'free', 5]), price: random.below(50) } : {},
  }));

const WHERES: Where[] = [
  { property: 'plan', op: 'eq', value: 'pro' },
  { property: 'plan', op: 'ne', value: 5 },
  { property: 'plan', op: 'is_not_set' },
  {
    or: [
      { property: 'price', op: 'gt', value: 30 },
      { property: 'plan', op: 'eq', value: 5 },
    ],
  },
];

/** Conditions on the person of an event, some with one on the event beside it. */
const PERSON_WHERES: Where[] = [
  { property: 'user.tier', op: 'eq', value: TIERS[0] },
  { property: 'user.id', op: 'matches', value: '[02468]$' },
  {
    or: [
      { property: 'user.tier', op: 'eq', value: TIERS[1] },
      { property: 'plan', op: 'eq', value: 'pro' },
    ],
  },
  {
    and: [
      { not: { property: 'user.tier', op: 'in', value: TIERS } },
      { property: 'user.id', op: 'ne', value: 'u1' },
      { property: 'price', op: 'lt', value: 40 },
    ],
  },
];

function randomMatch(random: Random): Match {
  const names = ['view', 'buy', 'refund', 'rare', 'never'];
  const named = random.chance(0.8)
    ? { event: random.pick(names) }
    : { any_of: [random.pick(names), random.pick(names)] };
  if (random.chance(0.2)) return { ...named, where: random.pick(PERSON_WHERES) };
  return random.chance(0.4) ? { ...named, where: random.pick(WHERES) } : named;
}

const dateOf = (day: number): string => new Date(FIRST + day * DAY).toISOString();

function randomSpan(random: Random): Span {
  const from = random.below(35);
  return random.pick<Span>([
    `${random.below(40)}d`,
    { from: dateOf(from), to: dateOf(from + 1 + random.below(15)) },
  ]);
}

function randomRest(random: Random): Rest {
  const few = random.below(4);
  const times = random.pick([undefined, { gte: few }, { lte: few }, { eq: few }, { gte: few, lte: few + 2 }]);
  return { ...(times && { times }), ...(random.chance(0.7) && { within: randomSpan(random) }) };
}

export function randomCriteria(random: Random, depth: number): Written {
  if (depth > 0 && random.chance(0.6)) {
    if (random.chance(0.2)) return { not: randomCriteria(random, depth - 1) };
    const parts = Array.from({ length: 1 + random.below(3) }, () => randomCriteria(random, depth - 1));
    return random.chance(0.5) ? { and: parts } : { or: parts };
  }
  if (random.chance(0.15)) return { in_cohort: random.pick([...Object.keys(SAVED), 'listed']) };
  if (random.chance(0.05)) return { property: 'user.id', op: 'lt', value: `u${random.below(60)}` };
  if (random.chance(0.1))
    return { property: 'user.tier', op: random.pick(['eq', 'ne']), value: random.pick(TIERS) };
  if (random.chance(0.2)) {
    const sequence = Array.from({ length: 2 + random.below(3) }, () => randomMatch(random));
    return { sequence, ...(random.chance(0.5) && { within: randomSpan(random) }) };
  }
  if (random.chance(0.2)) {
    const moment = randomMatch(random);
    const within = randomSpan(random);
    return random.chance(0.5) ? { first: moment, within } : { last: moment, within };
  }
  const match = randomMatch(random);
  return { ...(random.chance(0.7) ? { did: match } : { did_not: match }), ...randomRest(random) };
}

/** What criteria ask of beside a person's events. */
export interface Known {
  readonly propertiesOf: (user: string) => Readonly<Record<string, unknown>>;
  /** Who is on the list `listed`. */
  readonly listed: readonly string[];
}

/** The event as if what is known of its person were written on it. */
const withPerson = (one: OracleEvent, { propertiesOf }: Known): OracleEvent => ({
  ...one,
  properties: { ...one.properties, user: { ...propertiesOf(one.user), id: one.user } },
});

const counts = ({ event, any_of, where }: Match, one: OracleEvent, known: Known): boolean =>
  (any_of ?? [event]).includes(one.event) && holds(where, withPerson(one, known));

/** Whether an instant before `asOf` lies in a span that ends with it at the latest. */
function lies(t: number, within: Span | undefined, asOf: number): boolean {
  if (typeof within === 'string') return t >= asOf - parseDuration(within)!;
  return !within || (t >= Date.parse(within.from) && t < Date.parse(within.to));
}

/** Whether some choice of events, each later than the one before, fills the steps. Tries them all. */
const follows = (
  steps: readonly Match[],
  events: readonly OracleEvent[],
  known: Known,
  after = Number.NEGATIVE_INFINITY,
): boolean =>
  steps.length === 0 ||
  events.some(
    (one) => one.t > after && counts(steps[0]!, one, known) && follows(steps.slice(1), events, known, one.t),
  );

/** Whether a person of these events belongs as of an instant. */
export function belongs(
  written: Written,
  whole: readonly OracleEvent[],
  asOf: number,
  known: Known,
): boolean {
  const history = whole.filter(({ t }) => t < asOf);
  if (history.length === 0) return false;
  if ('and' in written) return written.and.every((part) => belongs(part, history, asOf, known));
  if ('or' in written) return written.or.some((part) => belongs(part, history, asOf, known));
  if ('not' in written) return !belongs(written.not, history, asOf, known);
  if ('in_cohort' in written)
    return written.in_cohort === 'listed'
      ? known.listed.includes(history[0]!.user)
      : belongs(SAVED[written.in_cohort]!, history, asOf, known);
  if ('property' in written) return holds(written, withPerson(history[0]!, known));
  const inside = history.filter(({ t }) => lies(t, written.within, asOf));
  if ('sequence' in written) return follows(written.sequence, inside, known);
  if ('first' in written || 'last' in written) {
    const match = 'first' in written ? written.first : written.last;
    const times = history.filter((one) => counts(match, one, known)).map(({ t }) => t);
    if (times.length === 0) return false;
    return lies('first' in written ? Math.min(...times) : Math.max(...times), written.within, asOf);
  }
  const match = 'did' in written ? written.did : written.did_not;
  const found = inside.filter((one) => counts(match, one, known)).length;
  const { gte, lte, eq } = written.times ?? { gte: 1 };
  const right =
    (gte === undefined || found >= gte) &&
    (lte === undefined || found <= lte) &&
    (eq === undefined || found === eq);
  return 'did' in written ? right : !right;
}
