/** The rules Weir comes with, made to fire by what they watch: a worker that is away, an engine that is dead, a row that is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { type AlertRunner, createAlertRunner } from '../../src/alerting/runner.js';
import { createSampler } from '../../src/alerting/sampler.js';
import { type AlertRecord, changeAlert, listAlerts } from '../../src/alerting/store.js';
import { watchIntegrity } from '../../src/ingest/integrity-watch.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { NO_SOURCES } from '../../src/query/metric/sources.js';
import { createLogger } from '../../src/telemetry/log.js';
import { cacheRequestsTotal, httpRequestSeconds } from '../../src/telemetry/metrics.js';
import { type VitalsWatch, watchVitals } from '../../src/telemetry/vitals.js';
import { FRONT_KEYS, type Front, startFront } from '../support/front.js';
import { openLive } from '../support/live-client.js';
import { freshPostgres } from '../support/stack.js';
import { type Bench, createBench, makeEvent, makePayload } from './ingest-instance.js';

const HOUR = 3_600_000;
/** A machine busy with other tests is slow. */
const PATIENCE = { timeout: 120_000, interval: 500 };

let bench: Bench;
let metadata: Metadata;
let vitals: VitalsWatch;
let runner: AlertRunner;
let front: Front;
const errors: Error[] = [];
const onError = (error: Error): void => void errors.push(error);

beforeAll(async () => {
  bench = await createBench();
  const { url } = await freshPostgres();
  await storeFirstKeys(url, FRONT_KEYS);
  metadata = createMetadata(url);
  vitals = watchVitals({ role: 'front', redis: bench.redis, callsWaiting: metadata.callsWaiting });
  runner = createAlertRunner({ metadata, metrics: NO_SOURCES, clickhouse: bench.clickhouse, onError });
  await runner.tick();
  front = await startFront('uws', { CLICKHOUSE_URL: 'http://weir:x@127.0.0.1:1/weir' });
});

afterAll(async () => {
  await front?.stop();
  await vitals?.close();
  await runner?.close();
  await metadata?.close();
});

const find = async (builtin: string): Promise<AlertRecord> =>
  (await listAlerts(metadata, 'default', { limit: 100, after: '' })).find((one) => one.builtin === builtin)!;

/** Takes a sample of now, judges a rule on it alone, and says what state it is in. */
async function judge(
  builtin: string,
): Promise<{ status: string | undefined; value: number | null | undefined }> {
  const sampler = createSampler({ ...bench, metadata }, onError);
  // It begins with a sample by itself; the one after is ours.
  await sampler.sample();
  await metadata.query('delete from signal_samples');
  await vitals.publish();
  await sampler.sample();
  await sampler.close();
  await metadata.query("update alerts set next_at = now() + interval '1 hour' where builtin <> $1", [
    builtin,
  ]);
  await metadata.query('update alerts set next_at = now() where builtin = $1', [builtin]);
  await runner.tick();
  const { states } = await find(builtin);
  return { status: states['']?.status, value: states['']?.value };
}

/** Has a rule judge at once, without its `for`. */
async function hasten(builtin: string, change: object = {}): Promise<void> {
  const { id, name, rule } = await find(builtin);
  const { for: _, ...rest } = rule;
  await changeAlert(metadata, NO_SOURCES, 'default', id, { name, ...rest, ...change });
}

test('processing lag: a payload waits for a worker for more than 5 s, and is stored at last', async () => {
  expect((await judge('processing_lag')).status).toBe('ok');
  const { payloadId } = await bench.stream.append(makePayload([makeEvent('late')]));
  await expect.poll(() => judge('processing_lag'), PATIENCE).toMatchObject({ status: 'firing' });
  bench.startIngest();
  await bench.waitDone(payloadId);
  expect(await judge('processing_lag')).toEqual({ status: 'resolved', value: 0 });
});

test('integrity: a row is removed behind Weir’s back', async () => {
  await bench.send([makeEvent('a'), makeEvent('b')], 'robbed');
  const check = async (): Promise<void> => {
    const watch = watchIntegrity({
      ...bench,
      intervalMs: 0,
      consumerId: 'test',
      log: createLogger('test'),
      onError: () => {},
      now: () => Date.now() + HOUR,
    });
    await watch.check();
    await watch.stop();
  };
  await check();
  expect((await judge('integrity')).status).toBe('ok');
  await bench.redis.command(['DEL', 'weir:integrity']);
  await bench.clickhouse.command(
    "alter table events delete where project = 'robbed' and event_id = 'a' settings mutations_sync = 1",
  );
  await check();
  expect(await judge('integrity')).toEqual({ status: 'firing', value: 1 });
});

test('connection pool: calls wait for a connection to Postgres for longer than ten seconds', async () => {
  // More slow calls than there are connections, and others behind them, each of which gives up after three seconds.
  const calls: Promise<unknown>[] = [];
  for (let second = 0; second < 14; second++) {
    const many = Array.from({ length: 10 }, () => metadata.query('select pg_sleep(3)').catch(() => {}));
    calls.push(...many);
    await sleep(1_000);
  }
  await Promise.all(calls);
  expect((await judge('pool_exhausted')).status).toBe('firing');
});

test('memory: more is in use than the rule allows', async () => {
  await hasten('memory_share', { condition: { above: 100 } });
  const { status, value } = await judge('memory_share');
  expect(status).toBe('ok');
  expect(value).toBeGreaterThan(1);
  expect(value).toBeLessThan(100);
  await hasten('memory_share', { condition: { above: value! / 2 } });
  expect((await judge('memory_share')).status).toBe('firing');
});

test('cache hit ratio: of the answers of a minute fewer than 80 % came from the cache', async () => {
  await hasten('cache_hit_ratio');
  cacheRequestsTotal.inc({ level: 'l1', result: 'hit' }, 90);
  cacheRequestsTotal.inc({ level: 'l1', result: 'miss' }, 10);
  cacheRequestsTotal.inc({ level: 'l2', result: 'miss' }, 10);
  expect(await judge('cache_hit_ratio')).toEqual({ status: 'ok', value: 90 });
  cacheRequestsTotal.inc({ level: 'l1', result: 'miss' }, 100);
  cacheRequestsTotal.inc({ level: 'l2', result: 'miss' }, 100);
  expect(await judge('cache_hit_ratio')).toEqual({ status: 'firing', value: 45 });
});

test('error rate: with too few requests nothing is said, and health checks are no errors', async () => {
  const before = await judge('error_rate');
  for (let i = 0; i < 200; i++)
    httpRequestSeconds.observe({ route: '/health/ready', method: 'GET', status: '503' }, 0.01);
  expect(await judge('error_rate')).toEqual(before);
});

test('a front whose engine is dead and whose workers are away says so by itself, to its page and to sockets', async () => {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(front.url + path, {
      ...init,
      headers: { authorization: `Bearer ${front.keys.admin}`, 'content-type': 'application/json' },
    });
  const live = await openLive(front.url, { query: `?key=${front.keys.read}` });
  expect(await live.subscribe({ channel: 'alerts' })).toMatchObject({
    type: 'subscribed',
    snapshot: { alerts: [] },
  });
  const post = { method: 'POST', body: JSON.stringify({ event: 'view', user_id: 'u' }) };
  expect((await ask('/v1/events', post)).status).toBe(202);
  for (let i = 0; i < 30; i++) {
    const question = { events: [{ event: 'view' }], from: '2026-01-01', to: '2026-01-02', grain: 'day' };
    expect(
      (await ask('/v1/analytics/trends', { method: 'POST', body: JSON.stringify(question) })).status,
    ).toBe(503);
  }
  const firing = async () => {
    const { data } = (await (await ask('/v1/alerts?status=firing')).json()) as { data: { name: string }[] };
    return data.map(({ name }) => name);
  };
  await expect
    .poll(firing, PATIENCE)
    .toEqual(expect.arrayContaining(['Processing lag above 5 s', 'Error rate above 1 %']));
  const heard = await live.waitFor(
    ({ type, data }) =>
      type === 'alert' && (data as { alert: { name: string } }).alert.name.startsWith('Error'),
  );
  expect(heard).toMatchObject({ channel: 'alerts', data: { status: 'firing', project: 'default' } });
  await live.close();
  const later = await openLive(front.url, { query: `?key=${front.keys.read}` });
  const { snapshot } = await later.subscribe({ channel: 'alerts' });
  expect((snapshot as { alerts: object[] }).alerts.length).toBeGreaterThanOrEqual(2);
  await later.close();
});
