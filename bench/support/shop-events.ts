/** Made-up events of a shop, straight into the table of a running stack, and questions asked over HTTP. */
import { createClickHouse } from '../../src/clickhouse/client.js';
import type { Stack } from './stack.js';

export const SHOP_EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
export const SHOP_DAYS = 90;
const FIRST = '2024-01-01';

/** Stores them, and one more event the usual way, so that Redis knows the project. */
export async function makeShop(stack: Stack): Promise<void> {
  const clickhouse = createClickHouse(stack.clickhouseUrl);
  await clickhouse.command(
    `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at, properties)
     select 'default',
       ['view', 'cart', 'checkout', 'purchase', 'click', 'search', 'login', 'share'][1 + if(cityHash64(number, 1) % 2 = 0, 0, cityHash64(number, 2) % 8)],
       toDateTime64('${FIRST} 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 3) % (${SHOP_DAYS} * 86400000)),
       toString(number), concat('u', toString(cityHash64(number, 4) % ${Math.max(1, SHOP_EVENTS / 20)})), 's', now64(3),
       concat('{"country":"c', toString(cityHash64(number, 5) % 20), '","price":', toString((cityHash64(number, 6) % 10000) / 100 + 0.001), '}')::JSON
     from numbers(${SHOP_EVENTS})`,
    { timeoutMs: 1_800_000, settings: { max_execution_time: 1_800 } },
  );
  await clickhouse.close();
  await sendEvent(stack, 'opened');
  await liftQuotas(stack);
}

/** A benchmark asks more often than one key may. */
async function liftQuotas(stack: Stack): Promise<void> {
  const quotas = { ingest_per_second: 100_000, queries_per_second: 100_000 };
  const response = await fetch(`${stack.url}/v1/projects/default`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${stack.keys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ settings: { quotas } }),
  });
  if (!response.ok) throw new Error(`quotas were answered ${response.status}: ${await response.text()}`);
}

export async function sendEvent(stack: Stack, event: string): Promise<void> {
  const response = await fetch(`${stack.url}/v1/events?wait=stored`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.keys.write}`, 'content-type': 'application/json' },
    body: JSON.stringify({ event, user_id: 'u1' }),
  });
  await response.text();
  if (!response.ok) throw new Error(`an event was answered ${response.status}`);
}

export interface Asked {
  readonly path: string;
  readonly body: object;
}

export interface Timed {
  readonly ms: number;
  readonly level: string;
}

/** Asks a question. @param control the request's Cache-Control */
export async function ask(stack: Stack, { path, body }: Asked, control = ''): Promise<Timed> {
  const startedMs = performance.now();
  const response = await fetch(stack.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stack.keys.read}`,
      'content-type': 'application/json',
      ...(control !== '' && { 'cache-control': control }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text.slice(0, 300)}`);
  const { meta } = JSON.parse(text) as { meta: { cache: string } };
  return { ms: performance.now() - startedMs, level: meta.cache };
}
