/**
 * Members refreshed by what changed, against members calculated anew, step by step. A world of people goes on: events that are
 * on time, late, of the future, tied and repeated, some stored before everything received earlier is; ids that are joined; properties
 * that change; a list that is replaced. The members stored by refreshes must be those that one scan finds of the events settled by
 * then, which lie in a project of their own.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Criteria, readCriteria } from '../../src/query/cohort/criteria.js';
import { resolveMembership } from '../../src/query/cohort/formula.js';
import { publishMembers, storeList } from '../../src/query/cohort/members.js';
import { printMembers } from '../../src/query/cohort/print.js';
import { refreshMembers } from '../../src/query/cohort/refresh.js';
import type { QueryContext } from '../../src/query/context.js';
import { openQueryContext } from '../../src/query/context.js';
import { createParams } from '../../src/query/printed.js';
import { DAY, FIRST, randomCriteria, randomEvents, SAVED, TIERS, type Written } from '../oracle/cohort.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createRandom, ORACLE_SEED, type Random } from '../oracle/random.js';
import { createStore, type Store } from '../oracle/store.js';

/** Worlds, cohorts in each, and refreshes of each after the first. */
const WORLDS = 8;
const COHORTS = 12;
const STEPS = 6;
const PEOPLE = 300;
const AT_ONCE = 4;
const TIMEOUT_MS = 900_000;
/** Longer than a world goes on. */
const RENEW_MS = 365 * DAY;

let store: Store;
let newest = 0;
const nextVersion = async () => String(++newest);

beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store?.close());

/** What happens in a project, and what of it is settled. */
interface World {
  readonly random: Random;
  readonly project: string;
  readonly mirror: string;
  /** Stored already, though something received before may come. */
  early: { readonly events: OracleEvent[]; readonly receivedMs: number };
  readonly rootOf: Map<string, string>;
  /** As of when the last refresh was, and received before when. */
  asOfMs: number;
  receivedMs: number;
  changes: number;
}

const find = async (id: string): Promise<Criteria | undefined> =>
  id === 'listed' ? { kind: 'list', id } : SAVED[id] && readCriteria(SAVED[id]);

const userOf = (random: Random): string => `u${random.below(PEOPLE)}`;

/** Around the two instants, at one of them, late, or in the future; some at the very same time as another. */
function randomTime({ random, asOfMs }: World, nextMs: number): number {
  const between = asOfMs + random.below(nextMs - asOfMs);
  const late = FIRST + random.below(asOfMs - FIRST);
  const future = nextMs + random.below(3 * DAY);
  return random.pick([asOfMs, nextMs, nextMs - 1, between, between, between, late, future]);
}

function happen(world: World, count: number, nextMs: number): OracleEvent[] {
  const { random } = world;
  const events = randomEvents(random, count).map((event) => ({
    ...event,
    user: userOf(random),
    t: randomTime(world, nextMs),
  }));
  const repeats = events.filter(() => random.chance(0.2));
  return [...events, ...repeats];
}

const insertInto = async (
  world: World,
  projects: readonly string[],
  events: readonly OracleEvent[],
  at: number,
) => {
  for (const project of projects) await store.insert(project, events, at);
  return world;
};

const quote = (text: string): string => `'${text}'`;

/** One id, and all that were joined to it, become another's. */
async function join(world: World): Promise<void> {
  const { random, rootOf } = world;
  const rootFor = (user: string): string => rootOf.get(user) ?? user;
  const [root, lost] = [rootFor(userOf(random)), rootFor(userOf(random))];
  if (root === lost) return;
  const moved = [lost, ...[...rootOf].filter(([, target]) => target === lost).map(([user]) => user)];
  for (const user of moved) rootOf.set(user, root);
  const seq = ++world.changes;
  for (const project of [world.project, world.mirror])
    await store.clickhouse.command(
      `insert into identity_overrides (project, person_key, target_key, target, seq)
      select '${project}', cityHash64(toUInt8(1), arrayJoin([${moved.map(quote).join(', ')}])), cityHash64(toUInt8(1), '${root}'), '${root}', ${seq}`,
    );
}

async function changeProperty(world: World, receivedMs: number): Promise<void> {
  const { random, asOfMs } = world;
  const [user, value, at] = [userOf(random), random.pick(TIERS), asOfMs - random.below(10 * DAY)];
  const id = `c${++world.changes}`;
  for (const project of [world.project, world.mirror])
    await store.clickhouse.command(
      `insert into user_property_changes (project, name, person_key, at, received_at, event_id, op, value)
      select '${project}', 'tier', cityHash64(toUInt8(1), '${user}'), fromUnixTimestamp64Milli(${at}), fromUnixTimestamp64Milli(${receivedMs}), '${id}', 1, '"${value}"'`,
    );
}

async function replaceList(world: World): Promise<void> {
  const names = Array.from({ length: 20 }, () => userOf(world.random));
  const version = await nextVersion();
  for (const project of [world.project, world.mirror]) {
    const list = { project, cohort: 'listed', version };
    await storeList(
      store.clickhouse,
      list,
      [...new Set(names)].map((name) => ({ name, known: true })),
    );
    await publishMembers(store.clickhouse, list, 0);
  }
}

/** Minutes, hours, a night, a week and more. */
const STRIDES = [60_000, 900_000, 7 * 3_600_000, DAY, 9 * DAY];

async function goOn(world: World): Promise<void> {
  const { random, project, mirror, early } = world;
  const asOfMs = world.asOfMs + random.pick(STRIDES);
  const receivedMs = world.receivedMs + 1_000;
  // What was early is settled now.
  await store.insert(mirror, early.events, early.receivedMs);
  const received = random.pick([world.receivedMs, world.receivedMs + random.below(1_000), receivedMs - 1]);
  await insertInto(world, [project, mirror], happen(world, 5 + random.below(20), asOfMs), received);
  const events = happen(world, random.below(8), asOfMs);
  world.early = { events, receivedMs: receivedMs + random.pick([0, 1, 500]) };
  await store.insert(project, events, world.early.receivedMs);
  for (let i = random.below(4); i > 0; i--) await join(world);
  for (let i = random.below(3); i > 0; i--) await changeProperty(world, received);
  if (random.chance(0.2)) await replaceList(world);
  Object.assign(world, { asOfMs, receivedMs });
}

async function begin(seed: number): Promise<World> {
  const random = createRandom(seed);
  const world: World = {
    random,
    project: `mine${seed}`,
    mirror: `mirror${seed}`,
    early: { events: [], receivedMs: 0 },
    rootOf: new Map(),
    asOfMs: FIRST + 20 * DAY,
    receivedMs: Date.UTC(2024, 5, 1),
    changes: 0,
  };
  const events = randomEvents(random, 1_500).map((event) => ({ ...event, user: userOf(random) }));
  await insertInto(world, [world.project, world.mirror], events, world.receivedMs - 1);
  await replaceList(world);
  // Half of the worlds begin before anybody was joined.
  if (random.chance(0.5)) await join(world);
  for (let i = 0; i < 40; i++) await changeProperty(world, world.receivedMs - 1);
  return world;
}

async function listKeys(sql: string, params: Record<string, unknown>): Promise<string[]> {
  const { rows } = await store.clickhouse.query<{ key: string }>(
    `select toString(person_key) as key from (${sql}) order by key`,
    { params },
  );
  return rows.map(({ key }) => key);
}

/** Refreshes a cohort and compares what is stored with one scan. */
async function check(world: World, context: QueryContext, cohort: string, written: Written): Promise<string> {
  const { project, mirror, asOfMs, receivedMs } = world;
  const membershipAt = (ms: number) => resolveMembership(readCriteria(written), ms, find);
  const refreshed = await refreshMembers({
    context: { ...context, project },
    cohort,
    membershipAt,
    asOfMs,
    receivedMs,
    nextVersion,
    renewMs: RENEW_MS,
  });
  const params = createParams();
  const sql = printMembers(await membershipAt(asOfMs), { ...context, project: mirror }, params);
  const expected = await listKeys(sql, { ...params.values });
  const stored = await listKeys(
    'select person_key from cohort_members where project = {project:String} and cohort_id = {cohort:String}',
    { project, cohort },
  );
  const told = `${new Date(asOfMs).toISOString()} ${JSON.stringify(written)} ${refreshed.way} ${refreshed.why}`;
  expect({ told, stored, size: refreshed.size }).toEqual({ told, stored: expected, size: expected.length });
  return refreshed.why || refreshed.way;
}

/** How often a refresh went which way, in all worlds. */
const ways = new Map<string, number>();

test.each(Array.from({ length: WORLDS }, (_, world) => world))(
  `world ${'%i'}: ${COHORTS} cohorts after each of ${STEPS} steps are those calculated anew`,
  async (index) => {
    const world = await begin(ORACLE_SEED + index);
    const cohorts = Array.from({ length: COHORTS }, () => randomCriteria(world.random, 3));
    for (let step = 0; step <= STEPS; step++) {
      if (step > 0) await goOn(world);
      const context = await openQueryContext({ clickhouse: store.clickhouse, project: world.project });
      for (let first = 0; first < COHORTS; first += AT_ONCE) {
        const some = cohorts.slice(first, first + AT_ONCE);
        const went = await Promise.all(some.map((one, i) => check(world, context, `co_${first + i}`, one)));
        for (const way of went) ways.set(way, (ways.get(way) ?? 0) + 1);
      }
    }
  },
  TIMEOUT_MS,
);

test('most refreshes were by what changed', async () => {
  const sum = [...ways.values()].reduce((a, b) => a + b, 0);
  expect(sum).toBe(WORLDS * COHORTS * (STEPS + 1));
  expect(ways.get('changes')! / sum, JSON.stringify([...ways])).toBeGreaterThan(0.6);
});
