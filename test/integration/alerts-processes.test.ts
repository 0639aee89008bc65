/** Alerts look at every process of Weir and at what it leans on, count each once, and say which one it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { readPartMemory } from '../../src/alerting/part-memory.js';
import { type AlertRunner, createAlertRunner } from '../../src/alerting/runner.js';
import { createSampler, takeSample } from '../../src/alerting/sampler.js';
import { changeAlert, listAlerts, listHistory } from '../../src/alerting/store.js';
import type { Child } from '../../src/embedded/child.js';
import { createRedis as createRedisServer } from '../../src/embedded/redis.js';
import { requireRedisServer } from '../../src/embedded/redis-server.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { NO_SOURCES } from '../../src/query/metric/sources.js';
import { readVitals, watchVitals } from '../../src/telemetry/vitals.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres } from '../support/stack.js';
import { type Bench, createBench, type IngestProcess, makeEvent, makePayload } from './ingest-instance.js';

/** A machine busy with other tests is slow. */
const PATIENCE = { timeout: 120_000, interval: 500 };
/** Where nothing answers. */
const NOWHERE = 'http://weir:x@127.0.0.1:1/weir';

const folder = mkdtempSync(join(tmpdir(), 'weir-alerts-'));
let server: Child;
let bench: Bench;
let metadata: Metadata;
let databaseUrl: string;
let runner: AlertRunner;
const errors: Error[] = [];
const onError = (error: Error): void => void errors.push(error);

beforeAll(async () => {
  const redis = createRedisServer({ folder, program: await requireRedisServer() });
  server = await redis.start();
  bench = await createBench({ redisUrl: redis.url });
  databaseUrl = (await freshPostgres()).url;
  await storeFirstKeys(databaseUrl, FRONT_KEYS);
  metadata = createMetadata(databaseUrl);
  runner = createAlertRunner({ metadata, metrics: NO_SOURCES, clickhouse: bench.clickhouse, onError });
  await runner.tick();
});

afterAll(async () => {
  await runner?.close();
  await metadata?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const find = async (builtin: string) =>
  (await listAlerts(metadata, 'default', { limit: 100, after: '' })).find((one) => one.builtin === builtin)!;

/** Takes one sample, by two fronts at once, has a rule judged on it alone, and says what came of it. */
async function judge(builtin: string) {
  const samplers = [0, 1].map(() => createSampler({ ...bench, metadata }, onError));
  await Promise.all(samplers.map((one) => one.sample()));
  await metadata.query('delete from signal_samples');
  await Promise.all(samplers.map((one) => one.sample()));
  await Promise.all(samplers.map((one) => one.close()));
  const [{ samples }] = (await metadata.query<{ samples: number }>(
    'select count(*)::integer as samples from signal_samples',
  )) as [{ samples: number }];
  // Two, when the beginning of an interval passed meanwhile.
  expect(samples).toBeLessThanOrEqual(2);
  await metadata.query("update alerts set next_at = now() + interval '1 hour' where builtin <> $1", [
    builtin,
  ]);
  await metadata.query('update alerts set next_at = now() where builtin = $1', [builtin]);
  await runner.tick();
  return (await find(builtin)).states[''];
}

/** Has a rule judge at once, without its `for`. */
async function hasten(builtin: string): Promise<void> {
  const { id, name, rule } = await find(builtin);
  const { for: _, ...rest } = rule;
  await changeAlert(metadata, NO_SOURCES, 'default', id, { name, ...rest });
}

const startIngest = (env: Record<string, string> = {}): IngestProcess =>
  bench.startIngest({ DATABASE_URL: databaseUrl, ...env });

test('ingest processes are among those that are looked at, each once, and are forgotten when they are gone', async () => {
  const [first, second] = [startIngest(), startIngest()];
  const list = async () => (await readVitals(bench.redis)).map(({ name }) => name.split(' on ')[0]).sort();
  const names = [first, second].map(({ process: { pid } }) => `ingest ${pid}`).sort();
  await expect.poll(list, PATIENCE).toEqual(names);
  const [vitals] = await readVitals(bench.redis);
  expect(vitals!.memory.used).toBeGreaterThan(0);
  expect(vitals!.memory.used).toBeLessThan(vitals!.memory.limit);
  expect(await second.stop()).toBe(0);
  expect(await list()).toEqual([`ingest ${first.process.pid}`]);
  // A process that is killed cannot say so.
  first.process.kill('SIGKILL');
  await first.ended;
  await expect.poll(list, PATIENCE).toEqual([]);
});

test('memory: the engine and Redis tell what they use and what they may, and the alert names the tightest', async () => {
  await hasten('memory_share');
  const memory = await readPartMemory(bench);
  expect(memory.map(({ name, of }) => [name, of])).toEqual([
    ['the engine', 'what it may take'],
    ['Redis', 'its machine'],
  ]);
  for (const { used, limit } of memory) {
    expect(used).toBeGreaterThan(0);
    expect(limit).toBeGreaterThan(used);
  }
  const { used } = memory[1]!;
  // Room for what the test itself writes.
  await bench.redis.command(['CONFIG', 'SET', 'maxmemory', String(Math.ceil(used / 0.95) + 64 * 1024)]);
  const state = await judge('memory_share');
  expect(state).toMatchObject({
    status: 'firing',
    note: expect.stringMatching(/^Redis: \d+ % of its maxmemory, \d/),
  });
  expect(state!.value).toBeGreaterThan(80);
  const [message] = await metadata.query<{ body: string }>(
    "select body from alert_deliveries where alert = $1 and channel = 'socket'",
    [(await find('memory_share')).id],
  );
  expect(JSON.parse(message!.body)).toMatchObject({ status: 'firing', note: state!.note });
  await bench.redis.command(['CONFIG', 'SET', 'maxmemory', '0']);
});

test('memory: a part that does not answer is left out', async () => {
  const dead = { query: () => Promise.reject(new Error('away')) };
  expect((await readPartMemory({ ...bench, clickhouse: dead })).map(({ name }) => name)).toEqual(['Redis']);
});

test('error rate: an ingest process that cannot store says so, whatever fronts answer', async () => {
  expect((await judge('error_rate'))?.status).toBe('ok');
  const ingest = startIngest({ CLICKHOUSE_URL: NOWHERE });
  await bench.stream.append(makePayload([makeEvent('stuck')]));
  await expect
    .poll(() => judge('error_rate'), PATIENCE)
    .toMatchObject({
      status: 'firing',
      value: 100,
      note: expect.stringMatching(
        new RegExp(`^ingest ${ingest.process.pid} on \\S+: \\d+ of \\d+ attempts to store a batch failed$`),
      ),
    });
  ingest.process.kill('SIGKILL');
  await ingest.ended;
  const history = await listHistory(metadata, 'default', (await find('error_rate')).id, {
    limit: 10,
    after: '',
  });
  expect(history.map(({ toStatus }) => toStatus)).toEqual(['firing']);
});

test('connection pool: the process whose calls wait is named, the others do not hide it', async () => {
  const { redis } = bench;
  const calm = watchVitals({ role: 'front', redis, callsWaiting: () => 0 });
  const busy = watchVitals({ role: 'ingest', redis, callsWaiting: () => 1 });
  const look = async () => {
    await Promise.all([calm.publish(), busy.publish()]);
    return (await takeSample(bench)).pool_exhausted;
  };
  await expect
    .poll(look, PATIENCE)
    .toMatchObject({ note: expect.stringMatching(/^ingest .*: calls waited in [1-9]\d* of 60 seconds$/) });
  await Promise.all([calm.close(), busy.close()]);
  expect(errors).toEqual([]);
});
