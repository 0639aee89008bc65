/** What the live socket does with clients that ask too much, read too slowly or send nonsense, and when backends are away. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runApi } from '../../src/http/run.js';
import { type RunningIngest, runIngest } from '../../src/ingest/run.js';
import {
  MESSAGE_BYTES_MAX,
  MESSAGES_PER_SECOND_MAX,
  SUBSCRIPTIONS_MAX,
  TOPIC_SPARE_MS,
  TOPICS_PER_PROJECT_MAX,
} from '../../src/realtime/limits.js';
import type { MetricsData } from '../../src/realtime/metrics-topic.js';
import { type Front, startFront } from '../support/front.js';
import { type LiveClient, openLive } from '../support/live-client.js';
import { createTcpGate } from '../support/tcp-gate.js';

/** A machine busy with other tests is slow. */
const PATIENCE = { timeout: 120_000, interval: 100 };
const MANY = 10_000;

const countOf = (data: unknown): number => (data as MetricsData).windows['1h'].count;

describe.each(['uws', 'node'] as const)('over %s', (transport) => {
  let front: Front;
  let ingest: RunningIngest;

  beforeAll(async () => {
    front = await startFront(transport);
    ingest = await runIngest(front.config);
  });

  afterAll(async () => {
    await ingest.stop();
    await front.stop();
  });

  const open = (url = front.url): Promise<LiveClient> => openLive(url, { query: `?key=${front.keys.read}` });

  const post = async (count: number, event = 'limits', size = 0): Promise<void> => {
    const events = Array.from({ length: count }, () => ({
      event,
      user_id: 'ada',
      event_id: randomUUID(),
      properties: { text: 'x'.repeat(size) },
    }));
    const response = await fetch(`${front.url}/v1/events?wait=stored`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${front.keys.write}` },
      body: JSON.stringify(events),
    });
    expect(response.status).toBe(200);
  };

  it('answers nonsense with errors that say what is wrong', async () => {
    const client = await open();
    const cases: [unknown, string][] = [
      ['{"type":', 'malformed_json'],
      [[1], 'invalid_request'],
      [{ type: 'shout' }, 'invalid_request'],
      [{ type: 'subscribe', channel: 'weather' }, 'unknown_channel'],
      [{ type: 'subscribe' }, 'unknown_channel'],
      [{ type: 'unsubscribe' }, 'invalid_request'],
      [{ type: 'subscribe', channel: 'events', wher: {} }, 'invalid_request'],
      [
        { type: 'subscribe', channel: 'events', where: { property: 'a', op: 'matches', value: '(a*)*b' } },
        'invalid_regexp',
      ],
      [{ type: 'subscribe', channel: 'events', after: 'yesterday' }, 'invalid_request'],
      [{ type: 'subscribe', channel: 'metrics', metrics: ['nothing'] }, 'unknown_metric'],
      [{ type: 'subscribe', channel: 'funnel', funnel: 'fn_0123456789abcdef' }, 'funnel_not_found'],
    ];
    for (const [message, code] of cases) {
      const from = client.messages.length;
      client.send(message);
      const error = await client.waitFor((one) => client.messages.indexOf(one) >= from);
      expect([message, error.type, error.code]).toEqual([message, 'error', code]);
      expect(error.message).toMatch(/[.?]$/);
      expect(error.message).not.toContain('null');
    }
    client.send({ type: 'ping' });
    expect(await client.waitFor(({ type }) => type === 'pong')).toMatchObject({ type: 'pong' });
    await client.close();
  });

  it('closes with a reason what is too large, binary or too much', async () => {
    const large = await open();
    large.send('x'.repeat(1024 * 1024));
    expect(await large.closed).toEqual({
      code: 1009,
      reason: `a message has at most ${MESSAGE_BYTES_MAX} bytes`,
    });
    const binary = await open();
    binary.socket.send(Buffer.from('{}'));
    expect((await binary.closed).code).toBe(1003);
    const many = await open();
    for (let i = 0; i < MESSAGES_PER_SECOND_MAX * 3; i++) many.send({ type: 'ping' });
    expect((await many.closed).code).toBe(4429);
  });

  it('takes so many subscriptions of a socket and no more', async () => {
    const client = await open();
    for (let i = 0; i <= SUBSCRIPTIONS_MAX; i++)
      client.send({ type: 'subscribe', channel: 'events', event: `e${i}` });
    const error = await client.waitFor(({ type }) => type === 'error');
    expect(error.code).toBe('too_many_subscriptions');
    await client.waitFor(
      () => client.messages.filter(({ type }) => type === 'subscribed').length === SUBSCRIPTIONS_MAX,
    );
    client.send({ type: 'unsubscribe', channel: 'events', event: 'e0' });
    await client.waitFor(({ type }) => type === 'unsubscribed');
    expect(await client.subscribe({ channel: 'events', event: 'e-last' })).toMatchObject({
      type: 'subscribed',
    });
    await client.close();
  });

  it('closes a socket that asks for ten thousand subscriptions at once', async () => {
    const client = await open();
    for (let i = 0; i < MANY; i++)
      client.send({ type: 'subscribe', channel: 'events', event: `at-once-${i}` });
    expect(await client.closed).toEqual({
      code: 4429,
      reason: `more than ${MESSAGES_PER_SECOND_MAX} messages in a second`,
    });
    const other = await open();
    expect(await other.subscribe({ channel: 'metrics' })).toMatchObject({ type: 'subscribed' });
    await other.close();
  });

  it('refuses all but the first of ten thousand subscriptions that come slowly, and keeps the socket', async () => {
    const client = await open();
    const chunk = MESSAGES_PER_SECOND_MAX - 50;
    const count = (kind: string): number => client.messages.filter(({ type }) => type === kind).length;
    for (let from = 0; from < MANY; from += chunk) {
      for (let i = from; i < Math.min(MANY, from + chunk); i++)
        client.send({ type: 'subscribe', channel: 'events', event: `slowly-${i}` });
      client.send({ type: 'ping' });
      const pongs = count('pong');
      await expect.poll(() => count('pong'), PATIENCE).toBe(pongs + 1);
      // What comes next comes in another second.
      await sleep(1_000);
    }
    await expect.poll(() => count('error'), PATIENCE).toBe(MANY - SUBSCRIPTIONS_MAX);
    const errors = client.messages.filter(({ type }) => type === 'error');
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['too_many_subscriptions']));
    expect(errors.at(-1)).toMatchObject({ message: expect.stringMatching(/at most 50 .*unsubscribe/) });
    await expect.poll(() => count('subscribed'), PATIENCE).toBe(SUBSCRIPTIONS_MAX);
    const first = client.messages.find(({ type }) => type === 'subscribed')!;
    client.send({ type: 'unsubscribe', topic: first.topic });
    await client.waitFor(({ type }) => type === 'unsubscribed');
    client.send({ type: 'subscribe', channel: 'events', event: 'one-more' });
    await expect.poll(() => count('subscribed'), PATIENCE).toBe(SUBSCRIPTIONS_MAX + 1);
    await client.close();
  });

  it('has only so many questions open, and lets go of those nobody listens to when others come', async () => {
    const clients: LiveClient[] = [];
    const ask = async (): Promise<(string | undefined)[]> => {
      const client = await open();
      const codes: (string | undefined)[] = [];
      for (let i = 0; i < SUBSCRIPTIONS_MAX; i++) {
        const event = `question-${clients.length}-${i}`;
        codes.push((await client.subscribe({ channel: 'events', event })).code);
      }
      clients.push(client);
      return codes;
    };
    const codes = new Set<string | undefined>();
    for (let i = 0; i <= TOPICS_PER_PROJECT_MAX / SUBSCRIPTIONS_MAX; i++)
      for (const code of await ask()) codes.add(code);
    expect(codes).toEqual(new Set([undefined, 'too_many_live_questions']));
    await Promise.all(clients.map((client) => client.close()));
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 2 * TOPIC_SPARE_MS);
    expect(new Set(await ask())).toEqual(new Set([undefined]));
    await Promise.all(clients.map((client) => client.close()));
    vi.restoreAllMocks();
  });

  it('coalesces updates and skips events for a reader that is too slow, and catches up', async () => {
    const slow = await open();
    const quick = await open();
    await slow.subscribe({ channel: 'metrics' });
    // Each event goes out once for each of these.
    for (let i = 0; i < 20; i++)
      await slow.subscribe({ channel: 'events', where: { property: 'n', op: 'ne', value: i } });
    const before = countOf((await quick.subscribe({ channel: 'metrics' })).snapshot);
    slow.socket.pause();
    // More than the system's own buffers and the socket's share take.
    const rounds = 6;
    for (let i = 0; i < rounds; i++) await post(3, 'slow', 40_000);
    await quick.waitFor(({ type, data }) => type === 'update' && countOf(data) === before + rounds * 3);
    slow.socket.resume();
    const count = (kind: string): number =>
      slow.messages.filter(({ type }) => type === kind).reduce((sum, one) => sum + (one.count ?? 1), 0);
    await slow.waitFor(() => count('event') + count('skipped') === rounds * 3 * 20);
    expect(count('skipped')).toBeGreaterThan(0);
    await slow.waitFor(({ type, data }) => type === 'update' && countOf(data) === before + rounds * 3);
    await Promise.all([slow.close(), quick.close()]);
  });

  it('says that it is degraded while the engine is away, goes on counting, and recovers alone', async () => {
    const gate = await createTcpGate(front.config.clickhouseUrl!);
    const other = await runApi({ ...front.config, port: 0, clickhouseUrl: gate.url });
    const client = await open(other.url);
    const before = countOf((await client.subscribe({ channel: 'metrics' })).snapshot);
    gate.shut();
    expect(await client.waitFor(({ type }) => type === 'status')).toMatchObject({
      state: 'degraded',
      reason: 'engine',
    });
    await post(2);
    await client.waitFor(({ type, data }) => type === 'update' && countOf(data) === before + 2);
    const late = await open(other.url);
    expect(await late.waitFor(({ type }) => type === 'status')).toMatchObject({ state: 'degraded' });
    gate.open();
    await client.waitFor(({ type, state }) => type === 'status' && state === 'ok');
    await post(1);
    await client.waitFor(({ type, data }) => type === 'update' && countOf(data) === before + 3);
    await other.stop();
    await gate.close();
  });
});
