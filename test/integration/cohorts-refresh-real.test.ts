/**
 * Stored members of cohorts the way they come about: cohorts saved over HTTP, events posted to a front and stored by ingest processes,
 * refreshes by the front's own schedule. After each round of events the members stored and the sizes in the history are those that
 * walking over everything posted gives, as of the instant of each refresh; a cohort saved then, calculated whole, is the same. Rounds
 * bring batches, repeated events, late ones, ones of the future, joined ids and changed properties, and time moves events out of
 * spans. In between a second ingest process comes, the first is killed, and the engine is restarted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import { loadConfig } from '../../src/config.js';
import type { Child } from '../../src/embedded/child.js';
import { createEngine } from '../../src/embedded/engine.js';
import type { Backend } from '../../src/embedded/part.js';
import { findFreePort } from '../../src/embedded/port.js';
import { type Api, runApi } from '../../src/http/run.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { belongs, type Known, type Written } from '../oracle/cohort.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createRandom, ORACLE_SEED } from '../oracle/random.js';
import { groupUnits } from '../oracle/store.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres, freshRedis } from '../support/stack.js';
import { type Bench, createBench, expectEnd, type IngestProcess } from './ingest-instance.js';

const ROUNDS = 6;
const BATCHES = 6;
const PEOPLE = 30;
/** How long a round's refreshes may take to come, and all rounds together. */
const PATIENCE = { timeout: 120_000, interval: 100 };
const TIMEOUT_MS = 900_000;

const GOLD = { property: 'user.tier', op: 'eq', value: 'gold' } as const;
const PLAIN = { property: 'price', op: 'lt', value: 30 } as const;
const COHORTS: Record<string, Written> = {
  'once, lately': { did: { event: 'view' }, within: '20s' },
  'some views in an hour, no purchase lately': {
    and: [
      { did: { event: 'view' }, times: { gte: 2, lte: 4 }, within: '1h' },
      { did_not: { event: 'buy' }, within: '15s' },
    ],
  },
  'a view, then a purchase, lately': { sequence: [{ event: 'view' }, { event: 'buy' }], within: '25s' },
  'three in order, ever': {
    sequence: [{ event: 'view', where: PLAIN }, { event: 'cart' }, { event: 'buy' }],
  },
  'in order, not in the other': {
    and: [
      { sequence: [{ event: 'cart' }, { any_of: ['buy', 'view'], where: GOLD }], within: '1h' },
      { not: { sequence: [{ event: 'buy' }, { event: 'cart' }] } },
    ],
  },
  'no purchase of cheap things when gold': { did_not: { event: 'buy', where: [GOLD, PLAIN] }, within: '1h' },
  'first purchase lately': { first: { event: 'buy' }, within: '30s' },
  'last view lately, or gold': { or: [{ last: { event: 'view' }, within: '10s' }, GOLD] },
  'views of some people': {
    did: { event: 'view', where: { property: 'user.id', op: 'matches', value: '[02468]$' } },
    times: { gte: 3 },
  },
};

interface Posted {
  readonly event: string;
  readonly event_id: string;
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly timestamp: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A time in which nothing was posted and everything posted before was stored, and what that was. */
interface Quiet {
  readonly fromMs: number;
  toMs: number;
  readonly people: ReadonlyMap<string, OracleEvent[]>;
  readonly known: Known;
}

const folder = mkdtempSync(join(tmpdir(), 'weir-cohorts-'));
let engine: Backend;
let running: Child;
let api: Api;
let bench: Bench;
let metadata: Metadata;
let first: IngestProcess;

beforeAll(async () => {
  engine = createEngine({ folder: join(folder, 'engine'), port: await findFreePort(), password: 'cohorts' });
  running = await engine.start();
  const client = createClickHouse(engine.url);
  await migrateClickHouse(client);
  await client.close();
  const [redis, postgres] = await Promise.all([freshRedis(), freshPostgres({ migrate: false })]);
  await migrateMetadata(postgres.url);
  await storeFirstKeys(postgres.url, FRONT_KEYS);
  metadata = createMetadata(postgres.url);
  bench = await createBench({ clickhouseUrl: engine.url, redisUrl: redis.url });
  api = await runApi(
    loadConfig({
      WEIR_PORT: '0',
      WEIR_LOG: 'silent',
      WEIR_COHORT_REFRESH: '1s',
      CLICKHOUSE_URL: engine.url,
      REDIS_URL: redis.url,
      DATABASE_URL: postgres.url,
    }),
  );
  first = bench.startIngest();
});
afterAll(async () => {
  await api?.stop();
  await metadata?.close();
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(api.url + path, {
    method,
    headers: { Authorization: `Bearer ${FRONT_KEYS.admin}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, `${method} ${path}: ${text}`).toBe(true);
  return JSON.parse(text) as T;
}

const save = async (name: string, criteria: Written): Promise<string> =>
  (await ask<{ id: string }>('POST', '/v1/analytics/cohorts', { name, criteria })).id;

const random = createRandom(ORACLE_SEED);
/** Everything posted, once each; and the anonymous ids that were joined to a user. */
const posted: Posted[] = [];
const owners = new Map<string, string>();

const userOf = () => `u${random.below(PEOPLE)}`;

/** Just now, a while ago, at the edge of an hour, days late, or soon. */
function randomTime(): number {
  const now = Date.now();
  return random.pick([
    now - random.below(3_000),
    now - random.below(40_000),
    now - 3_600_000 + random.below(60_000),
    now - random.below(20 * 86_400_000),
    now + random.below(30_000),
  ]);
}

function randomPosted(index: number): Posted {
  // No two at the same time, so that what was set last is the last.
  const timestamp = new Date(Math.floor(randomTime() / 1_000) * 1_000 + ((posted.length + index) % 1_000));
  const properties = {
    price: random.below(60),
    ...(random.chance(0.1) && { $set: { tier: random.pick(['gold', 'tin']) } }),
  };
  const base = { event_id: `e${posted.length + index}`, timestamp: timestamp.toISOString(), properties };
  if (random.chance(0.03)) {
    const anonymous = `a${random.below(10)}`;
    if (!owners.has(anonymous)) {
      const user = userOf();
      owners.set(anonymous, user);
      return { ...base, event: '$identify', user_id: user, anonymous_id: anonymous };
    }
  }
  const who = random.chance(0.2) ? { anonymous_id: `a${random.below(10)}` } : { user_id: userOf() };
  return { ...base, ...who, event: random.pick(['view', 'view', 'cart', 'buy']) };
}

/** Posts batches, some at the same time, with events that were posted before, and waits until all have their outcome. */
async function postRound(): Promise<void> {
  const batches = Array.from({ length: BATCHES }, () => {
    const events = Array.from({ length: 1 + random.below(12) }, (_, index) => randomPosted(index));
    posted.push(...events);
    const again = Array.from({ length: random.below(4) }, () => random.pick(posted));
    return [...events, ...again];
  });
  const send = async (events: readonly Posted[]): Promise<string> =>
    (await ask<{ batch_id: string }>('POST', '/v1/events', events)).batch_id;
  const ids = [await send(batches[0]!), ...(await Promise.all(batches.slice(1).map(send)))];
  for (const id of ids) {
    const done = await vi.waitFor(async () => {
      const { status, rejected } = await ask<{ status: string; rejected: number }>(
        'GET',
        `/v1/batches/${id}`,
      );
      expect(status).toBe('done');
      return rejected;
    }, PATIENCE);
    expect(done).toBe(0);
  }
}

function beginQuiet(): Quiet {
  const events = posted.map(({ event, user_id, anonymous_id, timestamp, properties }): OracleEvent => {
    const user = user_id ?? owners.get(anonymous_id!) ?? anonymous_id!;
    return { user, event, t: Date.parse(timestamp), properties };
  });
  const people = groupUnits(events, ({ user }) => user);
  const propertiesOf = (user: string) => {
    const set = people.get(user)!.filter(({ properties }) => properties?.$set !== undefined);
    const last = set.sort((a, b) => a.t - b.t).at(-1);
    return (last?.properties?.$set ?? {}) as Record<string, unknown>;
  };
  const tiers = new Map([...people.keys()].map((user) => [user, propertiesOf(user)]));
  const known: Known = { propertiesOf: (user) => tiers.get(user)!, listed: [] };
  return { fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY, people, known };
}

const listExpected = (criteria: Written, asOf: number, { people, known }: Quiet): string[] =>
  [...people]
    .filter(([, events]) => belongs(criteria, events, asOf, known))
    .map(([user]) => user)
    .sort();

interface Size {
  readonly as_of: string;
  readonly size: number;
  readonly refresh: { readonly way: string; readonly why: string | null };
}

const listSizes = async (id: string, limit: number): Promise<Size[]> =>
  (await ask<{ sizes: Size[] }>('GET', `/v1/analytics/cohorts/${id}/history?limit=${limit}`)).sizes;

/** Asks the schedule not to wait for what it rests after each refresh. */
const makeDue = () =>
  metadata.query(`update cohort_states set due_at = now() where status in ('ready', 'failed')`, []);

/** Waits until no refresh runs, and lets none begin. */
async function rest(): Promise<void> {
  await vi.waitFor(async () => {
    await metadata.query(
      `update cohort_states set due_at = now() + interval '1 hour' where status <> 'calculating'`,
      [],
    );
    expect(await metadata.query(`select cohort from cohort_states where status = 'calculating'`, [])).toEqual(
      [],
    );
  }, PATIENCE);
}

async function listStored(id: string): Promise<string[]> {
  const { rows } = await bench.clickhouse.query<{ person: string }>(
    `select distinct person from events where project = 'default' and person_key in
     (select person_key from cohort_members where project = 'default' and cohort_id = {id:String}) order by person`,
    { params: { id } },
  );
  return rows.map(({ person }) => person);
}

/** The members of a refresh within a quiet time, and of when it was. */
async function readRefreshed(id: string, quiet: Quiet): Promise<{ stored: string[]; newest: Size }> {
  return vi.waitFor(async () => {
    const [before] = await listSizes(id, 1);
    expect(Date.parse(before?.as_of ?? '')).toBeGreaterThan(quiet.fromMs);
    const stored = await listStored(id);
    expect(await listSizes(id, 1)).toEqual([before]);
    return { stored, newest: before! };
  }, PATIENCE);
}

async function checkMembers(id: string, name: string, criteria: Written, quiet: Quiet): Promise<void> {
  const { stored, newest } = await readRefreshed(id, quiet);
  const told = `${name} as of ${newest.as_of}, ${newest.refresh.way} ${newest.refresh.why}`;
  const expected = listExpected(criteria, Date.parse(newest.as_of), quiet);
  expect({ told, stored, size: newest.size }).toEqual({ told, stored: expected, size: expected.length });
}

/** What happens to the processes before a round. */
async function disturb(round: number): Promise<void> {
  if (round === 2) bench.startIngest();
  if (round === 3) first.process.kill('SIGKILL');
  if (round === 4) {
    process.kill(running.pid, 'SIGKILL');
    running = await engine.start();
  }
}

const quiets: Quiet[] = [];

test(
  'after each round the stored members are those of everything posted, by changes and whole alike',
  async () => {
    const ids = new Map<string, string>();
    for (const [name, criteria] of Object.entries(COHORTS)) ids.set(name, await save(name, criteria));
    for (let round = 0; round < ROUNDS; round++) {
      await disturb(round);
      const before = quiets.at(-1);
      if (before) {
        // What is known of people is that of when a refresh runs, not of its instant.
        await rest();
        before.toMs = Date.now();
        await makeDue();
      }
      await postRound();
      const quiet = beginQuiet();
      quiets.push(quiet);
      await makeDue();
      const checks = Object.entries(COHORTS).map(async ([name, criteria]) => {
        await checkMembers(ids.get(name)!, name, criteria, quiet);
        if (round % 2 === 0) return;
        const twin = await save(`${name} ${round}`, criteria);
        await checkMembers(twin, `a new ${name}`, criteria, quiet);
        await ask('DELETE', `/v1/analytics/cohorts/${twin}`);
      });
      await Promise.all(checks);
    }
    await expectEnd(first, 'SIGKILL');
    // Every refresh in a quiet time, also those that nobody waited for.
    const ways: string[] = [];
    for (const [name, criteria] of Object.entries(COHORTS))
      for (const { as_of, size, refresh } of await listSizes(ids.get(name)!, 1_000)) {
        const asOf = Date.parse(as_of);
        const quiet = quiets.find(({ fromMs, toMs }) => asOf > fromMs && asOf < toMs);
        if (!quiet) continue;
        ways.push(refresh.way);
        const told = `${name} as of ${as_of}`;
        expect({ told, size }).toEqual({ told, size: listExpected(criteria, asOf, quiet).length });
      }
    expect(ways.length).toBeGreaterThanOrEqual(ROUNDS * ids.size);
    expect(ways.filter((way) => way === 'changes').length / ways.length).toBeGreaterThan(0.5);
  },
  TIMEOUT_MS,
);
