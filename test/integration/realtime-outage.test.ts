/**
 * The live socket while what it needs is killed: it says so, recovers by itself when the part is back, and its numbers are then
 * those of the tables, with no event missing and none twice for who resumes.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import type { ClickHouse } from '../../src/clickhouse/types.js';
import type { Child } from '../../src/embedded/child.js';
import { createEngine } from '../../src/embedded/engine.js';
import type { Backend } from '../../src/embedded/part.js';
import { findFreePort } from '../../src/embedded/port.js';
import { createRedis } from '../../src/embedded/redis.js';
import { requireRedisServer } from '../../src/embedded/redis-server.js';
import { type RunningIngest, runIngest } from '../../src/ingest/run.js';
import type { MetricsData } from '../../src/realtime/metrics-topic.js';
import { type Front, startFront } from '../support/front.js';
import { type LiveClient, type LiveMessage, openLive } from '../support/live-client.js';

/** A machine busy with other tests is slow. */
const PATIENCE = { timeout: 120_000, interval: 250 };

/** A part that a test may kill. */
interface Killable {
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

async function startPart(backend: Backend): Promise<Killable> {
  let running: Child = await backend.start();
  return {
    async kill() {
      process.kill(running.pid, 'SIGKILL');
      await running.exited;
    },
    async start() {
      running = await backend.start();
    },
    stop: () => running.stop(),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'weir-live-'));
let redis: Killable;
let engine: Killable;
let clickhouse: ClickHouse;
let front: Front;
let ingest: RunningIngest;
let client: LiveClient;
/** Ids of all events that were taken, in order. */
const taken: string[] = [];

beforeAll(async () => {
  const redisServer = createRedis({ folder: join(folder, 'redis'), program: await requireRedisServer() });
  const engineServer = createEngine({
    folder: join(folder, 'clickhouse'),
    port: await findFreePort(),
    password: 'secret',
  });
  redis = await startPart(redisServer);
  engine = await startPart(engineServer);
  clickhouse = createClickHouse(engineServer.url);
  await clickhouse.createDatabase();
  await migrateClickHouse(clickhouse);
  const env = { CLICKHOUSE_URL: engineServer.url, REDIS_URL: redisServer.url, WEIR_LOG: 'error' };
  front = await startFront('uws', env);
  ingest = await runIngest(front.config);
});

afterAll(async () => {
  await ingest?.stop();
  await front?.stop();
  await clickhouse?.close();
  await redis?.stop();
  await engine?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const open = (): Promise<LiveClient> => openLive(front.url, { query: `?key=${front.keys.read}` });

beforeEach(async () => {
  client = await open();
  return () => client.close();
});

const metricsOf = (message: LiveMessage): MetricsData => (message.data ?? message.snapshot) as MetricsData;
const countOf = (message: LiveMessage): number => metricsOf(message).windows['1h'].count;
const idOf = ({ data }: LiveMessage): string => (data as { event_id: string }).event_id;

const makeEvents = (count: number, user = 'ada') =>
  Array.from({ length: count }, () => ({ event: 'seen', user_id: user, event_id: randomUUID() }));

/** Sends events; the status. Those that were taken are remembered. */
async function post(events: ReturnType<typeof makeEvents>, wait = '?wait=stored'): Promise<number> {
  const response = await fetch(`${front.url}/v1/events${wait}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${front.keys.write}` },
    body: JSON.stringify(events),
  });
  await response.arrayBuffer();
  if (response.ok) taken.push(...events.map(({ event_id }) => event_id));
  return response.status;
}

/** Ids of the events that a client was sent from a message on. */
const listIds = ({ messages }: LiveClient): string[] =>
  messages.filter(({ type }) => type === 'event').map(idOf);

const hearsStatus = (state: string, reason?: string) => (message: LiveMessage) =>
  message.type === 'status' && message.state === state && (reason === undefined || message.reason === reason);

/** What the tables hold, counted without live views. */
async function countStored(): Promise<{ events: number; users: number }> {
  const { rows } = await clickhouse.query<{ events: number; users: number }>(
    "select count() as events, uniqExact(user_id) as users from events where project = 'default'",
  );
  return { events: Number(rows[0]!.events), users: Number(rows[0]!.users) };
}

/** The client's newest numbers, and those of a client that comes now, are those of the tables. */
async function expectTruth(): Promise<void> {
  await expect.poll(countStored, PATIENCE).toMatchObject({ events: taken.length });
  const { events, users } = await countStored();
  await client.waitFor((one) => one.type === 'update' && countOf(one) === events);
  const late = await open();
  expect(metricsOf(await late.subscribe({ channel: 'metrics' })).windows['1h']).toEqual({
    count: events,
    users,
  });
  await late.close();
}

/** Who was at a place in the feed, and comes again, gets each later event once, in order. */
async function expectResumed(after: string, missed: readonly string[]): Promise<void> {
  const again = await open();
  expect(await again.subscribe({ channel: 'events', after })).toMatchObject({
    type: 'subscribed',
    resumed: true,
    snapshot: null,
  });
  await expect.poll(() => listIds(again).length, PATIENCE).toBeGreaterThanOrEqual(missed.length);
  expect(listIds(again)).toEqual(missed);
  await again.close();
}

test('Redis is killed, and comes back', async () => {
  await client.subscribe({ channel: 'metrics' });
  await client.subscribe({ channel: 'events' });
  expect(await post(makeEvents(5))).toBe(200);
  await expect.poll(() => listIds(client), PATIENCE).toHaveLength(5);
  const place = client.messages.findLast(({ type }) => type === 'event')!.id!;
  const already = taken.length;
  // Taken, and perhaps on its way through ingest, when Redis goes.
  expect(await post(makeEvents(3, 'grace'), '')).toBe(202);

  await redis.kill();
  expect(await client.waitFor(hearsStatus('degraded'))).toMatchObject({ reason: 'redis' });
  const refused = makeEvents(2, 'refused');
  expect(await post(refused)).toBe(503);
  // Who comes now is told at once, sees the numbers that are known, and is told what cannot be answered.
  const late = await open();
  await late.waitFor(hearsStatus('degraded', 'redis'));
  expect(countOf(await late.subscribe({ channel: 'metrics' }))).toBeGreaterThanOrEqual(already);
  expect(await late.subscribe({ channel: 'events' })).toMatchObject({ type: 'error', code: 'unavailable' });

  await redis.start();
  await client.waitFor(hearsStatus('ok'));
  await late.waitFor(hearsStatus('ok'));
  await late.close();
  // The producer tries again, as it was told to.
  await expect.poll(() => post(refused), PATIENCE).toBe(200);
  expect(await post(makeEvents(4, 'after'))).toBe(200);
  await expectTruth();
  // The socket that was open all the while missed nothing and heard nothing twice.
  await expect.poll(() => listIds(client).toSorted(), PATIENCE).toEqual(taken.toSorted());
  await expectResumed(place, listIds(client).slice(already));
  expect(client.messages.findLast(({ type }) => type === 'status')).toMatchObject({ state: 'ok' });
});

test('Redis is killed again and again while events come, whose producer tries again', async () => {
  await client.subscribe({ channel: 'metrics' });
  await client.subscribe({ channel: 'events' });
  expect(await post(makeEvents(1, 'first'))).toBe(200);
  await expect.poll(() => listIds(client), PATIENCE).toHaveLength(1);
  const place = client.messages.findLast(({ type }) => type === 'event')!.id!;
  const from = taken.length - 1;
  for (let round = 0; round < 3; round++) {
    const sending = Array.from({ length: 5 }, (_, i) => {
      const events = makeEvents(2, `producer-${i}`);
      return expect.poll(() => post(events, ''), PATIENCE).toBe(202);
    });
    await redis.kill();
    await redis.start();
    await Promise.all(sending);
  }
  await client.waitFor(hearsStatus('ok'));
  expect(await post(makeEvents(1, 'last'))).toBe(200);
  await expectTruth();
  await expect.poll(() => listIds(client).toSorted(), PATIENCE).toEqual(taken.slice(from).toSorted());
  await expectResumed(place, listIds(client).slice(1));
});

test('the engine is killed, and comes back', async () => {
  const before = countOf(await client.subscribe({ channel: 'metrics' }));
  expect(before).toBe(taken.length);
  await client.subscribe({ channel: 'events' });
  expect(await post(makeEvents(5, 'early'))).toBe(200);
  await expect.poll(() => listIds(client), PATIENCE).toHaveLength(5);
  const place = client.messages.findLast(({ type }) => type === 'event')!.id!;
  const from = taken.length;

  await engine.kill();
  expect(await client.waitFor(hearsStatus('degraded'))).toMatchObject({ reason: 'engine' });
  // Events are taken, told and counted, although they cannot be stored yet.
  expect(await post(makeEvents(3, 'meanwhile'), '')).toBe(202);
  await client.waitFor((one) => one.type === 'update' && countOf(one) === taken.length);
  const late = await open();
  await late.waitFor(hearsStatus('degraded', 'engine'));
  expect(await late.subscribe({ channel: 'events' })).toMatchObject({ type: 'subscribed' });
  await late.close();

  await engine.start();
  await client.waitFor(hearsStatus('ok'));
  expect(await post(makeEvents(4, 'later'))).toBe(200);
  await expectTruth();
  await expect
    .poll(() => listIds(client).slice(5).toSorted(), PATIENCE)
    .toEqual(taken.slice(from).toSorted());
  await expectResumed(place, listIds(client).slice(5));
});

test('both are killed together, with a client that never asked for numbers', async () => {
  await client.subscribe({ channel: 'events' });
  const from = taken.length;
  await Promise.all([redis.kill(), engine.kill()]);
  await client.waitFor(hearsStatus('degraded', 'redis'));
  await redis.start();
  // What is away still is told once the other is back.
  await client.waitFor(hearsStatus('degraded', 'engine'));
  await expect.poll(() => post(makeEvents(2, 'both'), ''), PATIENCE).toBe(202);
  await engine.start();
  await client.waitFor(hearsStatus('ok'));
  await expect.poll(() => listIds(client).toSorted(), PATIENCE).toEqual(taken.slice(from).toSorted());
  await client.subscribe({ channel: 'metrics' });
  expect(await post(makeEvents(1, 'last'))).toBe(200);
  await expectTruth();
});
