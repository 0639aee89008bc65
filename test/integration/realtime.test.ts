/** The live socket over both transports: what is subscribed to, what is heard, and that it is the stored truth. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runApi } from '../../src/http/run.js';
import { type RunningIngest, runIngest } from '../../src/ingest/run.js';
import type { FunnelData } from '../../src/realtime/funnel-topic.js';
import type { MetricsData } from '../../src/realtime/metrics-topic.js';
import { type Front, startFront } from '../support/front.js';
import { type LiveClient, type LiveMessage, openLive } from '../support/live-client.js';

const metricsOf = (message: LiveMessage): MetricsData => (message.data ?? message.snapshot) as MetricsData;
const funnelOf = (message: LiveMessage): FunnelData => (message.data ?? message.snapshot) as FunnelData;

describe.each(['uws', 'node'] as const)('over %s', (transport) => {
  let front: Front;
  let ingest: RunningIngest;
  const clients: LiveClient[] = [];

  beforeAll(async () => {
    front = await startFront(transport);
    ingest = await runIngest(front.config);
  });

  afterAll(async () => {
    for (const client of clients) client.socket.terminate();
    await ingest.stop();
    await front.stop();
  });

  const open = async (url = front.url): Promise<LiveClient> => {
    const client = await openLive(url, { query: `?key=${front.keys.read}` });
    clients.push(client);
    return client;
  };

  const call = async (method: string, path: string, body?: unknown, key = front.keys.admin) => {
    const response = await fetch(front.url + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return { status: response.status, answer };
  };

  const post = async (events: readonly object[]): Promise<void> => {
    const { status, answer } = await call('POST', '/v1/events?wait=stored', events);
    expect([status, answer.rejected]).toEqual([200, []]);
  };

  const make = (event: string, user: string, more: object = {}) => ({
    event,
    user_id: user,
    event_id: randomUUID(),
    ...more,
  });

  it('takes the key in the address, a header and a subprotocol, and refuses others before the upgrade', async () => {
    const { read, write } = front.keys;
    const byHeader = await openLive(front.url, { headers: { Authorization: `Bearer ${read}` } });
    const byProtocol = await openLive(front.url, { protocols: [`weir.${read}`] });
    expect(byProtocol.socket.protocol).toBe(`weir.${read}`);
    await Promise.all([byHeader.close(), byProtocol.close()]);
    await expect(openLive(front.url, {})).rejects.toThrow('401');
    await expect(openLive(front.url, { query: '?key=weir_r_unknown_key' })).rejects.toThrow('401');
    await expect(openLive(front.url, { query: `?key=${write}` })).rejects.toThrow('403');
  });

  it('shows an event to who subscribed, and updates the numbers', async () => {
    const client = await open();
    const subscribed = await client.subscribe({ channel: 'metrics' });
    expect(subscribed).toMatchObject({ type: 'subscribed', channel: 'metrics', topic: 'metrics' });
    const before = metricsOf(subscribed).windows['1h'].count;
    await client.subscribe({ channel: 'events', event: 'seen' });
    await post([make('seen', 'ada', { properties: { amount: 5 } }), make('unseen', 'ada')]);
    const event = await client.waitFor(({ type }) => type === 'event');
    expect(event).toMatchObject({ channel: 'events', data: { event: 'seen', properties: { amount: 5 } } });
    expect(event.sampled).toBeUndefined();
    const update = await client.waitFor(
      (message) => message.type === 'update' && metricsOf(message).windows['1h'].count === before + 2,
    );
    expect(metricsOf(update).top_events).toContainEqual({
      event: 'seen',
      counts: { '1m': 1, '5m': 1, '1h': 1 },
    });
    expect(client.messages.filter(({ type }) => type === 'event')).toHaveLength(1);
  });

  it('counts duplicates once, and a late event in its own second', async () => {
    const client = await open();
    const before = metricsOf(await client.subscribe({ channel: 'metrics' }));
    const once = make('once', 'grace');
    const late = make('once', 'grace', { timestamp: new Date(Date.now() - 20 * 60_000).toISOString() });
    await post([once, once, late]);
    await post([once, late]);
    await post([make('after', 'grace')]);
    const update = metricsOf(
      await client.waitFor(
        (message) =>
          message.type === 'update' &&
          metricsOf(message).windows['1h'].count >= before.windows['1h'].count + 3,
      ),
    );
    expect(update.top_events.find(({ event }) => event === 'once')?.counts).toEqual({
      '1m': 1,
      '5m': 1,
      '1h': 2,
    });
    expect(update.windows['1h'].count).toBe(before.windows['1h'].count + 3);
  });

  it('two fronts, one of them started later, show the same numbers', async () => {
    const first = await open();
    await first.subscribe({ channel: 'metrics' });
    await post([make('both', 'a'), make('both', 'b'), make('both', 'b')]);
    const second = await runApi({ ...front.config, port: 0 });
    const client = await open(second.url);
    const late = metricsOf(await client.subscribe({ channel: 'metrics' }));
    const early = metricsOf(await (await open()).subscribe({ channel: 'metrics' }));
    expect(late.windows).toEqual(early.windows);
    await post([make('both', 'c')]);
    const both = ({ top_events }: MetricsData) =>
      top_events.find(({ event }) => event === 'both')?.counts['1h'];
    for (const one of [first, client])
      await one.waitFor((message) => message.type === 'update' && both(metricsOf(message)) === 4);
    await second.stop();
    expect(await client.closed).toEqual({ code: 1001, reason: 'the server is going away' });
  });

  it('resumes events without gap or repeat, over a restart of the front', async () => {
    const second = await runApi({ ...front.config, port: 0 });
    const client = await open(second.url);
    await client.subscribe({ channel: 'events', event: 'resumed' });
    await post([1, 2, 3].map((n) => make('resumed', 'ada', { properties: { n } })));
    const seen = await client.waitFor((message) => JSON.stringify(message.data ?? null).includes('"n":2'));
    await second.stop();
    await post([4, 5].map((n) => make('resumed', 'ada', { properties: { n } })));
    const third = await runApi({ ...front.config, port: 0 });
    const again = await open(third.url);
    const subscribed = await again.subscribe({ channel: 'events', event: 'resumed', after: seen.id });
    expect(subscribed).toMatchObject({ resumed: true, snapshot: null });
    await post([make('resumed', 'ada', { properties: { n: 6 } })]);
    await again.waitFor((message) => JSON.stringify(message.data ?? null).includes('"n":6'));
    const numbers = again.messages
      .filter(({ type }) => type === 'event')
      .map(({ data }) => (data as { properties: { n: number } }).properties.n);
    expect(numbers).toEqual([3, 4, 5, 6]);
    await third.stop();
  });

  it('says when there is nothing to resume from', async () => {
    const client = await open();
    const subscribed = await client.subscribe({ channel: 'events', after: '1-0' });
    expect(subscribed).toMatchObject({ type: 'subscribed', resumed: false });
    expect(subscribed.snapshot).toMatchObject({ events: expect.any(Array) });
  });

  it('filters events by a condition', async () => {
    const client = await open();
    await client.subscribe({ channel: 'events', where: { property: 'cart.total', op: 'gte', value: 100 } });
    await post([99, 100].map((total) => make('filtered', 'ada', { properties: { cart: { total } } })));
    await post([make('filtered', 'ada', { properties: { cart: { total: 101 } } })]);
    await client.waitFor((message) => JSON.stringify(message.data ?? null).includes('101'));
    expect(client.messages.filter(({ type }) => type === 'event')).toHaveLength(2);
  });

  it('samples what is too fast, and says so', async () => {
    const client = await open();
    await client.subscribe({ channel: 'events', event: 'fast' });
    await post(Array.from({ length: 640 }, (_, n) => make('fast', `u${n}`)));
    const { sampled } = await client.waitFor(({ type }) => type === 'event');
    expect(sampled).toBeLessThan(1);
    expect(sampled).toBeGreaterThan(0);
  });

  it('keeps metrics live: counted where that is exact, asked of the engine where not, and equal to the stored answer', async () => {
    const define = (definition: string) => call('POST', '/v1/analytics/metrics/custom', { definition });
    await post([
      make('bought', 'a', { properties: { amount: 10 } }),
      make('bought', 'b', { properties: { amount: 4.5 } }),
    ]);
    for (const text of [
      'metric "revenue" { formula = "sum(bought.amount)" }',
      'metric "basket" { formula = "avg(bought.amount)" }',
      'metric "buyers" { formula = "uniq(bought)" }',
      'metric "large" { formula = "count(bought where amount > 5)" }',
    ])
      expect(await define(text)).toMatchObject({ status: 201 });
    const names = ['basket', 'buyers', 'large', 'revenue'];
    const client = await open();
    const first = metricsOf(await client.subscribe({ channel: 'metrics', metrics: names }));
    expect(Object.fromEntries(names.map((name) => [name, first.metrics[name]!.mode]))).toEqual({
      basket: 'incremental',
      buyers: 'incremental',
      large: 'requery',
      revenue: 'incremental',
    });
    await post([make('bought', 'b', { properties: { amount: 7 } }), make('bought', 'c')]);
    const update = metricsOf(
      await client.waitFor(
        (message) => message.type === 'update' && metricsOf(message).metrics.large?.windows?.['1h'] === 2,
      ),
    );
    const range = {
      from: new Date(Date.now() - 3_500_000).toISOString(),
      to: new Date(Date.now() + 60_000).toISOString(),
    };
    for (const name of names) {
      const { answer } = await call('POST', '/v1/analytics/metrics/calculate', { metric: name, ...range });
      expect([name, update.metrics[name]!.windows!['1h']]).toEqual([
        name,
        (answer.totals as { value: number }).value,
      ]);
    }
    expect(update.metrics.revenue!.windows!['1h']).toBe(21.5);
    expect(update.metrics.buyers!.windows!['1h']).toBe(3);
  });

  it('moves a funnel as events arrive, to the stored answer', async () => {
    const steps = [{ event: 'f_view' }, { event: 'f_cart' }, { event: 'f_pay' }];
    const saved = await call('POST', '/v1/analytics/funnels', { name: 'live', steps, window: '1h' });
    const id = String(saved.answer.id);
    const startMs = Date.now() - 600_000;
    const at = (ms: number) => ({ timestamp: new Date(startMs + ms).toISOString() });
    await post([make('f_view', 'p1', at(0)), make('f_cart', 'p1', at(2_000)), make('f_view', 'p2', at(0))]);
    const client = await open();
    const first = funnelOf(await client.subscribe({ channel: 'funnel', funnel: id }));
    expect(first).toMatchObject({ mode: 'incremental', entered: 2, converted: 0 });
    await post([make('f_pay', 'p1', at(3_000)), make('f_cart', 'p2', at(8_000))]);
    // Late: it belongs before what is known already.
    await post([make('f_view', 'p3', at(9_000)), make('f_pay', 'p3', at(9_500))]);
    await post([make('f_cart', 'p3', at(9_200))]);
    const last = funnelOf(
      await client.waitFor((message) => message.type === 'update' && funnelOf(message).converted === 2),
    );
    const stored = await call('GET', `/v1/analytics/funnels/${id}/analysis?from=${last.from}&to=${last.to}`);
    expect(last.steps).toEqual(stored.answer.steps);
    expect(last.steps[1]!.median_seconds).toBe(2);
  });

  it('asks the engine for a funnel with conditions', async () => {
    const steps = [{ event: 'q_view', where: { property: 'ok', op: 'eq', value: true } }, { event: 'q_pay' }];
    const saved = await call('POST', '/v1/analytics/funnels', { name: 'asked', steps, window: '1h' });
    const client = await open();
    const first = funnelOf(await client.subscribe({ channel: 'funnel', funnel: String(saved.answer.id) }));
    expect(first).toMatchObject({ mode: 'requery', entered: 0 });
    await post([
      make('q_view', 'x', { properties: { ok: true } }),
      make('q_view', 'y', { properties: { ok: false } }),
    ]);
    await client.waitFor((message) => message.type === 'update' && funnelOf(message).entered === 1);
  });

  it('answers the same numbers once over HTTP', async () => {
    const client = await open();
    const subscribed = metricsOf(await client.subscribe({ channel: 'metrics' }));
    const { status, answer } = await call(
      'GET',
      '/v1/analytics/realtime/snapshot',
      undefined,
      front.keys.read,
    );
    expect(status).toBe(200);
    expect((answer.data as MetricsData).windows['1h']).toEqual(subscribed.windows['1h']);
    expect((await call('GET', '/v1/analytics/realtime')).status).toBe(400);
    expect((await call('GET', '/v1/analytics/realtime/snapshot?channel=nothing')).status).toBe(422);
  });

  it('keeps projects apart', async () => {
    await call('POST', '/v1/projects', { id: 'other', name: 'Other' });
    const made = await call('POST', '/v1/keys', {
      project: 'other',
      name: 'reader',
      scopes: ['read', 'write'],
    });
    const key = String(made.answer.key);
    const other = await openLive(front.url, { query: `?key=${key}` });
    clients.push(other);
    await other.subscribe({ channel: 'events' });
    await other.subscribe({ channel: 'metrics' });
    await post([make('mine', 'ada')]);
    expect((await call('POST', '/v1/events?wait=stored', [make('theirs', 'x')], key)).status).toBe(200);
    const event = await other.waitFor(({ type }) => type === 'event');
    expect(event.data).toMatchObject({ event: 'theirs' });
    expect(JSON.stringify(other.messages)).not.toContain('mine');
    const update = await other.waitFor(
      (message) => message.type === 'update' && metricsOf(message).windows['1h'].count > 0,
    );
    expect(metricsOf(update).windows['1h']).toEqual({ count: 1, users: 1 });
  });

  it('closes with a reason when the key is revoked', async () => {
    const made = await call('POST', '/v1/keys', { name: 'short-lived', scopes: ['read'] });
    const client = await openLive(front.url, { query: `?key=${made.answer.key}` });
    await call('DELETE', `/v1/keys/${made.answer.id}`).catch(() => undefined);
    expect(await client.closed).toEqual({ code: 4401, reason: 'the key was revoked' });
  });
});
