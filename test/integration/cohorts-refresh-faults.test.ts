/**
 * A cohort never hangs in "calculating", and its stored members are exact once a fault is over: with the engine or Redis gone, over a
 * limit, with Postgres gone for a moment, with its process stopped or killed in the middle of a calculation, wherever that is.
 * Meanwhile people buy. The state says why, the next calculation comes by itself, and finds just who bought.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import { createEngine } from '../../src/embedded/engine.js';
import { findFreePort } from '../../src/embedded/port.js';
import { createRedis } from '../../src/embedded/redis.js';
import { requireRedisServer } from '../../src/embedded/redis-server.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres } from '../support/stack.js';
import { createTcpGate, type TcpGate } from '../support/tcp-gate.js';
import { type FrontProcess, startFrontProcess } from './front-process.js';
import { type Bench, createBench } from './ingest-instance.js';
import { createKillingProxy } from './killing-proxy.js';
import { kill, type Running, restart, startBackend } from './running-backend.js';

const PATH = '/v1/analytics/cohorts';
const PATIENCE = { timeout: 120_000, interval: 100 };
const BUYERS = { did: { event: 'buy' } };
/** Of one refresh, about: what is sent to the engine until its end is said. */
const STATEMENTS = 12;
/** Of the test that starts a front for each of them. */
const TIMEOUT_MS = 900_000;

const folder = mkdtempSync(join(tmpdir(), 'weir-cohort-faults-'));
let engine: Running;
let redis: Running;
let gate: TcpGate;
let metadata: Metadata;
let env: Record<string, string>;
let bench: Bench;
let front: FrontProcess;
/** Who bought, in the order of their names. */
const buyers: string[] = [];

beforeAll(async () => {
  const port = await findFreePort();
  const program = await requireRedisServer();
  [engine, redis] = await Promise.all([
    startBackend(createEngine({ folder: join(folder, 'engine'), port, password: 'faults' })),
    startBackend(createRedis({ folder: join(folder, 'redis'), program })),
  ]);
  const client = createClickHouse(engine.backend.url);
  await migrateClickHouse(client);
  await client.close();
  const postgres = await freshPostgres({ migrate: false });
  await migrateMetadata(postgres.url);
  await storeFirstKeys(postgres.url, FRONT_KEYS);
  metadata = createMetadata(postgres.url);
  gate = await createTcpGate(postgres.url);
  env = {
    WEIR_COHORT_REFRESH: '1s',
    CLICKHOUSE_URL: engine.backend.url,
    REDIS_URL: redis.backend.url,
    DATABASE_URL: gate.url,
  };
  bench = await createBench({ clickhouseUrl: engine.backend.url, redisUrl: redis.backend.url });
  bench.startIngest();
  front = await startFrontProcess(env);
  await buy();
});
afterAll(async () => {
  front?.process.kill('SIGKILL');
  await front?.ended;
  await metadata?.close();
  await gate?.close();
  if (engine) process.kill(engine.child.pid, 'SIGCONT');
  await Promise.all([engine, redis].map((running) => running?.child.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(front.url + path, {
    method,
    headers: { Authorization: `Bearer ${FRONT_KEYS.admin}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, `${method} ${path}: ${text}`).toBe(true);
  return JSON.parse(text) as T;
}

/** Somebody who did nothing before buys; it is stored as soon as that can be. */
async function buy(): Promise<void> {
  const user = `u${String(buyers.length).padStart(3, '0')}`;
  const timestamp = new Date(Date.now() - 60_000).toISOString();
  const event = { event: 'buy', event_id: `e-${user}`, user_id: user, timestamp };
  // Redis may just have come back.
  await vi.waitFor(() => ask('POST', '/v1/events', [event]), PATIENCE);
  buyers.push(user);
}

const save = async (name: string, criteria: unknown): Promise<string> =>
  (await ask<{ id: string }>('POST', PATH, { name, criteria })).id;

interface Refresh {
  readonly way: string;
  readonly why: string | null;
}

interface State {
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly size: number | null;
  readonly next_at: string;
  /** Null while the engine is away. */
  readonly last_refresh: Refresh | null;
}

const waitFor = (id: string, expected: Partial<Record<keyof State, unknown>>): Promise<State> =>
  vi.waitFor(async () => {
    const { state } = await ask<{ state: State }>('GET', `${PATH}/${id}/state`);
    expect(state).toMatchObject(expected);
    return state;
  }, PATIENCE);

/** Asks the schedule not to wait for what it rests, or pauses after a failure; no other cohort is in the way. */
const makeDue = (id: string) =>
  metadata.query(
    `update cohort_states set due_at = now() + case when cohort = $1 then interval '0' else interval '1 hour' end
    where status <> 'calculating'`,
    [id],
  );

async function listStored(id: string): Promise<string[]> {
  const { rows } = await bench.clickhouse.query<{ person: string }>(
    `select distinct person from events where project = 'default' and person_key in
     (select person_key from cohort_members where project = 'default' and cohort_id = {id:String}) order by person`,
    { params: { id } },
  );
  return rows.map(({ person }) => person);
}

/** Waits until the state is that of a success, with just the people who bought. */
const isExact = (id: string): Promise<void> =>
  vi.waitFor(async () => {
    await makeDue(id);
    const { state } = await ask<{ state: State }>('GET', `${PATH}/${id}/state`);
    expect(state).toMatchObject({ status: 'ready', reason: null, attempts: 0, size: buyers.length });
    expect(await listStored(id)).toEqual(buyers);
  }, PATIENCE);

/** A cohort that is being calculated by an engine that does not answer; somebody bought since it did. */
async function startCalculating(name: string): Promise<string> {
  const id = await save(name, BUYERS);
  await isExact(id);
  process.kill(engine.child.pid, 'SIGSTOP');
  await buy();
  await makeDue(id);
  await waitFor(id, { status: 'calculating' });
  return id;
}

const goOn = () => process.kill(engine.child.pid, 'SIGCONT');

/** Waits until the newest refresh was of this way, and of just who bought. */
const waitForRefresh = (id: string, refresh: Refresh): Promise<void> =>
  vi.waitFor(async () => {
    await makeDue(id);
    const { sizes } = await ask<{ sizes: object[] }>('GET', `${PATH}/${id}/history?limit=1`);
    expect(sizes).toMatchObject([{ size: buyers.length, refresh }]);
  }, PATIENCE);

test('without the engine it fails, says so, and is calculated when the engine is back', async () => {
  const id = await save('Without an engine', BUYERS);
  await isExact(id);
  const size = buyers.length;
  await kill(engine);
  await buy();
  await makeDue(id);
  const failed = await waitFor(id, { status: 'failed', last_refresh: null });
  expect(failed).toMatchObject({ reason: expect.stringContaining('ClickHouse could not be reached'), size });
  expect(Date.parse(failed.next_at)).toBeGreaterThan(0);
  await restart(engine);
  await isExact(id);
});

test('the engine killed in the middle leaves no half of a calculation', async () => {
  const id = await startCalculating('Killed engine');
  await kill(engine);
  const failed = await waitFor(id, { status: 'failed' });
  expect(failed).toMatchObject({ attempts: 1, size: buyers.length - 1 });
  await restart(engine);
  await isExact(id);
});

test('without Redis all of the stored events are looked at, and what changed again when it is back', async () => {
  const id = await save('Without Redis', BUYERS);
  await isExact(id);
  await buy();
  await isExact(id);
  await kill(redis);
  await waitForRefresh(id, { way: 'whole', why: 'unsettled' });
  await waitFor(id, { status: 'ready', reason: null, attempts: 0 });
  await restart(redis);
  await buy();
  await waitForRefresh(id, { way: 'changes', why: null });
  await isExact(id);
});

test('over a limit it fails, says which, and is tried again; other criteria mend it', async () => {
  const values = Array.from({ length: 3_000 }, (_, i) => `value number ${i}`);
  const parts: string[] = [];
  for (let i = 0; i < 5; i++)
    parts.push(
      await save(`Part ${i}`, { did: { event: 'buy', where: { property: 'x', op: 'in', value: values } } }),
    );
  const id = await save('Too long', { or: parts.map((part) => ({ in_cohort: part })) });
  await waitFor(id, { status: 'failed', reason: expect.stringContaining('250000 characters') });
  await makeDue(id);
  await waitFor(id, {
    status: 'failed',
    reason: expect.stringContaining('shorten its lists'),
    attempts: expect.toSatisfy((attempts: number) => attempts > 1),
    size: null,
  });
  await ask('PUT', `${PATH}/${id}`, { criteria: BUYERS });
  await isExact(id);
});

test('without Postgres for a moment its end is said when Postgres is back', async () => {
  const id = await startCalculating('Without Postgres');
  const [{ claim }] = (await metadata.query<{ claim: string }>(
    'select claim from cohort_states where cohort = $1',
    [id],
  )) as [{ claim: string }];
  const before = front.logs().length;
  gate.shut();
  goOn();
  // The calculation ends without Postgres, one way or the other.
  await vi.waitFor(
    () => expect(front.logs().slice(before)).toContain('a cohort could not be calculated'),
    PATIENCE,
  );
  expect(await metadata.query('select claim from cohort_states where cohort = $1', [id])).toEqual([
    { claim },
  ]);
  gate.open();
  const failed = await waitFor(id, { status: 'failed' });
  expect(failed).toMatchObject({ reason: expect.stringMatching(/PostgreSQL|Postgres/), attempts: 1 });
  await isExact(id);
});

test('a process killed in the middle leaves it to the next, which says so until it has an answer', async () => {
  const id = await startCalculating('Killed');
  front.process.kill('SIGKILL');
  await front.ended;
  front = await startFrontProcess(env);
  await waitFor(id, { status: 'calculating', attempts: 1 });
  await endDeadlines();
  await waitFor(id, { status: 'calculating', attempts: 2, reason: expect.stringContaining('its process') });
  goOn();
  await isExact(id);
});

/** The time of what is being calculated is over, before it is. */
const endDeadlines = () =>
  metadata.query(`update cohort_states set deadline = now() where status = 'calculating'`, []);

test('a process that is stopped in the middle gives it up at once', async () => {
  const id = await startCalculating('Stopped');
  front.process.kill('SIGTERM');
  expect(await front.ended).toBe(0);
  // Nobody but the process that was stopped has said so.
  const states = await metadata.query(
    'select status, attempts, reason from cohort_states where cohort = $1',
    [id],
  );
  expect(states).toEqual([{ status: 'failed', attempts: 1, reason: expect.stringContaining('was stopped') }]);
  front = await startFrontProcess(env);
  await waitFor(id, { status: 'calculating', reason: expect.stringContaining('was stopped') });
  goOn();
  await isExact(id);
});

test(
  'a process killed after any of its statements leaves nothing wrong',
  async () => {
    const id = await save('Killed anywhere', BUYERS);
    await isExact(id);
    const proxy = await createKillingProxy(engine.backend.url);
    const proxied = { ...env, CLICKHOUSE_URL: proxy.url };
    front.process.kill('SIGKILL');
    await front.ended;
    front = await startFrontProcess(proxied);
    for (let after = 1; after <= STATEMENTS; after++) {
      await isExact(id);
      await buy();
      proxy.aim(front.process, after);
      await makeDue(id);
      await front.ended;
      front = await startFrontProcess(proxied);
      await endDeadlines();
    }
    await isExact(id);
    front.process.kill('SIGKILL');
    await front.ended;
    front = await startFrontProcess(env);
    await proxy.close();
  },
  TIMEOUT_MS,
);
