/**
 * What stock clients do when things go wrong, each through a line that refuses, limits and drops connections: nothing is
 * lost, nothing is doubled, and a bad event costs only itself.
 */
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { PostHog } from 'posthog-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshClickHouse, startWeir, type Weir } from '../support/stack.js';
import { type Fault, type Line, openLine, readBooks, readStored, settleBooks } from './stock-clients-line.js';

interface Sent {
  user: string;
  n: number;
  id: string;
}

/** Every event says when it happened: one that is repeated then says the same. */
const AT = new Date('2026-05-04T10:20:30.123Z');

/** The little these tests ask of each client: take an event with an id, and send what it has. */
interface Client {
  track(event: Sent): void;
  flush(): Promise<unknown>;
  close(): Promise<unknown>;
}

const PATIENCE_MS = 120_000;
const IN_ONE_BATCH = 20;

type OpenClient = (host: string, key: string) => Client;

const openSegment: OpenClient = (host, writeKey) => {
  const client = new Analytics({ writeKey, host, flushAt: IN_ONE_BATCH, flushInterval: 60_000 });
  return {
    track: ({ user, n, id }) =>
      client.track({ userId: user, event: 'tried', messageId: id, timestamp: AT, properties: { n } }),
    flush: () => client.flush({ timeout: PATIENCE_MS }),
    close: () => client.closeAndFlush({ timeout: PATIENCE_MS }),
  };
};

const openRudder: OpenClient = (host, key) => {
  const client = new RudderAnalytics(key, {
    dataPlaneUrl: host,
    flushAt: IN_ONE_BATCH,
    flushInterval: 60_000,
    logLevel: 'none',
  });
  return {
    track: ({ user, n, id }) => {
      // The client takes a messageId; its types do not say so.
      const message = { userId: user, event: 'tried', messageId: id, timestamp: AT, properties: { n } };
      client.track(message);
    },
    flush: () => client.flush(),
    close: () => client.flush(),
  };
};

const openPosthog: OpenClient = (host, key) => {
  const client = new PostHog(key, {
    host,
    flushAt: IN_ONE_BATCH,
    flushInterval: 60_000,
    fetchRetryDelay: 100,
  });
  return {
    track: ({ user, n, id }) =>
      client.capture({ distinctId: user, event: 'tried', uuid: id, timestamp: AT, properties: { n } }),
    flush: () => client.flush(),
    close: () => client.shutdown(PATIENCE_MS),
  };
};

let weir: Weir;
let clickhouse: string;
let line: Line;

beforeAll(async () => {
  clickhouse = (await freshClickHouse({ migrate: false })).url;
  weir = await startWeir({ clickhouse });
  line = await openLine(weir.url);
});

afterAll(async () => {
  await line.stop();
  await weir.stop();
});

const newEvents = (user: string, count: number): Sent[] =>
  Array.from({ length: count }, (_, n) => ({ user, n, id: crypto.randomUUID() }));

const readNumbers = async (user: string): Promise<unknown[]> =>
  (await readStored(clickhouse, `user_id = '${user}'`)).map(({ properties }) => properties.n).sort();

describe.each<[string, OpenClient]>([
  ['@segment/analytics-node', openSegment],
  ['@rudderstack/rudder-sdk-node', openRudder],
  ['posthog-node', openPosthog],
])('%s', (name, open) => {
  /** RudderStack's client sends its very first event alone; the batches of these tests come after it. */
  async function openWarm(user: string): Promise<Client> {
    const client = open(line.url, weir.keys.write);
    const before = await readBooks(weir);
    client.track({ user: `${user}-first`, n: 0, id: crypto.randomUUID() });
    await client.flush();
    await settleBooks(weir, before, 1);
    line.seen.length = 0;
    return client;
  }

  it.each<[string, Fault[], number]>([
    ['refused with 503', ['refuse'], 0],
    ['limited with 429', ['limit'], 0],
    ['cut off after it was taken', ['cut'], 5],
    ['refused, limited and cut off in turn', ['refuse', 'limit', 'cut'], 5],
  ])('a batch that is %s is stored once', async (how, faults, doubled) => {
    const user = `${name} ${how}`;
    const client = await openWarm(user);
    const before = await readBooks(weir);
    line.faults.push(...faults);
    for (const event of newEvents(user, 5)) client.track(event);
    await client.flush();
    expect(line.seen.map(({ fate }) => fate)).toEqual([...faults, 200]);
    expect(await settleBooks(weir, before, 5 + doubled)).toEqual({
      accepted: 5 + doubled,
      stored: 5,
      duplicates: doubled,
      rejected: 0,
    });
    expect(await readNumbers(user)).toEqual([0, 1, 2, 3, 4]);
    await client.close();
  });

  it('events whose caller repeats them are stored once', async () => {
    const user = `${name} repeated`;
    const client = await openWarm(user);
    const before = await readBooks(weir);
    const events = newEvents(user, 3);
    for (const event of events) client.track(event);
    await client.flush();
    for (const event of events) client.track(event);
    await client.flush();
    expect(await settleBooks(weir, before, 6)).toEqual({
      accepted: 6,
      stored: 3,
      duplicates: 3,
      rejected: 0,
    });
    expect(await readNumbers(user)).toEqual([0, 1, 2]);
    await client.close();
  });

  it('one bad event among good ones costs only itself', async () => {
    const user = `${name} bad`;
    const client = await openWarm(user);
    const before = await readBooks(weir);
    const [first, second, third] = newEvents(user, 3);
    client.track(first!);
    client.track({ ...second!, user: 'x'.repeat(300) });
    client.track(third!);
    await client.flush();
    expect(line.seen.map(({ fate }) => fate)).toEqual([200]);
    expect(await settleBooks(weir, before, 3)).toEqual({
      accepted: 3,
      stored: 2,
      duplicates: 0,
      rejected: 1,
    });
    expect(await readNumbers(user)).toEqual([0, 2]);
    await client.close();
  });

  it('a bad event that comes alone is refused once and given up, and the next one arrives', async () => {
    const user = `${name} alone`;
    const client = await openWarm(user);
    const before = await readBooks(weir);
    client.track({ user: 'x'.repeat(300), n: 0, id: crypto.randomUUID() });
    // Some clients reject here, others tell their listeners.
    await client.flush().catch(() => {});
    client.track(newEvents(user, 1)[0]!);
    await client.flush().catch(() => client.flush());
    expect(line.seen.map(({ fate }) => fate)).toEqual([422, 200]);
    expect(await settleBooks(weir, before, 1)).toMatchObject({ accepted: 1, stored: 1 });
    await client.close();
  });

  it('flushing again sends nothing again', async () => {
    const user = `${name} flushed`;
    const client = await openWarm(user);
    const before = await readBooks(weir);
    for (const event of newEvents(user, 2)) client.track(event);
    await client.flush();
    await client.flush();
    await client.close();
    expect(line.seen.map(({ fate }) => fate)).toEqual([200]);
    expect(await settleBooks(weir, before, 2)).toMatchObject({ accepted: 2, stored: 2, duplicates: 0 });
  });
});
