/** Metrics that are computed by themselves: each run once, whoever is there to run it, and what came out is kept. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { createMetrics, deleteMetric, type MetricRoom } from '../../src/metrics/define.js';
import { createScheduleRunner } from '../../src/metrics/schedule/runner.js';
import { listResults, setSchedule } from '../../src/metrics/schedule/store.js';
import { createMetricSources } from '../../src/metrics/sources.js';
import { openQueryContext } from '../../src/query/context.js';
import type { Ticker } from '../../src/ticker.js';
import { createStore, type Store } from '../oracle/store.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres } from '../support/stack.js';

const HOUR = 3_600_000;
const PROJECT = 'default';
const ALWAYS = { fromMs: 0, toMs: 8_000_000_000_000 };
const ALL = { limit: 100, after: '' };

let store: Store;
let metadata: Metadata;
let room: MetricRoom;
const errors: Error[] = [];
const runners: Ticker[] = [];

beforeAll(async () => {
  store = await createStore();
  const { url } = await freshPostgres();
  await storeFirstKeys(url, FRONT_KEYS);
  metadata = createMetadata(url);
  const registry = { snapshot: () => ({ revision: 1, types: [], strictProjects: [] }) };
  room = { metadata, sources: createMetricSources(metadata, registry) };
  const hourStart = Math.floor(Date.now() / HOUR) * HOUR;
  await store.insert(
    PROJECT,
    [1, 2, 3, 30].map((hours) => ({
      user: `u${hours}`,
      event: 'order',
      t: hourStart - hours * HOUR + 60_000,
    })),
    hourStart,
  );
  for (let i = 0; i < 2; i++)
    runners.push(
      createScheduleRunner({
        metadata,
        clickhouse: store.clickhouse,
        sources: room.sources,
        onError: (error) => errors.push(error),
      }),
    );
});
afterAll(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
  await metadata?.close();
  await store?.close();
});

const tickAll = () => Promise.all(runners.map((runner) => runner.tick()));
const editor = async () => ({
  context: await openQueryContext({ clickhouse: store.clickhouse, project: PROJECT }),
  keyId: 'test',
});
const define = async (text: string): Promise<string> =>
  (await createMetrics(room, await editor(), text))[0]!.record.id;
const schedule = (metric: string, cron = '0 * * * *') =>
  setSchedule(metadata, { project: PROJECT, keyId: 'test' }, metric, { cron, timezone: 'Europe/Berlin' });
const makeDue = (metric: string) =>
  metadata.query("update metric_schedules set next_at = now() - interval '5 hours' where metric = $1", [
    metric,
  ]);

test('runs that were missed are made good by one, by one of two fronts', async () => {
  const metric = await define('metric "orders" { formula = "count(order)" time_window = "1d" }');
  await schedule(metric);
  await makeDue(metric);
  await tickAll();
  await tickAll();
  expect(errors).toEqual([]);
  const results = await listResults(metadata, metric, ALWAYS, ALL);
  const due = new Date(Math.floor(Date.now() / HOUR) * HOUR).toISOString();
  expect(results).toMatchObject([
    {
      scheduled_for: due,
      state: 'done',
      version: 1,
      attempts: 1,
      totals: { value: 3 },
      meta: { grain: 'all' },
    },
  ]);
  await makeDue(metric);
  await tickAll();
  expect(await listResults(metadata, metric, ALWAYS, ALL)).toHaveLength(1);
});

test('a run that fails is kept with its reason', async () => {
  const base = await define('metric "base" { formula = "count(order)" }');
  const metric = await define('metric "twice" { formula = "base * 2" }');
  await deleteMetric(room, await editor(), base, true);
  await schedule(metric);
  await makeDue(metric);
  await tickAll();
  expect(await listResults(metadata, metric, ALWAYS, ALL)).toMatchObject([
    { state: 'failed', reason: expect.stringContaining('base') },
  ]);
});

test('a run whose process ended is run again, a few times at most', async () => {
  const metric = await define('metric "abandoned" { formula = "count(order)" }');
  const claim = (at: string, attempts: number) =>
    metadata.query(
      `insert into metric_results (metric, scheduled_for, project, version, state, attempts, claimed_at)
       values ($1, $2, $3, 1, 'running', $4, now() - interval '1 hour')`,
      [metric, at, PROJECT, attempts],
    );
  await claim('2025-01-01T00:00:00Z', 1);
  await claim('2025-01-02T00:00:00Z', 3);
  await tickAll();
  expect(await listResults(metadata, metric, ALWAYS, ALL)).toMatchObject([
    { state: 'done', attempts: 2 },
    { state: 'failed', attempts: 3, reason: 'the process that ran it ended' },
  ]);
});

test('results lie in partitions by metric, and come page by page', async () => {
  const [{ partitions }] = (await metadata.query<{ partitions: number }>(
    "select count(*)::integer as partitions from pg_inherits where inhparent = 'metric_results'::regclass",
  )) as [{ partitions: number }];
  expect(partitions).toBe(8);
  const [record] = await room.sources
    .listMetrics(PROJECT)
    .then((all) => all.filter(({ name }) => name === 'abandoned'));
  const [first] = await listResults(metadata, record!.id, ALWAYS, { limit: 1, after: '' });
  const rest = await listResults(metadata, record!.id, ALWAYS, { limit: 10, after: first!.id });
  expect(rest.map(({ scheduled_for }) => scheduled_for)).toEqual(['2025-01-02T00:00:00.000Z']);
});

test('a schedule goes with its metric', async () => {
  const metric = await define('metric "brief" { formula = "count(order)" }');
  expect(await schedule(metric, '30 6 * * 1-5')).toMatchObject({
    upcoming: { length: 3 },
    timezone: 'Europe/Berlin',
  });
  await deleteMetric(room, await editor(), metric);
  expect(await metadata.query('select * from metric_schedules where metric = $1', [metric])).toEqual([]);
});
