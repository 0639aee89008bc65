/** Who belongs to a cohort, through the engine, against walking over every event of every person. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerSize, listUsers } from '../../src/query/cohort/answer.js';
import { type Criteria, readCriteria } from '../../src/query/cohort/criteria.js';
import { resolveMembership } from '../../src/query/cohort/formula.js';
import { publishMembers, storeList } from '../../src/query/cohort/members.js';
import { printMembers } from '../../src/query/cohort/print.js';
import { createCohortReference } from '../../src/query/condition/cohort.js';
import { answerTrends } from '../../src/query/trends/answer.js';
import {
  belongs,
  DAY,
  FIRST,
  type Known,
  randomCriteria,
  randomEvents,
  SAVED,
  TIERS,
  type Written,
} from '../oracle/cohort.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createRandom, ORACLE_SEED } from '../oracle/random.js';
import { createStore, groupUnits, type Store } from '../oracle/store.js';

const CRITERIA = 320;
/** Questions at the engine at the same time. */
const AT_ONCE = 4;

let store: Store;
let people: Map<string, OracleEvent[]>;
/** On the list of a fixed cohort; some of them nobody knows. */
const LISTED = ['u3', 'u7', 'u8', 'u21', 'u40', 'stranger'];
/** The people u0, u1, … up to a number are gold; nothing is known of the others. */
const GOLD = 25;
beforeAll(async () => {
  store = await createStore();
  const random = createRandom(ORACLE_SEED);
  const events = randomEvents(random, 500);
  people = groupUnits(events, ({ user }) => user);
  await store.insert('mine', events);
  await store.insert('other', randomEvents(random, 200));
  const list = { project: 'mine', cohort: 'listed', version: '1' };
  const listed = LISTED.map((name) => ({ name, known: true }));
  await storeList(store.clickhouse, list, listed);
  await publishMembers(store.clickhouse, list, 0);
  await store.clickhouse.command(
    `insert into user_property_changes (project, name, person_key, at, received_at, event_id, op, value)
    select 'mine', 'tier', cityHash64(toUInt8(1), concat('u', toString(number))), now64(3), now64(3), toString(number), 1, '"${TIERS[0]}"'
    from numbers(${GOLD})`,
  );
});
afterAll(() => store?.close());

const KNOWN: Known = {
  propertiesOf: (user) => (Number(user.slice(1)) < GOLD ? { tier: TIERS[0] } : {}),
  listed: LISTED,
};

const listBelonging = (written: Written, asOf: number): string[] =>
  [...people]
    .filter(([, history]) => history.some(({ t }) => t < asOf) && belongs(written, history, asOf, KNOWN))
    .map(([user]) => user)
    .sort();

const find = async (id: string): Promise<Criteria | undefined> =>
  id === 'listed' ? { kind: 'list', id } : SAVED[id] && readCriteria(SAVED[id]);

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

test('ids that were joined are one person, in criteria and on lists', async () => {
  const at = (user: string, event: string, day: number): OracleEvent => ({
    user,
    event,
    t: FIRST + day * DAY,
  });
  await store.insert('joined', [at('a', 'buy', 0), at('b', 'buy', 1), at('c', 'buy', 0), at('d', 'view', 0)]);
  await store.clickhouse.command(
    `insert into identity_overrides (project, person_key, target_key, target, seq)
    select 'joined', cityHash64(toUInt8(1), 'a'), cityHash64(toUInt8(1), 'b'), 'b', 1`,
  );
  const list = { project: 'joined', cohort: 'listed', version: '1' };
  await storeList(store.clickhouse, list, [{ name: 'a', known: true }]);
  await publishMembers(store.clickhouse, list, 0);
  const context = { ...store.contextOf('joined'), merged: true };
  const namesOf = async (criteria: unknown) => {
    const membership = await resolveMembership(readCriteria(criteria), FIRST + 9 * DAY, find);
    const page = await listUsers(context, membership, { after: undefined, limit: 10 });
    return page.map(({ name }) => name);
  };
  expect(await namesOf({ did: { event: 'buy' }, times: { gte: 2 } })).toEqual(['b']);
  expect(await namesOf({ sequence: [{ event: 'buy' }, { event: 'buy' }] })).toEqual(['b']);
  expect(await namesOf({ in_cohort: 'listed' })).toEqual(['b']);
  expect(await namesOf({ and: [{ did: { event: 'buy' } }, { not: { in_cohort: 'listed' } }] })).toEqual([
    'c',
  ]);
  const membership = await resolveMembership(readCriteria({ in_cohort: 'listed' }), FIRST + 9 * DAY, find);
  const cohort = createCohortReference({
    id: 'listed',
    name: 'Listed',
    asOfMs: membership.asOfMs,
    printMembers: (params) => printMembers(membership, context, params),
  });
  const question = { from: '2024-02-20', to: '2024-02-27', grain: 'all', breakdown: [{ cohort }] };
  const { rows } = await answerTrends(context, { events: [{ event: 'buy' }], ...question });
  expect(rows.map((row) => row.slice(2, 4))).toEqual([
    [true, 2],
    [false, 1],
  ]);
});
