/** Figures of processes without an HTTP server, through Redis, into one text. */
import { afterAll, expect, it } from 'vitest';
import { createRedis } from '../../src/redis/client.js';
import { acceptedBytesTotal } from '../../src/telemetry/metrics.js';
import {
  METRICS_KEY_PREFIX,
  METRICS_MEMBERS_KEY,
  publishMetrics,
  renderMetrics,
} from '../../src/telemetry/publish.js';
import { freshRedis } from '../support/stack.js';

const { url } = await freshRedis();
const redis = createRedis(url);
await redis.waitReady(5_000);

afterAll(() => redis.close());

const readBytes = async (): Promise<number> => {
  const text = await renderMetrics(redis);
  return Number(/^weir_accepted_bytes_total (\d+)$/m.exec(text)?.[1]);
};

it('figures of several processes are added up, and those of a dead one disappear', async () => {
  acceptedBytesTotal.inc(100);
  expect(await readBytes()).toBe(100);
  const stops = [publishMetrics(redis, 'one'), publishMetrics(redis, 'two')];
  while ((await redis.command<number>(['SCARD', METRICS_MEMBERS_KEY])) < 2 || (await readBytes()) < 300) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await readBytes()).toBe(300);
  for (const stop of stops) stop();
  await redis.command(['DEL', `${METRICS_KEY_PREFIX}one`]);
  expect(await readBytes()).toBe(200);
  expect(await redis.command(['SMEMBERS', METRICS_MEMBERS_KEY])).toEqual(['two']);
});

it('the front’s own figures are there while Redis is not', async () => {
  const away = { command: () => Promise.reject(new Error('away')) };
  expect(await renderMetrics(away)).toMatch(/^weir_accepted_bytes_total 100$/m);
});
