/** Random criteria of cohorts, as a request writes them, and events for them to speak of. */
import type { OracleEvent, Where } from './condition.js';
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
  | { property: 'user.tier'; op: 'eq' | 'ne'; value: string }
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

function randomMatch(random: Random): Match {
  const names = ['view', 'buy', 'refund', 'rare', 'never'];
  const named = random.chance(0.8)
    ? { event: random.pick(names) }
    : { any_of: [random.pick(names), random.pick(names)] };
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
