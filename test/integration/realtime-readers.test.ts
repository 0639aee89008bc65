/** Clients of the live socket that read too slowly, or not at all: what they cost the front, and what they hear afterwards. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { REALTIME_PATH } from '../../src/http/realtime/sockets.js';
import {
  type Exchange,
  type SocketServe,
  TRANSPORT_LIMITS,
  type Transport,
  type Wire,
} from '../../src/http/transport/exchange.js';
import { openTransport } from '../../src/http/transport/open.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { NO_SOURCES } from '../../src/query/metric/sources.js';
import { LiveHub } from '../../src/realtime/hub.js';
import type * as limits from '../../src/realtime/limits.js';
import { BUFFER_BYTES_MAX } from '../../src/realtime/limits.js';
import type { MetricsData } from '../../src/realtime/metrics-topic.js';
import { createLogger } from '../../src/telemetry/log.js';
import { type LiveClient, openLive } from '../support/live-client.js';
import { freshPostgres } from '../support/stack.js';
import { type Bench, createBench, makeEvent } from './ingest-instance.js';

/** How long readers may be slow: of each test, because a busy machine takes its time. */
const patience = vi.hoisted(() => ({ slowMs: 0 }));
vi.mock('../../src/realtime/limits.js', async (original) => ({
  ...(await original<typeof limits>()),
  get SLOW_MS() {
    return patience.slowMs;
  },
}));

const LONG_MS = 900_000;
/** The shortest that uWebSockets.js knows. */
const IDLE_MS = 8_000;
/** A machine busy with other tests is slow. */
const PATIENCE = { timeout: 120_000, interval: 250 };
/** Each event goes out once for each of these. */
const TOPICS = 8;
const EVENTS_A_ROUND = 100;
/** More than the system's own buffers take, and some more: thousands of events. */
const ROUNDS_MIN = 30;
const ROUNDS_MAX = 200;
/** Head of a frame. */
const FRAME_BYTES = 14;

/** What a socket cost the front at its worst. */
interface Watched {
  bufferedMax: number;
  largest: number;
  closedWith: number | undefined;
  hasEnded: boolean;
}

let bench: Bench;
let metadata: Metadata;
let stored = 0;

beforeAll(async () => {
  bench = await createBench();
  metadata = createMetadata((await freshPostgres()).url);
  bench.startIngest();
});

afterAll(() => metadata?.close());

const countOf = (data: unknown): number => (data as MetricsData).windows['1h'].count;

/** Stores events whose texts fill buffers. */
async function sendRound(): Promise<void> {
  const events = Array.from({ length: EVENTS_A_ROUND }, (_, i) =>
    makeEvent(`e${stored + i}`, {
      timestamp: new Date().toISOString(),
      properties: { text: 'x'.repeat(8_000) },
    }),
  );
  const { stored: added } = await bench.send(events);
  stored += added;
  expect(added).toBe(EVENTS_A_ROUND);
}

describe.each(['uws', 'node'] as const)('over %s', (name) => {
  const log = createLogger('test');
  let hub: LiveHub;
  const transports: Transport[] = [];
  const watched: Watched[] = [];

  /** Looks at what waits after every message. */
  function watch(wire: Wire): { wire: Wire; one: Watched } {
    const one: Watched = { bufferedMax: 0, largest: 0, closedWith: undefined, hasEnded: false };
    watched.push(one);
    return {
      one,
      wire: {
        send(text) {
          wire.send(text);
          one.largest = Math.max(one.largest, Buffer.byteLength(text) + FRAME_BYTES);
          one.bufferedMax = Math.max(one.bufferedMax, wire.buffered);
        },
        get buffered() {
          return wire.buffered;
        },
        close(code, reason) {
          one.closedWith = code;
          wire.close(code, reason);
        },
      },
    };
  }

  beforeAll(async () => {
    const { clickhouse, redis, stream } = bench;
    const { partitions } = stream.options;
    hub = new LiveHub({ clickhouse, redis, metadata, metrics: NO_SOURCES, partitions }, log);
    await listen(LONG_MS);
  });

  afterAll(async () => {
    await hub.close();
    await Promise.all(transports.map((transport) => transport.stop(1_000)));
  });

  /** Serves the hub's sockets; the next clients come to it. */
  async function listen(socketIdleMs: number): Promise<void> {
    const access = {
      project: 'default',
      keyId: 'test',
      scopes: new Set(['read' as const]),
      limits: {},
      settings: {},
    };
    const sockets: SocketServe = {
      path: REALTIME_PATH,
      open: async () => ({
        protocol: undefined,
        accept(given) {
          const { wire, one } = watch(given);
          const session = hub.openSession({ access, isValid: () => true }, wire);
          return {
            receive: (bytes, isBinary) => session.receive(bytes, isBinary),
            drained: () => session.drained(),
            closed() {
              one.hasEnded = true;
              session.closed();
            },
          };
        },
      }),
    };
    const options = {
      host: '127.0.0.1',
      port: 0,
      trustedProxies: 0,
      limits: { ...TRANSPORT_LIMITS, socketIdleMs },
      serve: (exchange: Exchange) => exchange.reply({ status: 404, headers: {}, body: '' }),
      sockets,
    };
    transports.push(await openTransport(name, options, log));
  }

  const open = async (): Promise<{ client: LiveClient; cost: Watched }> => {
    const client = await openLive(`http://127.0.0.1:${transports.at(-1)!.port}`, {});
    return { client, cost: watched.at(-1)! };
  };

  async function subscribeAll(client: LiveClient): Promise<void> {
    await client.subscribe({ channel: 'metrics' });
    for (let i = 0; i < TOPICS; i++)
      await client.subscribe({ channel: 'events', where: { property: 'n', op: 'ne', value: -i - 1 } });
  }

  /** By topic, the events a client heard of: those it got, and those it was told it did not get. */
  function countEvents({ messages }: LiveClient): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { type, topic, count } of messages)
      if (type === 'event' || type === 'skipped')
        counts[topic!] = (counts[topic!] ?? 0) + (type === 'event' ? 1 : count!);
    return counts;
  }

  const countUpdates = ({ messages }: LiveClient): number =>
    messages.filter(({ type }) => type === 'update').length;

  it('a paused reader costs no more than its share, gets the newest state, and hears what it missed', async () => {
    patience.slowMs = LONG_MS;
    const { client: slow, cost } = await open();
    await subscribeAll(slow);
    const { client: quick } = await open();
    await subscribeAll(quick);
    slow.socket.pause();
    const updatesBefore = countUpdates(slow);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      if (round >= ROUNDS_MIN && cost.bufferedMax > BUFFER_BYTES_MAX) break;
      await sendRound();
    }
    // The buffer was full, and never fuller than the message that filled it.
    expect(cost.bufferedMax).toBeGreaterThan(BUFFER_BYTES_MAX);
    expect(cost.bufferedMax).toBeLessThanOrEqual(BUFFER_BYTES_MAX + cost.largest);
    await quick.waitFor(({ type, data }) => type === 'update' && countOf(data) === stored);
    expect(countUpdates(slow)).toBe(updatesBefore);
    slow.socket.resume();
    await slow.waitFor(({ type, data }) => type === 'update' && countOf(data) === stored);
    // Neither of them misses an event that it is not told of.
    await expect.poll(() => countEvents(slow), PATIENCE).toEqual(countEvents(quick));
    expect(Object.keys(countEvents(slow))).toHaveLength(TOPICS);
    expect(slow.messages.some(({ type }) => type === 'skipped')).toBe(true);
    // More came than a subscription gets: those that were sent stand for others, and say so.
    expect(quick.messages.some(({ type, sampled }) => type === 'event' && sampled! < 1)).toBe(true);
    // It is a quick reader again.
    const from = slow.messages.length;
    await expect
      .poll(async () => {
        // Another each time: what came in the same second as many others may all be left out.
        await sendRound();
        return slow.messages.slice(from).some(({ type }) => type === 'event');
      }, PATIENCE)
      .toBe(true);
    expect(cost.closedWith).toBeUndefined();
    await Promise.all([slow.close(), quick.close()]);
  });

  it('a reader that stays that slow is closed, and leaves nothing behind', async () => {
    patience.slowMs = 2_000;
    const { client, cost } = await open();
    await subscribeAll(client);
    client.socket.pause();
    for (let round = 0; round < ROUNDS_MAX && cost.bufferedMax <= BUFFER_BYTES_MAX; round++)
      await sendRound();
    await expect.poll(() => cost.closedWith, PATIENCE).toBe(4408);
    expect(cost.bufferedMax).toBeLessThanOrEqual(BUFFER_BYTES_MAX + cost.largest);
    await expect.poll(() => cost.hasEnded, PATIENCE).toBe(true);
    await expect.poll(() => hub.socketCount, PATIENCE).toBe(0);
    client.socket.terminate();
  });

  it('a dead reader, which answers no ping, is dropped; one that is only quiet stays', async () => {
    await listen(IDLE_MS);
    const { client: dead, cost } = await open();
    const { client: quiet, cost: quietCost } = await open();
    const pinged = once(quiet.socket, 'ping');
    await dead.subscribe({ channel: 'alerts' });
    dead.socket.pause();
    await expect.poll(() => cost.hasEnded, PATIENCE).toBe(true);
    await expect.poll(() => hub.socketCount, PATIENCE).toBe(1);
    await pinged;
    expect(quietCost.hasEnded).toBe(false);
    quiet.send({ type: 'ping' });
    await quiet.waitFor(({ type }) => type === 'pong');
    dead.socket.terminate();
    await quiet.close();
  });
});
