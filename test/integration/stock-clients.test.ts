/** Segment's and RudderStack's clients for Node, as they come from npm, pointed at Weir: every call arrives with its fields. */
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshClickHouse, startWeir, type Weir } from '../support/stack.js';
import { collectStored } from './stock-clients-line.js';

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

const collect = (send: () => Promise<unknown>, count: number, condition: string) =>
  collectStored({ weir, clickhouse }, send, count, condition);

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
