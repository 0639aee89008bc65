import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/event/json.js';
import type { PayloadFormat } from '../../../src/event/types.js';
import { Draft } from '../../../src/pipeline/draft.js';
import { normalise } from '../../../src/pipeline/normalise.js';
import { jsonValues } from '../event/json-text.js';
import { listRejects, prepareBody, RECEIVED_AT_MS, UNKNOWN_SENDER } from './entries.js';

/** What a dialect reads from a raw event, without what it leaves as it was. */
function read(format: PayloadFormat, raw: JsonValue, wrapper?: JsonObject): object {
  const draft = new Draft(0, raw, 100);
  normalise(draft, {
    project: 'p',
    payloadId: '0-1-0',
    format,
    receivedAtMs: RECEIVED_AT_MS,
    wrapper,
    ...UNKNOWN_SENDER,
  });
  const {
    event,
    eventId,
    userId,
    anonymousId,
    sessionId,
    timestampMs,
    sentAtMs,
    properties,
    context,
    problems,
  } = draft;
  const all = {
    event,
    eventId,
    userId,
    anonymousId,
    sessionId,
    timestampMs,
    sentAtMs,
    properties,
    context,
    problems,
  };
  const isSet = (value: unknown) =>
    value !== '' && value !== undefined && !Number.isNaN(value) && JSON.stringify(value) !== '{}';
  return Object.fromEntries(Object.entries(all).filter(([, value]) => isSet(value)));
}

const NOON = '2026-01-31T12:00:00.000Z';
const NOON_MS = RECEIVED_AT_MS;

describe("Segment's form", () => {
  const envelope = { messageId: 'm1', userId: 'u', anonymousId: 'a', timestamp: NOON, sentAt: NOON };
  const fields = { eventId: 'm1', userId: 'u', anonymousId: 'a', timestampMs: NOON_MS, sentAtMs: NOON_MS };

  test.each<[string, JsonObject, object]>([
    [
      'track',
      { type: 'track', event: 'Order Completed', properties: { total: 5 } },
      { event: 'Order Completed', properties: { total: 5 } },
    ],
    [
      'page',
      { type: 'page', name: 'Home', category: 'Docs', properties: { url: '/' } },
      { event: '$page', properties: { name: 'Home', category: 'Docs', url: '/' } },
    ],
    ['screen', { type: 'screen', name: 'Home' }, { event: '$screen', properties: { name: 'Home' } }],
    [
      'identify',
      { type: 'identify', traits: { plan: 'pro' } },
      { event: '$identify', properties: { $set: { plan: 'pro' } } },
    ],
    [
      'group',
      { type: 'group', groupId: 'g', traits: { size: 3 } },
      { event: '$group', properties: { group_id: 'g', traits: { size: 3 } } },
    ],
    ['alias', { type: 'alias', previousId: 'old' }, { event: '$alias', properties: { previous_id: 'old' } }],
  ])('%s', (call, raw, expected) => {
    expect(read('segment', { ...envelope, ...raw })).toEqual({ ...fields, ...expected });
    const { type: _, ...untyped } = raw;
    const byRoute = `segment-${call}` as PayloadFormat;
    expect(read(byRoute, { ...envelope, ...untyped })).toEqual({ ...fields, ...expected });
  });

  test('an event without a type is a track, a call without either is refused', () => {
    expect(read('segment', { event: 'x', userId: 'u' })).toEqual({ event: 'x', userId: 'u' });
    expect(
      listRejects(prepareBody({ batch: [{ userId: 'u' }, { type: 'delete', userId: 'u' }] }, 'segment')),
    ).toEqual([
      [0, 'invalid_event', 'type'],
      [1, 'invalid_event', 'type'],
    ]);
  });

  test('what the batch says holds for each call that does not say it', () => {
    const wrapper = { sentAt: NOON, context: { library: { name: 'lib' }, ip: '1.2.3.4' }, batch: [] };
    expect(
      read('segment', { event: 'x', userId: 'u', context: { ip: '::1', sessionId: 77 } }, wrapper),
    ).toEqual({
      event: 'x',
      userId: 'u',
      sessionId: '77',
      sentAtMs: NOON_MS,
      context: { library: { name: 'lib' }, ip: '::1', sessionId: 77 },
    });
  });

  test("RudderStack's originalTimestamp is its time", () => {
    expect(read('segment', { event: 'x', userId: 'u', originalTimestamp: NOON })).toMatchObject({
      timestampMs: NOON_MS,
    });
  });

  test('problems are named as the client names the fields', () => {
    const bad = [
      { type: 'track', userId: 'u' },
      { type: 'track', event: 'x', userId: {} },
      { type: 'track', event: 'x', userId: 'u', timestamp: 'x' },
      { type: 'identify', userId: 'u', traits: 5 },
      { type: 'page', anonymousId: 'a', context: [] },
      { type: 'track', event: 'x' },
      { type: 'track', event: 'x', userId: 'u' },
    ];
    const batch = prepareBody({ batch: bad }, 'segment');
    expect(batch.rows).toBe(1);
    expect(listRejects(batch)).toEqual([
      [0, 'missing_event', 'event'],
      [1, 'invalid_user_id', 'userId'],
      [2, 'invalid_timestamp', 'timestamp'],
      [3, 'invalid_properties', 'traits'],
      [4, 'invalid_context', 'context'],
      [5, 'missing_user', 'user_id'],
    ]);
  });
});

describe("PostHog's form", () => {
  test('an event as posthog-node sends it', () => {
    const raw = {
      event: 'paid',
      distinct_id: 'u',
      uuid: 'e1',
      timestamp: NOON,
      type: 'capture',
      library: 'posthog-node',
      properties: { $lib: 'posthog-node', $session_id: 's', token: 'phc', amount: 3, $set: { plan: 'pro' } },
      $set: { seats: 2 },
      $set_once: { first: 1 },
    };
    expect(read('posthog', raw, { api_key: 'phc', sent_at: NOON, batch: [] })).toEqual({
      event: 'paid',
      eventId: 'e1',
      userId: 'u',
      sessionId: 's',
      timestampMs: NOON_MS,
      sentAtMs: NOON_MS,
      properties: {
        $lib: 'posthog-node',
        $session_id: 's',
        amount: 3,
        $set: { plan: 'pro', seats: 2 },
        $set_once: { first: 1 },
      },
    });
  });

  test.each<[string, JsonObject, object]>([
    ['in the properties', { properties: { distinct_id: 'u' } }, { userId: 'u' }],
    ['a number', { distinct_id: 5 }, { userId: '5' }],
    ['not identified', { distinct_id: 'x', properties: { $is_identified: false } }, { anonymousId: 'x' }],
    ['the device’s own', { distinct_id: 'd', properties: { $device_id: 'd' } }, { anonymousId: 'd' }],
    ['another than the device’s', { distinct_id: 'u', properties: { $device_id: 'd' } }, { userId: 'u' }],
  ])('a distinct_id: %s', (_name, raw, expected) => {
    const { properties: _, ...person } = { properties: {}, ...read('posthog', { event: 'x', ...raw }) };
    expect(person).toEqual({ event: 'x', ...expected });
  });

  test('$identify brings the anonymous id it replaces', () => {
    const raw = {
      event: '$identify',
      distinct_id: 'u',
      properties: { $anon_distinct_id: 'd', $device_id: 'u' },
    };
    expect(read('posthog', raw)).toMatchObject({ event: '$identify', userId: 'u', anonymousId: 'd' });
  });

  test('$create_alias becomes $alias', () => {
    const raw = { event: '$create_alias', distinct_id: 'u', properties: { alias: 'old', x: 1 } };
    expect(read('posthog', raw)).toEqual({
      event: '$alias',
      userId: 'u',
      properties: { previous_id: 'old', $anon_distinct_id: 'old', x: 1 },
    });
  });

  test('an offset counts back from receipt', () => {
    expect(read('posthog', { event: 'x', distinct_id: 'u', offset: 1500 })).toMatchObject({
      timestampMs: NOON_MS - 1500,
    });
  });

  test('one bad event of a batch costs only itself', () => {
    const batch = prepareBody(
      { api_key: 'k', batch: [{ event: 'a', distinct_id: 'u' }, { distinct_id: 'u' }, { event: 'a' }] },
      'posthog',
    );
    expect(batch.rows).toBe(1);
    expect(listRejects(batch)).toEqual([
      [1, 'missing_event', 'event'],
      [2, 'missing_user', 'user_id'],
    ]);
  });
});

test('Anything at all in any form is stored or refused, never thrown', () => {
  const formats = [
    'events',
    'ndjson',
    'segment',
    'segment-track',
    'segment-page',
    'segment-group',
    'posthog',
  ] as const;
  const keys = fc.constantFrom(
    ...[
      'event',
      'type',
      'user_id',
      'userId',
      'distinct_id',
      'messageId',
      'uuid',
      'timestamp',
      'originalTimestamp',
    ],
    ...[
      'sentAt',
      'sent_at',
      'offset',
      'properties',
      'context',
      'traits',
      '$set',
      'groupId',
      'previousId',
      'name',
    ],
  );
  const values = fc.oneof(
    jsonValues,
    fc.constantFrom<JsonValue>(
      'track',
      'identify',
      'page',
      'group',
      'alias',
      '$identify',
      '$create_alias',
      'u',
      NOON,
    ),
  );
  const events = fc.oneof(fc.dictionary(keys, values, { maxKeys: 8, noNullPrototype: true }), jsonValues);
  fc.assert(
    fc.property(
      fc.array(events, { minLength: 1, maxLength: 5 }),
      events,
      fc.constantFrom(...formats),
      (list, beside, format) => {
        const others = typeof beside === 'object' && !Array.isArray(beside) ? beside : {};
        const { events: _e, batch: _b, ...wrapper } = { events: 0, batch: 0, ...others };
        const body =
          format === 'ndjson'
            ? list.map((one) => JSON.stringify(one)).join('\n')
            : { ...wrapper, batch: list };
        const batch = prepareBody(body, format);
        expect(batch.rows + batch.rejects.length).toBe(list.length);
      },
    ),
    { numRuns: 500 },
  );
});
