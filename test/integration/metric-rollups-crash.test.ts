/** A front or the engine is killed while a rollup is filled, events arriving: in the end it equals the events, and nothing is left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import type { Child } from '../../src/embedded/child.js';
import { createEngine } from '../../src/embedded/engine.js';
import type { Backend } from '../../src/embedded/part.js';
import { findFreePort } from '../../src/embedded/port.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { toTarget } from '../../src/metrics/rollup/build.js';
import { matchesEvents } from '../../src/metrics/rollup/compare.js';
import { listRollups } from '../../src/metrics/rollup/records.js';
import { createRandom, ORACLE_SEED } from '../oracle/random.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres } from '../support/stack.js';
import { type FrontProcess, startFrontProcess } from './front-process.js';
import { type Bench, createBench, type TestEvent } from './ingest-instance.js';

const DAY = 86_400_000;
const FIRST = Date.UTC(2025, 0, 20);
const SPAN = { fromMs: Date.UTC(2024, 11, 1), toMs: Date.UTC(2025, 4, 1) };
/** So many that a month takes longer to fill than it takes to kill who fills it. */
const MANY = 600_000;
const LOOKS = 1_200;
const PAUSE_MS = 100;
/** Shorter than the table beside a rollup lasts while a month is filled. */
const SHORT_PAUSE_MS = 10;

const folder = mkdtempSync(join(tmpdir(), 'weir-rollup-crash-'));
const random = createRandom(ORACLE_SEED);
let engine: Backend;
let engineChild: Child;
let bench: Bench;
let metadata: Metadata;
let env: Record<string, string>;
let front: FrontProcess;
let sent = 0;

beforeAll(async () => {
  engine = createEngine({ folder: join(folder, 'engine'), port: await findFreePort(), password: 'crash' });
  engineChild = await engine.start();
  const client = createClickHouse(engine.url);
  await migrateClickHouse(client);
  await client.close();
  const { url } = await freshPostgres({ migrate: false });
  await migrateMetadata(url);
  await storeFirstKeys(url, FRONT_KEYS);
  metadata = createMetadata(url);
  bench = await createBench({ clickhouseUrl: engine.url });
  env = { CLICKHOUSE_URL: engine.url, REDIS_URL: bench.redisUrl, DATABASE_URL: url };
  // Before there is a rollup: what says it was received before a cut is stored before it.
  await bench.clickhouse.command(
    `insert into events (project, event, timestamp, event_id, user_id, received_at, properties)
     select 'default', 'order', toDateTime64('2025-02-01 00:00:00', 3, 'UTC') + toIntervalSecond(number % 2000000), concat('many', toString(number)),
       concat('u', toString(number % 50000)), toDateTime64('2025-02-01 00:00:00', 3, 'UTC'), '{"plan":"pro","amount":5.5}'::JSON from numbers(${MANY})`,
  );
  bench.startIngest();
});

afterAll(async () => {
  front?.process.kill('SIGKILL');
  await front?.ended;
  await metadata?.close();
  await engineChild?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Events of three months. */
const makeEvents = (count: number): TestEvent[] =>
  Array.from({ length: count }, () => ({
    event: 'order',
    event_id: `e${sent++}`,
    user_id: `u${random.below(50)}`,
    timestamp: new Date(FIRST + random.below(70 * DAY)).toISOString(),
    properties: { plan: random.pick(['pro', 'free']), amount: random.below(1_000) },
  }));

async function define(name: string): Promise<void> {
  const response = await fetch(`${front.url}/v1/analytics/metrics/custom`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${FRONT_KEYS.admin}`, 'Content-Type': 'text/plain' },
    body: `metric "${name}" { formula = "sum(order.amount) / uniq(order)" dimensions = ["plan"] }`,
  });
  expect(response.status, await response.text()).toBe(201);
}

async function waitFor(what: string, isSo: () => Promise<boolean>, pauseMs = PAUSE_MS): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (await isSo()) return;
    await sleep(pauseMs);
  }
  throw new Error(`${what}: ${JSON.stringify(await listRollups(metadata))}\n${front.logs()}`);
}

const areReady = async (): Promise<boolean> => {
  const rollups = await listRollups(metadata);
  return rollups.length > 0 && rollups.every(({ state }) => state === 'ready');
};

async function expectWhole(): Promise<void> {
  const rollups = await listRollups(metadata);
  for (const rollup of rollups)
    expect(await matchesEvents(bench.clickhouse, toTarget(rollup), SPAN, true), rollup.name).toBe(true);
  const { rows } = await bench.clickhouse.query<{ name: string }>(
    "select name from system.tables where database = currentDatabase() and name like 'rollup%' order by name",
  );
  expect(rows.map(({ name }) => name)).toEqual(
    rollups.flatMap(({ table }) => [table, `${table}_feed`]).sort(),
  );
}

test('fronts that are killed between filling a month and putting it in place, and after it', async () => {
  await bench.send(makeEvents(500));
  front = await startFrontProcess({ ...env, WEIR_FAULT: 'after-fill:1' });
  await define('killed_front');
  expect(await front.ended, front.logs()).toBe('SIGKILL');
  await bench.send(makeEvents(200));
  front = await startFrontProcess({ ...env, WEIR_FAULT: 'after-place:2' });
  expect(await front.ended, front.logs()).toBe('SIGKILL');
  await bench.send(makeEvents(200));
  front = await startFrontProcess(env);
  await waitFor('rollups are ready', areReady);
  await bench.send(makeEvents(100));
  await expectWhole();
});

test('an engine that is killed while it fills a month', async () => {
  await define('killed_engine');
  await waitFor(
    'a month is being filled',
    async () => {
      const { rows } = await bench.clickhouse.query<{ n: number }>(
        "select count() as n from system.tables where database = currentDatabase() and name like 'rollup%fill%'",
      );
      return Number(rows[0]!.n) > 0;
    },
    SHORT_PAUSE_MS,
  );
  process.kill(engineChild.pid, 'SIGKILL');
  await engineChild.exited;
  engineChild = await engine.start();
  await bench.send(makeEvents(200));
  await waitFor(
    'rollups are ready again',
    async () => (await areReady()) && (await listRollups(metadata)).length === 4,
  );
  await expectWhole();
});
