/** Routes through real ingest: each kind, through crashes at both ends of the delivery, and with a receiver that is away. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWebhookSender } from '../../src/webhook/sender.js';
import { type Front, startFront } from '../support/front.js';
import { checkSignature } from '../support/signature.js';
import {
  type Bench,
  createBench,
  expectEnd,
  type IngestProcess,
  makeEvent,
  makePayload,
} from './ingest-instance.js';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

let bench: Bench;
let front: Front;
let ingest: IngestProcess | undefined;
let server: Server;
let hook = '';
let status = 200;
const received: Received[] = [];

const start = (env: Record<string, string> = {}): IngestProcess =>
  bench.startIngest({ DATABASE_URL: front.config.databaseUrl!, WEIR_WEBHOOK_PRIVATE: 'allow', ...env });

async function ask(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(front.url + path, {
    method,
    headers: { Authorization: `Bearer ${front.keys.admin}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const listRoutes = async () =>
  (await ask('GET', '/v1/routes')).body.data as {
    id: string;
    name: string;
    delivery: Record<string, unknown> | null;
  }[];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  bench = await createBench();
  front = await startFront('node', { REDIS_URL: bench.redisUrl, CLICKHOUSE_URL: bench.clickhouseUrl });
  ingest = start();
});
afterAll(async () => {
  await ingest?.stop();
  await front.stop();
  server.close();
});

const rowsOf = async (table: string): Promise<string[]> => {
  const { rows } = await bench.clickhouse.query<{ event_id: string }>(
    `select event_id from ${table} order by event_id`,
  );
  return rows.map(({ event_id }) => event_id);
};
const streamIds = async (key: string): Promise<string[]> => {
  const entries = await bench.redis.command<[string, string[]][]>(['XRANGE', key, '-', '+']);
  return entries.map(([, fields]) => (JSON.parse(fields[1]!) as { event_id: string }).event_id).sort();
};
const hookIds = (): string[] =>
  received.flatMap(({ body }) =>
    (JSON.parse(body) as { events: { event_id: string }[] }).events.map((e) => e.event_id),
  );

let streamKey = '';
let secret = '';

/** Sends events of one type until the worker, which hears of routes by itself, has routed one of them. */
async function settle(table: string, event: string): Promise<void> {
  let n = 0;
  await expect
    .poll(async () => {
      await bench.send([makeEvent(`${event}-probe-${n++}`, { event })]);
      return rowsOf(table).catch(() => []);
    })
    .not.toEqual([]);
}

test('events of the types a route names reach its table, its stream and its webhook, signed', async () => {
  for (const to of [{ table: 'orders' }, { stream: 'orders' }, { webhook: hook }]) {
    const made = await ask('POST', '/v1/routes', { events: ['order', 'probe'], to });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    if ('stream' in to) streamKey = (made.body.to as { redis_key: string }).redis_key;
    if ('webhook' in to) secret = made.body.secret as string;
  }
  await settle('routed_default_orders', 'probe');
  await bench.send([
    makeEvent('o1', { event: 'order', properties: { total: 5, tags: ['a'], deep: { x: null, y: 'é' } } }),
    makeEvent('v1', { event: 'view' }),
    makeEvent('o2', { event: 'order' }),
  ]);
  expect((await rowsOf('routed_default_orders')).filter((id) => !id.includes('probe'))).toEqual(['o1', 'o2']);
  expect((await streamIds(streamKey)).filter((id) => !id.includes('probe'))).toEqual(['o1', 'o2']);
  await expect.poll(() => hookIds().filter((id) => !id.includes('probe'))).toEqual(['o1', 'o2']);
  for (const { headers, body } of received) {
    const signature = headers['weir-signature'] as string;
    expect(checkSignature(signature, secret, body, { nowMs: Date.now() })).toBe(true);
    expect(headers['idempotency-key']).toMatch(/^rt_\w+:\d+-\d+:\d+-\d+$/);
  }
  const order = received
    .flatMap(({ body }) => (JSON.parse(body) as { events: Record<string, unknown>[] }).events)
    .find(({ event_id }) => event_id === 'o1');
  expect(order).toMatchObject({
    event: 'order',
    user_id: 'u1',
    timestamp: '2026-05-01T00:00:00.000Z',
    properties: { total: 5, tags: ['a'], deep: { y: 'é' } },
  });
});

test('a repeated event is routed once', async () => {
  await bench.send([
    makeEvent('o1', { event: 'order', properties: { total: 5, tags: ['a'], deep: { x: null, y: 'é' } } }),
  ]);
  expect((await rowsOf('routed_default_orders')).filter((id) => id === 'o1')).toHaveLength(1);
  expect((await streamIds(streamKey)).filter((id) => id === 'o1')).toHaveLength(1);
});

test.each(['before-routes', 'after-routes', 'before-ack'])(
  'a worker killed at %s leaves every event routed once',
  async (point) => {
    await ingest!.stop();
    const dying = start({ WEIR_FAULT: point });
    const ids = Array.from({ length: 5 }, (_, n) => `${point}-${n}`);
    const events = ids.map((id) => makeEvent(id, { event: 'order' }));
    const { payloadId } = await bench.stream.append(makePayload(events));
    await expectEnd(dying, 'SIGKILL');
    ingest = start();
    await bench.waitDone(payloadId);
    expect((await rowsOf('routed_default_orders')).filter((id) => id.startsWith(point))).toEqual(ids);
    expect((await streamIds(streamKey)).filter((id) => id.startsWith(point))).toEqual(ids);
    await expect.poll(() => [...new Set(hookIds().filter((id) => id.startsWith(point)))].sort()).toEqual(ids);
  },
);

test('a receiver that is away holds up nobody, hears the same request again, and then all that waited', async () => {
  status = 500;
  const before = received.length;
  await bench.send([makeEvent('late-1', { event: 'order' })]);
  await expect.poll(() => received.length).toBeGreaterThan(before + 1);
  expect(await bench.send([makeEvent('late-2', { event: 'order' })])).toMatchObject({ stored: 1 });
  const route = (await listRoutes()).find(({ name }) => name.startsWith('rt_'))!;
  expect(route.delivery).toMatchObject({ error: 'the receiver answered 500' });
  const tries = received.slice(before);
  expect(new Set(tries.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(new Set(tries.map(({ body }) => body)).size).toBe(1);
  status = 200;
  await expect.poll(() => hookIds().includes('late-2')).toBe(true);
  await expect
    .poll(async () => (await listRoutes()).find(({ id }) => id === route.id)!.delivery)
    .toMatchObject({ waiting: 0, dropped: 0, failures: 0, error: null });
});

test('a private address is refused unless it is allowed, whatever name leads to it', async () => {
  const strict = createWebhookSender({ allowPrivate: false });
  const before = received.length;
  for (const url of [hook, hook.replace('127.0.0.1', 'localhost'), hook.replace('127.0.0.1', '0x7f000001')]) {
    const result = await strict.send({ url, secret: 's', body: '{}', idempotencyKey: 'k' });
    expect(result).toMatchObject({ ok: false, status: 0, error: expect.stringContaining('private address') });
  }
  expect(received.length).toBe(before);
});

test('a route that makes no sense is refused, and a deleted one routes nothing', async () => {
  for (const wrong of [
    {},
    { events: [], to: { table: 'x' } },
    { events: ['a'], to: { table: 'x; drop' } },
    { events: ['a'], to: { webhook: 'ftp://x' } },
    { events: ['a'], to: { queue: 'x' } },
    { events: ['a'], to: { table: 'x' }, keep: false },
  ])
    expect((await ask('POST', '/v1/routes', wrong)).status, JSON.stringify(wrong)).toBe(422);
  expect((await ask('POST', '/v1/routes', { events: ['a'], to: { table: 'orders' } })).body.code).toBe(
    'route_exists',
  );
  for (const { id } of await listRoutes()) expect((await ask('DELETE', `/v1/routes/${id}`)).status).toBe(200);
  expect((await ask('DELETE', '/v1/routes/rt_0')).status).toBe(404);
  const { body } = await ask('POST', '/v1/routes', { events: ['*'], to: { table: 'all' } });
  expect(body.name).toBe('table_all');
  await settle('routed_default_all', 'anything');
  await bench.send([makeEvent('gone', { event: 'order' })]);
  expect(await rowsOf('routed_default_orders')).not.toContain('gone');
  expect(await rowsOf('routed_default_all')).toContain('gone');
});
