/** The background check of the books: what it says when a row is gone, where it says so, and that it says it is well again. */
import { beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { runApi } from '../../src/http/run.js';
import { type IntegrityWatch, watchIntegrity } from '../../src/ingest/integrity-watch.js';
import { SIGNALS_KEY } from '../../src/stream/signals.js';
import type { Logger } from '../../src/telemetry/log.js';
import { createLogger } from '../../src/telemetry/log.js';
import { registry } from '../../src/telemetry/metrics.js';
import { freshPostgres } from '../support/stack.js';
import { type Bench, createBench, makeEvent } from './ingest-instance.js';

const HOUR_MS = 3_600_000;

let bench: Bench;
const logged: { level: string; project: unknown }[] = [];

/** The log, overheard. */
function createOverheard(): Logger {
  const log = createLogger('test');
  const hear = (level: string) => (fields: object) => {
    logged.push({ level, project: 'project' in fields ? fields.project : undefined });
  };
  return Object.assign(Object.create(log) as Logger, { error: hear('error'), info: hear('info') });
}

const createWatch = (consumerId = 'one'): IntegrityWatch =>
  watchIntegrity({
    ...bench,
    intervalMs: 0,
    consumerId,
    log: createOverheard(),
    onError: () => {},
    // The hour the test runs in has closed.
    now: () => Date.now() + HOUR_MS,
  });

async function readSignals(): Promise<Record<string, string>[]> {
  const entries = await bench.redis.command<[string, string[]][]>(['XRANGE', SIGNALS_KEY, '-', '+']);
  return entries.map(([, fields]) =>
    Object.fromEntries(
      Array.from({ length: fields.length / 2 }, (_, i) => [fields[2 * i]!, fields[2 * i + 1]!]),
    ),
  );
}

const readGauge = async (): Promise<Record<string, number>> => {
  const gauge = await registry.getSingleMetric('weir_integrity_ok')!.get();
  return Object.fromEntries(gauge.values.map(({ labels, value }) => [labels.project, value]));
};

async function askHealth(): Promise<{
  status: number;
  body: { status: string; parts: Record<string, object> };
}> {
  const postgres = await freshPostgres();
  const api = await runApi(
    loadConfig({
      WEIR_PORT: '0',
      WEIR_LOG: 'silent',
      CLICKHOUSE_URL: bench.clickhouseUrl,
      REDIS_URL: bench.redisUrl,
      DATABASE_URL: postgres.url,
    }),
  );
  try {
    const response = await fetch(`${api.url}/health/ready`);
    return { status: response.status, body: (await response.json()) as never };
  } finally {
    await api.stop();
  }
}

beforeAll(async () => {
  bench = await createBench();
  bench.startIngest();
  await bench.send([makeEvent('a'), makeEvent('b')], 'robbed');
  await bench.send([makeEvent('a')], 'fine');
});

test('books that balance are silent', async () => {
  const watch = createWatch();
  await watch.check();
  await watch.stop();
  expect(await readGauge()).toEqual({ robbed: 1, fine: 1 });
  expect([logged, await readSignals()]).toEqual([[], []]);
});

test('a row removed behind Weir’s back is said in the log once, in the gauge, in a signal and in the health page', async () => {
  // The hours are checked from the beginning, as if they had closed just now.
  await bench.redis.command(['DEL', 'weir:integrity']);
  await bench.clickhouse.command(
    "alter table events delete where project = 'robbed' and event_id = 'a' settings mutations_sync = 1",
  );
  const watch = createWatch();
  await watch.check();
  await watch.check();
  await watch.stop();
  expect(logged).toEqual([{ level: 'error', project: 'robbed' }]);
  expect(await readGauge()).toEqual({ robbed: 0, fine: 1 });
  const signals = await readSignals();
  expect(signals).toHaveLength(2);
  expect(signals[0]).toMatchObject({ signal: 'integrity', project: 'robbed', value: '0' });
  expect(JSON.parse(signals[0]!.detail!)).toMatchObject({ accepted: 2, stored: 1, ok: false });
  const health = await askHealth();
  expect(health.status).toBe(200);
  expect(health.body).toMatchObject({
    status: 'degraded',
    parts: { integrity: { status: 'degraded', detail: expect.stringContaining('1 of 2 projects') } },
  });
});

test('when the row is back, the same hours balance, and that is said too', async () => {
  await bench.clickhouse.command(
    "insert into events (project, event, timestamp, event_id, user_id, received_at, batch_partition, batch_seq) select project, event, timestamp, 'a', user_id, received_at, batch_partition, batch_seq from events where project = 'robbed' settings insert_deduplicate = 0",
  );
  const watch = createWatch();
  await watch.check();
  await watch.stop();
  expect(await readGauge()).toEqual({ robbed: 1, fine: 1 });
  expect((await readSignals()).at(-1)).toMatchObject({ project: 'robbed', value: '1' });
  expect(logged.at(-1)).toEqual({ level: 'info', project: 'robbed' });
});

test('one process checks at a time', async () => {
  await bench.redis.command(['DEL', 'weir:integrity']);
  await bench.redis.command(['SET', 'weir:integrity:lock', 'somebody else']);
  const watch = createWatch('two');
  await watch.check();
  await watch.stop();
  expect(await bench.redis.command(['EXISTS', 'weir:integrity'])).toBe(0);
  expect(await bench.redis.command(['GET', 'weir:integrity:lock'])).toBe('somebody else');
});
