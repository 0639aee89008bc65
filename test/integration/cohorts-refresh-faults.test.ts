/**
 * A cohort never hangs in "calculating": with the engine gone, over a limit, with Postgres gone for a moment, with its process killed
 * or stopped in the middle of a calculation, the state says why, and the next calculation comes by itself.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import type { Child } from '../../src/embedded/child.js';
import { createEngine } from '../../src/embedded/engine.js';
import type { Backend } from '../../src/embedded/part.js';
import { findFreePort } from '../../src/embedded/port.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { createStore } from '../oracle/store.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres, freshRedis } from '../support/stack.js';
import { createTcpGate, type TcpGate } from '../support/tcp-gate.js';
import { type FrontProcess, startFrontProcess } from './front-process.js';

const PATH = '/v1/analytics/cohorts';
const PATIENCE = { timeout: 120_000, interval: 100 };

const folder = mkdtempSync(join(tmpdir(), 'weir-cohort-faults-'));
let engine: Backend;
let running: Child;
let gate: TcpGate;
let metadata: Metadata;
let env: Record<string, string>;
let front: FrontProcess;

beforeAll(async () => {
  engine = createEngine({ folder: join(folder, 'engine'), port: await findFreePort(), password: 'faults' });
  running = await engine.start();
  const client = createClickHouse(engine.url);
  await migrateClickHouse(client);
  await client.close();
  const store = await createStore(engine.url);
  await store.insert('default', [{ user: 'ada', event: 'buy', t: Date.now() - 60_000 }]);
  await store.close();
  const [redis, postgres] = await Promise.all([freshRedis(), freshPostgres({ migrate: false })]);
  await migrateMetadata(postgres.url);
  await storeFirstKeys(postgres.url, FRONT_KEYS);
  metadata = createMetadata(postgres.url);
  gate = await createTcpGate(postgres.url);
  env = {
    WEIR_COHORT_REFRESH: '1s',
    CLICKHOUSE_URL: engine.url,
    REDIS_URL: redis.url,
    DATABASE_URL: gate.url,
  };
  front = await startFrontProcess(env);
});
afterAll(async () => {
  front?.process.kill('SIGKILL');
  await front?.ended;
  await metadata?.close();
  await gate?.close();
  process.kill(running.pid, 'SIGCONT');
  await running?.stop();
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

const save = async (name: string, criteria: unknown): Promise<string> =>
  (await ask<{ id: string }>('POST', PATH, { name, criteria })).id;

interface State {
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly size: number | null;
  readonly next_at: string;
}

const waitFor = (id: string, expected: Partial<Record<keyof State, unknown>>): Promise<State> =>
  vi.waitFor(async () => {
    const { state } = await ask<{ state: State }>('GET', `${PATH}/${id}/state`);
    expect(state).toMatchObject(expected);
    return state;
  }, PATIENCE);

const isReady = (id: string) => waitFor(id, { status: 'ready', reason: null, attempts: 0, size: 1 });

/** A cohort that is being calculated by an engine that does not answer. */
async function startCalculating(name: string): Promise<string> {
  const id = await save(name, { did: { event: 'buy' } });
  await isReady(id);
  process.kill(running.pid, 'SIGSTOP');
  // No other cohort is in its way.
  await metadata.query(
    `update cohort_states set due_at = now() + case when cohort = $1 then interval '0' else interval '1 hour' end`,
    [id],
  );
  await waitFor(id, { status: 'calculating' });
  return id;
}

const goOn = () => process.kill(running.pid, 'SIGCONT');

test('without the engine it fails, says so, and is calculated when the engine is back', async () => {
  const id = await save('Without an engine', { did: { event: 'buy' } });
  await isReady(id);
  process.kill(running.pid, 'SIGKILL');
  const failed = await waitFor(id, { status: 'failed' });
  expect(failed).toMatchObject({
    reason: expect.stringContaining('ClickHouse could not be reached'),
    size: 1,
  });
  expect(Date.parse(failed.next_at)).toBeGreaterThan(0);
  running = await engine.start();
  await isReady(id);
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
  const again = await vi.waitFor(async () => {
    const { state } = await ask<{ state: State }>('GET', `${PATH}/${id}/state`);
    expect(state.attempts).toBeGreaterThan(1);
    expect(state.status).toBe('failed');
    return state;
  }, PATIENCE);
  expect(again).toMatchObject({ reason: expect.stringContaining('shorten its lists'), size: null });
  await ask('PUT', `${PATH}/${id}`, { criteria: { did: { event: 'buy' } } });
  await isReady(id);
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
  await isReady(id);
});

test('a process killed in the middle leaves it to the next, which says so until it has an answer', async () => {
  const id = await startCalculating('Killed');
  front.process.kill('SIGKILL');
  await front.ended;
  front = await startFrontProcess(env);
  await waitFor(id, { status: 'calculating', attempts: 1 });
  // Its time is over, two minutes before it is.
  await metadata.query(`update cohort_states set deadline = now() where status = 'calculating'`, []);
  await waitFor(id, { status: 'calculating', attempts: 2, reason: expect.stringContaining('its process') });
  goOn();
  await isReady(id);
});

test('a process that is stopped in the middle gives it up at once', async () => {
  const id = await startCalculating('Stopped');
  front.process.kill('SIGTERM');
  expect(await front.ended).toBe(0);
  front = await startFrontProcess(env);
  const [given] = await metadata.query<{ attempts: number; status: string }>(
    'select attempts, status from cohort_states where cohort = $1',
    [id],
  );
  expect(given).toMatchObject({ attempts: expect.any(Number) });
  await waitFor(id, { status: 'calculating', reason: expect.stringContaining('was stopped') });
  goOn();
  await isReady(id);
});
