/** Who belongs to a cohort, through the engine, against walking over every event of every person. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerSize, listUsers } from '../../src/query/cohort/answer.js';
import { type Criteria, readCriteria } from '../../src/query/cohort/criteria.js';
import { resolveMembership } from '../../src/query/cohort/formula.js';
import { holds, type OracleEvent, type Where } from '../oracle/condition.js';
import { createRandom, ORACLE_SEED, type Random } from '../oracle/random.js';
import { createStore, groupUnits, type Store } from '../oracle/store.js';

const DAY = 86_400_000;
const FIRST = Date.UTC(2024, 1, 20);
const CRITERIA = 240;
/** Questions at the engine at the same time. */
const AT_ONCE = 4;

interface Match {
  event?: string;
  any_of?: string[];
  where?: Where;
}
interface Rest {
  times?: { gte?: number; lte?: number; eq?: number };
  within?: string | { from: string; to: string };
}
/** Criteria as a request writes them. */
type Written =
  | ({ did: Match } & Rest)
  | ({ did_not: Match } & Rest)
  | { in_cohort: string }
  | { and: Written[] }
  | { or: Written[] }
  | { not: Written };

let store: Store;
let people: Map<string, OracleEvent[]>;
const saved: Record<string, Written> = {
  buyers: { did: { event: 'buy' } },
  quiet: { and: [{ did_not: { event: 'view' }, within: '7d' }, { in_cohort: 'buyers' }] },
};

/** Half the instants are midnights, where ranges begin and end. */
const randomEvents = (random: Random, count: number): OracleEvent[] =>
  Array.from({ length: count }, () => ({
    user: `u${random.below(60)}`,
    event: random.pick(['view', 'view', 'view', 'buy', 'refund', 'rare']),
    t: FIRST + random.below(40) * DAY + (random.chance(0.5) ? 0 : random.below(DAY)),
    properties: random.chance(0.7) ? { plan: random.pick(['pro', 'free', 5]), price: random.below(50) } : {},
  }));

beforeAll(async () => {
  store = await createStore();
  const random = createRandom(ORACLE_SEED);
  const events = randomEvents(random, 500);
  people = groupUnits(events, ({ user }) => user);
  await store.insert('mine', events);
  await store.insert('other', randomEvents(random, 200));
});
afterAll(() => store?.close());

function counts({ event, any_of, where }: Match, one: OracleEvent): boolean {
  return (any_of ?? [event]).includes(one.event) && holds(where, one);
}

/** The number of events that count, all of them before `asOf`. */
function countMatches(match: Match, { within }: Rest, history: readonly OracleEvent[], asOf: number): number {
  const from =
    typeof within === 'string'
      ? asOf - Number.parseInt(within, 10) * DAY
      : within
        ? Date.parse(within.from)
        : 0;
  const to = typeof within === 'object' ? Date.parse(within.to) : asOf;
  return history.filter((one) => one.t < asOf && one.t >= from && one.t < to && counts(match, one)).length;
}

function belongs(written: Written, history: readonly OracleEvent[], asOf: number): boolean {
  if ('and' in written) return written.and.every((part) => belongs(part, history, asOf));
  if ('or' in written) return written.or.some((part) => belongs(part, history, asOf));
  if ('not' in written) return !belongs(written.not, history, asOf);
  if ('in_cohort' in written) return belongs(saved[written.in_cohort]!, history, asOf);
  const found = countMatches('did' in written ? written.did : written.did_not, written, history, asOf);
  const { gte, lte, eq } = written.times ?? { gte: 1 };
  const right =
    (gte === undefined || found >= gte) &&
    (lte === undefined || found <= lte) &&
    (eq === undefined || found === eq);
  return 'did' in written ? right : !right;
}

const listBelonging = (written: Written, asOf: number): string[] =>
  [...people]
    .filter(([, history]) => history.some(({ t }) => t < asOf) && belongs(written, history, asOf))
    .map(([user]) => user)
    .sort();

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

function randomRest(random: Random): Rest {
  const few = random.below(4);
  const times = random.pick([undefined, { gte: few }, { lte: few }, { eq: few }, { gte: few, lte: few + 2 }]);
  const from = random.below(35);
  const within = random.pick([
    undefined,
    `${random.below(40)}d`,
    { from: dateOf(from), to: dateOf(from + 1 + random.below(15)) },
  ]);
  return { ...(times && { times }), ...(within && { within }) };
}

function randomCriteria(random: Random, depth: number): Written {
  if (depth > 0 && random.chance(0.6)) {
    if (random.chance(0.2)) return { not: randomCriteria(random, depth - 1) };
    const parts = Array.from({ length: 1 + random.below(3) }, () => randomCriteria(random, depth - 1));
    return random.chance(0.5) ? { and: parts } : { or: parts };
  }
  if (random.chance(0.1)) return { in_cohort: random.pick(Object.keys(saved)) };
  const match = randomMatch(random);
  return { ...(random.chance(0.7) ? { did: match } : { did_not: match }), ...randomRest(random) };
}

const find = async (id: string): Promise<Criteria | undefined> => saved[id] && readCriteria(saved[id]);

test(`${CRITERIA} random criteria find just the people who fulfil them`, async () => {
  const random = createRandom(ORACLE_SEED + 1);
  const context = store.contextOf('mine');
  let members = 0;
  const check = async (written: Written, asOf: number): Promise<void> => {
    const membership = await resolveMembership(readCriteria(written), asOf, find);
    const page = await listUsers(context, membership, { after: undefined, limit: 1_000 });
    const expected = listBelonging(written, asOf);
    const told = `${new Date(asOf).toISOString()} ${JSON.stringify(written)}`;
    expect({ told, users: page.map(({ name }) => name) }).toEqual({ told, users: expected });
    members += expected.length;
  };
  for (let i = 0; i < CRITERIA; i += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, () => {
      const written = randomCriteria(random, 3);
      const asOf = FIRST + random.below(45) * DAY + (random.chance(0.5) ? 0 : random.below(DAY));
      return check(written, asOf);
    });
    await Promise.all(some);
  }
  // Neither nobody nor everybody, all the time.
  expect(members / CRITERIA / people.size).toBeGreaterThan(0.1);
  expect(members / CRITERIA / people.size).toBeLessThan(0.9);
});

test('a cohort and its opposite share out everybody', async () => {
  const random = createRandom(ORACLE_SEED + 2);
  const context = store.contextOf('mine');
  const asOf = FIRST + 60 * DAY;
  const sizeOf = async (written: Written) =>
    (await answerSize(context, await resolveMembership(readCriteria(written), asOf, find))).size;
  for (let i = 0; i < 20; i++) {
    const written = randomCriteria(random, 2);
    expect((await sizeOf(written)) + (await sizeOf({ not: written }))).toBe(people.size);
  }
});
