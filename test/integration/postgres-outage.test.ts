/** Fronts and workers that start while Postgres is away: known keys and event types come from what was left in Redis. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { type Api, runApi } from '../../src/http/run.js';
import { createRedis, type Redis } from '../../src/redis/client.js';
import { FRONT_KEYS, type Front, startFront } from '../support/front.js';
import { type Bench, createBench } from './ingest-instance.js';

/** Nobody listens there. */
const NOWHERE = 'postgres://weir:x@127.0.0.1:1/weir';

let before: Front;
let after: Api;
let redis: Redis;
let bench: Bench;

const post = (url: string, key: string, path: string, body: unknown): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

beforeAll(async () => {
  before = await startFront('node');
  const { clickhouseUrl, redisUrl } = before.config;
  redis = createRedis(redisUrl!);
  await redis.waitReady(30_000);
  const made = await post(before.url, FRONT_KEYS.admin, '/v1/analytics/event-types', {
    name: 'order',
    schema: { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] },
  });
  expect(made.status, await made.text()).toBe(201);
  // The copies are written behind the answer.
  await vi.waitFor(
    async () => {
      expect(await redis.command(['GET', 'weir:event-types'])).toContain('order');
      expect(await redis.command(['EXISTS', 'weir:keys'])).toBe(1);
    },
    { timeout: 30_000, interval: 50 },
  );
  await before.stop();
  after = await runApi(
    loadConfig({
      WEIR_PORT: '0',
      WEIR_LOG: 'silent',
      CLICKHOUSE_URL: clickhouseUrl,
      REDIS_URL: redisUrl,
      DATABASE_URL: NOWHERE,
    }),
  );
  bench = await createBench({ clickhouseUrl: clickhouseUrl!, redisUrl: redisUrl! });
});

afterAll(async () => {
  await after.stop();
  await redis.close();
});

test('a front that starts without Postgres serves the keys it knew, within their scopes', async () => {
  expect((await post(after.url, FRONT_KEYS.write, '/v1/events', { event: 'a', user_id: 'u' })).status).toBe(
    202,
  );
  expect((await post(after.url, FRONT_KEYS.read, '/v1/events', { event: 'a', user_id: 'u' })).status).toBe(
    403,
  );
  expect((await post(after.url, 'weir_w_never_made_before', '/v1/events', { event: 'a' })).status).toBe(401);
});

test('what needs Postgres is refused at once with a time to wait', async () => {
  const made = await post(after.url, FRONT_KEYS.admin, '/v1/keys', { scopes: ['write'] });
  expect(made.status).toBe(503);
  expect(Number(made.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('ingest that starts without Postgres stores, and judges by the event types it knew', async () => {
  bench.startIngest({ DATABASE_URL: NOWHERE, WEIR_LOG: 'silent' });
  const order = (id: string, properties: object) => ({
    event: 'order',
    event_id: id,
    user_id: 'u',
    properties,
  });
  const done = await bench.send([order('good', { total: 1 }), order('bad', {})]);
  expect(done).toMatchObject({ stored: 1, rejected: 1 });
});

test('keys older than a day are not trusted any more', async () => {
  const text = (await redis.command<string>(['GET', 'weir:keys'])) as string;
  const old = { ...(JSON.parse(text) as object), readAt: Date.now() - 25 * 3_600_000 };
  await redis.command(['SET', 'weir:keys', JSON.stringify(old)]);
  const late = await runApi(
    loadConfig({
      WEIR_PORT: '0',
      WEIR_LOG: 'silent',
      CLICKHOUSE_URL: before.config.clickhouseUrl,
      REDIS_URL: before.config.redisUrl,
      DATABASE_URL: NOWHERE,
    }),
  );
  try {
    const answer = await post(late.url, FRONT_KEYS.write, '/v1/events', { event: 'a', user_id: 'u' });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  } finally {
    await late.stop();
  }
});
