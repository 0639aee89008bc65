/** PostHog's client for Node, as it comes from npm, pointed at Weir: every call arrives with its fields. */
import { PostHog } from 'posthog-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshClickHouse, startWeir, type Weir } from '../support/stack.js';
import { collectStored, openLine } from './stock-clients-line.js';

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
