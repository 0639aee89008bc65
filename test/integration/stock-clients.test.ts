/** Clients people already have, as they come from npm, pointed at Weir: every call arrives with its fields. */
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { PostHog } from 'posthog-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshClickHouse, startWeir, type Weir } from '../support/stack.js';
import { openLine, readBooks, readStored, type StoredEvent, settleBooks } from './stock-clients-line.js';

const AT = new Date('2026-05-04T10:20:30.123Z');
const AT_ISO = AT.toISOString();
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let weir: Weir;
let clickhouse: string;

beforeAll(async () => {
  clickhouse = (await freshClickHouse({ migrate: false })).url;
  weir = await startWeir({ clickhouse });
});

afterAll(() => weir.stop());

/** Runs what sends `count` events and gives what is stored of `condition`, by event name. */
async function collect(
  send: () => Promise<unknown>,
  count: number,
  condition: string,
): Promise<Map<string, StoredEvent>> {
  const before = await readBooks(weir);
  await send();
  expect(await settleBooks(weir, before, count)).toEqual({
    accepted: count,
    stored: count,
    duplicates: 0,
    rejected: 0,
  });
  const stored = await readStored(clickhouse, condition);
  expect(stored).toHaveLength(count);
  return new Map(stored.map((event) => [event.event, event]));
}

describe('@segment/analytics-node', () => {
  it('every call arrives with its fields', async () => {
    const client = new Analytics({ writeKey: weir.keys.write, host: weir.url });
    const who = { userId: 'seg-u', anonymousId: 'seg-a', timestamp: AT, messageId: '' };
    const context = { ip: '203.0.113.77', locale: 'de-DE' };
    const stored = await collect(
      async () => {
        client.track({
          ...who,
          messageId: 'seg-1',
          event: 'Order Completed',
          properties: { total: 12.5, items: [{ sku: 'a' }], at: AT },
          context,
        });
        client.identify({ ...who, messageId: 'seg-2', traits: { plan: 'pro', born: AT } });
        client.page({
          ...who,
          messageId: 'seg-3',
          category: 'Docs',
          name: 'Home',
          properties: { url: 'https://shop.example/a?utm_source=news' },
        });
        client.screen({ ...who, messageId: 'seg-4', name: 'Cart', properties: { rows: 3 } });
        client.group({ ...who, messageId: 'seg-5', groupId: 'g1', traits: { seats: 4 } });
        client.alias({ userId: 'seg-u', previousId: 'seg-old', timestamp: AT, messageId: 'seg-6' });
        await client.closeAndFlush({ timeout: 120_000 });
      },
      6,
      "user_id = 'seg-u'",
    );
    const fields = {
      user_id: 'seg-u',
      anonymous_id: 'seg-a',
      timestamp: AT_ISO,
      sent_at: expect.any(String),
    };
    const library = { library: { name: '@segment/analytics-node', version: expect.any(String) } };
    expect(stored.get('Order Completed')).toMatchObject({
      ...fields,
      event_id: 'seg-1',
      properties: { total: 12.5, items: [{ sku: 'a' }], at: AT_ISO },
      context: { ...library, ip: '203.0.113.0', locale: 'de-DE' },
    });
    expect(stored.get('$identify')).toMatchObject({
      ...fields,
      event_id: 'seg-2',
      properties: { $set: { plan: 'pro', born: AT_ISO } },
      context: library,
    });
    expect(stored.get('$page')).toMatchObject({
      ...fields,
      event_id: 'seg-3',
      properties: { category: 'Docs', name: 'Home', url: 'https://shop.example/a?utm_source=news' },
      context: { campaign: { source: 'news' }, page: { host: 'shop.example' } },
    });
    expect(stored.get('$screen')).toMatchObject({
      ...fields,
      event_id: 'seg-4',
      properties: { name: 'Cart', rows: 3 },
    });
    expect(stored.get('$group')).toMatchObject({
      ...fields,
      event_id: 'seg-5',
      properties: { group_id: 'g1', traits: { seats: 4 } },
    });
    expect(stored.get('$alias')).toMatchObject({
      user_id: 'seg-u',
      event_id: 'seg-6',
      timestamp: AT_ISO,
      properties: { previous_id: 'seg-old' },
    });
  });

  it('an event without a person of its own keeps the id and the time the client gives it', async () => {
    const client = new Analytics({ writeKey: weir.keys.write, host: weir.url });
    const startedAt = Date.now();
    const stored = await collect(
      async () => {
        client.track({ anonymousId: 'seg-nobody', event: 'Seen' });
        await client.closeAndFlush({ timeout: 120_000 });
      },
      1,
      "anonymous_id = 'seg-nobody'",
    );
    const event = stored.get('Seen')!;
    expect(event).toMatchObject({ user_id: '', event_id: expect.stringMatching(/^node-next-/) });
    expect(Date.parse(event.timestamp)).toBeGreaterThanOrEqual(startedAt);
    expect(Date.parse(event.timestamp)).toBeLessThanOrEqual(Date.now());
  });
});

describe('@rudderstack/rudder-sdk-node', () => {
  it.each([true, false])('every call arrives with its fields (gzip: %s)', async (gzip) => {
    const user = gzip ? 'rud-zipped' : 'rud-plain';
    const client = new RudderAnalytics(weir.keys.write, { dataPlaneUrl: weir.url, gzip, logLevel: 'error' });
    const who = { userId: user, anonymousId: 'rud-a', timestamp: AT };
    const stored = await collect(
      async () => {
        client.track({
          ...who,
          event: 'Order Completed',
          properties: { total: 12.5, at: AT },
          context: { ip: '203.0.113.77' },
        });
        client.identify({ ...who, traits: { plan: 'pro' } });
        client.page({ ...who, category: 'Docs', name: 'Home', properties: { path: '/a' } });
        client.screen({ ...who, name: 'Cart', properties: { rows: 3 } });
        client.group({ ...who, groupId: 'g1', traits: { seats: 4 } });
        client.alias({ userId: user, previousId: 'rud-old' });
        await client.flush();
      },
      6,
      `user_id = '${user}'`,
    );
    const fields = {
      user_id: user,
      anonymous_id: 'rud-a',
      event_id: expect.stringMatching(UUID),
      timestamp: AT_ISO,
      sent_at: expect.any(String),
    };
    expect(stored.get('Order Completed')).toMatchObject({
      ...fields,
      properties: { total: 12.5, at: AT_ISO },
      context: { ip: '203.0.113.0', library: { name: 'analytics-node' } },
    });
    expect(stored.get('$identify')).toMatchObject({ ...fields, properties: { $set: { plan: 'pro' } } });
    expect(stored.get('$page')).toMatchObject({
      ...fields,
      properties: { category: 'Docs', name: 'Home', path: '/a' },
    });
    expect(stored.get('$screen')).toMatchObject({ ...fields, properties: { name: 'Cart', rows: 3 } });
    expect(stored.get('$group')).toMatchObject({
      ...fields,
      properties: { group_id: 'g1', traits: { seats: 4 } },
    });
    expect(stored.get('$alias')).toMatchObject({ user_id: user, properties: { previous_id: 'rud-old' } });
  });
});

describe('posthog-node', () => {
  const open = (options: object = {}) =>
    new PostHog(weir.keys.write, { host: weir.url, flushInterval: 60_000, ...options });

  it('every call arrives with its fields', async () => {
    const client = open();
    const uuid = '019a0000-0000-7000-8000-000000000001';
    const stored = await collect(
      async () => {
        client.capture({
          distinctId: 'ph-u',
          event: 'paid',
          uuid,
          timestamp: AT,
          properties: { amount: 3, $session_id: 'ph-s', $set: { plan: 'pro' }, $set_once: { first: AT } },
          groups: { company: 'acme' },
        });
        client.identify({ distinctId: 'ph-u', properties: { mail: 'a@b.c', $anon_distinct_id: 'ph-anon' } });
        client.alias({ distinctId: 'ph-u', alias: 'ph-old' });
        client.groupIdentify({
          groupType: 'company',
          groupKey: 'acme',
          distinctId: 'ph-u',
          properties: { seats: 4 },
        });
        await client.shutdown(120_000);
      },
      4,
      "user_id = 'ph-u'",
    );
    const library = { $lib: 'posthog-node', $lib_version: expect.any(String) };
    expect(stored.get('paid')).toMatchObject({
      event_id: uuid,
      session_id: 'ph-s',
      timestamp: AT_ISO,
      sent_at: expect.any(String),
      properties: {
        ...library,
        amount: 3,
        $set: { plan: 'pro' },
        $set_once: { first: AT_ISO },
        $groups: { company: 'acme' },
      },
    });
    expect(stored.get('$identify')).toMatchObject({
      event_id: expect.stringMatching(UUID),
      anonymous_id: 'ph-anon',
      properties: { $set: { mail: 'a@b.c' } },
    });
    expect(stored.get('$alias')).toMatchObject({ properties: { previous_id: 'ph-old' } });
    expect(stored.get('$groupidentify')).toMatchObject({
      properties: { $group_type: 'company', $group_key: 'acme', $group_set: { seats: 4 } },
    });
  });

  it('the calls that wait arrive before they return', async () => {
    const client = open();
    const stored = await collect(
      async () => {
        await client.captureImmediate({ distinctId: 'ph-now', event: 'paid', properties: { amount: 4 } });
        await client.identifyImmediate({ distinctId: 'ph-now', properties: { plan: 'free' } });
        await client.aliasImmediate({ distinctId: 'ph-now', alias: 'ph-before' });
        await client.groupIdentifyImmediate({ groupType: 'team', groupKey: 't', distinctId: 'ph-now' });
      },
      4,
      "user_id = 'ph-now'",
    );
    expect([...stored.keys()].sort()).toEqual(['$alias', '$groupidentify', '$identify', 'paid']);
    await client.shutdown();
  });

  it('what it captures of errors and language models arrives', async () => {
    const line = await openLine(weir.url);
    const client = open({ host: line.url });
    const stored = await collect(
      async () => {
        client.captureAi({ distinctId: 'ph-more', event: '$ai_generation', properties: { $ai_model: 'm' } });
        await client.captureExceptionImmediate(new Error('broken'), 'ph-more');
        await client.shutdown(120_000);
      },
      2,
      "user_id = 'ph-more'",
    );
    expect(line.seen).toContainEqual({ path: '/i/v0/ai/batch/', fate: 200 });
    expect(stored.get('$ai_generation')).toMatchObject({ properties: { $ai_model: 'm' } });
    expect(stored.get('$exception')).toMatchObject({
      properties: { $exception_list: [{ type: 'Error', value: 'broken' }] },
    });
    await line.stop();
  });

  it('its second capture form arrives like the first', async () => {
    const line = await openLine(weir.url);
    process.env.POSTHOG_CAPTURE_MODE = 'v1';
    const client = open({ host: line.url });
    delete process.env.POSTHOG_CAPTURE_MODE;
    const stored = await collect(
      async () => {
        client.capture({
          distinctId: 'ph-v1',
          event: 'paid',
          timestamp: AT,
          properties: { amount: 5, $session_id: 'ph-s1' },
        });
        await client.shutdown(120_000);
      },
      1,
      "user_id = 'ph-v1'",
    );
    expect(line.seen).toEqual([{ path: '/i/v1/analytics/events', fate: 200 }]);
    expect(stored.get('paid')).toMatchObject({
      session_id: 'ph-s1',
      timestamp: AT_ISO,
      sent_at: expect.any(String),
      properties: { amount: 5 },
    });
    await line.stop();
  });

  it('asks for flags and gets an empty set, also when it judges them itself', async () => {
    const line = await openLine(weir.url);
    const client = open({ host: line.url });
    expect(await client.getAllFlags('ph-flags')).toEqual({});
    expect(await client.getAllFlagsAndPayloads('ph-flags')).toEqual({
      featureFlags: {},
      featureFlagPayloads: {},
    });
    expect((await client.evaluateFlags('ph-flags')).keys).toEqual([]);
    await client.shutdown();
    const judging = open({ host: line.url, personalApiKey: 'phx_none' });
    await judging.reloadFeatureFlags();
    expect(await judging.getAllFlags('ph-flags')).toEqual({});
    await judging.shutdown();
    const definitions = line.seen.filter(({ path }) => path.startsWith('/flags/definitions'));
    expect(definitions.length).toBeGreaterThan(0);
    expect(line.seen.filter(({ fate }) => fate !== 200)).toEqual([]);
    await line.stop();
  });
});
