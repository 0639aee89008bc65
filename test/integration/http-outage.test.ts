/** What the front does while a backend is away: it says so at once, and goes on with what still works. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { loadConfig } from '../../src/config.js';
import { type Api, runApi } from '../../src/http/run.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres, freshRedis } from '../support/stack.js';

describe('without ClickHouse', () => {
  let api: Api;

  beforeAll(async () => {
    const [redis, postgres] = await Promise.all([freshRedis(), freshPostgres({ migrate: false })]);
    await migrateMetadata(postgres.url);
    await storeFirstKeys(postgres.url, FRONT_KEYS);
    api = await runApi(
      loadConfig({
        WEIR_PORT: '0',
        WEIR_LOG: 'error',
        CLICKHOUSE_URL: 'http://weir:x@127.0.0.1:1/weir',
        REDIS_URL: redis.url,
        DATABASE_URL: postgres.url,
      }),
    );
  });

  afterAll(() => api.stop());

  it('events are accepted', async () => {
    const response = await fetch(`${api.url}/v1/events`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${FRONT_KEYS.write}` },
      body: JSON.stringify({ event: 'a', user_id: 'u' }),
    });
    expect(response.status).toBe(202);
  });

  it('questions get 503 and a time to wait', async () => {
    const response = await fetch(`${api.url}/v1/rejected-events`, {
      headers: { 'X-API-Key': FRONT_KEYS.read },
    });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      503,
      'engine_unavailable',
    ]);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('/health/ready names the part and what to do', async () => {
    const response = await fetch(`${api.url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: 'down',
      accepting: true,
      parts: {
        clickhouse: { status: 'down', detail: expect.stringContaining('CLICKHOUSE_URL') },
        redis: { status: 'ok' },
        postgres: { status: 'ok' },
      },
    });
    expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
  });
});

it('does not start without Redis, and says why', async () => {
  const { url } = await freshPostgres({ migrate: false });
  const start = runApi(
    loadConfig({
      WEIR_PORT: '0',
      WEIR_LOG: 'silent',
      CLICKHOUSE_URL: 'http://weir:x@127.0.0.1:1/weir',
      REDIS_URL: 'redis://127.0.0.1:1/0',
      DATABASE_URL: url,
    }),
  );
  await expect(start).rejects.toMatchObject({ name: 'StreamError' });
});
