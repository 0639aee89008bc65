import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashEventId } from '../../../src/event/hash.js';
import {
  EVENT_KEYS_MAX,
  RAW_BYTES_MAX,
  REJECTED_BYTES_MAX,
  TASK_BYTES_MAX,
} from '../../../src/event/limits.js';
import { inspectPayload } from '../../../src/pipeline/inspect.js';
import { prepareBatch } from '../../../src/pipeline/prepare.js';
import { jsonValues } from '../event/json-text.js';
import {
  createEntry,
  event,
  listEventIds,
  listRejects,
  prepare,
  prepareBody,
  RECEIVED_AT_MS,
} from './entries.js';

const iso = (ms: number): string => new Date(ms).toISOString();

describe('A native event', () => {
  test.each<[string, object, string | undefined, string]>([
    ['needs a name', { event: undefined }, 'missing_event', 'event'],
    ['needs a name that is not null', { event: null }, 'missing_event', 'event'],
    ['has a string for a name', { event: 7 }, 'invalid_event', 'event'],
    ['has no empty name', { event: '' }, 'invalid_event', 'event'],
    ['has a name of 200 characters', { event: 'x'.repeat(200) }, undefined, ''],
    ['has no longer name', { event: 'x'.repeat(201) }, 'invalid_event', 'event'],
    ['needs somebody who did it', { user_id: undefined }, 'missing_user', 'user_id'],
    ['takes an empty id for none', { user_id: '', anonymous_id: null }, 'missing_user', 'user_id'],
    ['may be of somebody not known yet', { user_id: undefined, anonymous_id: 'a' }, undefined, ''],
    ['may have a number for a user', { user_id: 12 }, undefined, ''],
    ['has no fraction for a user', { user_id: 1.5 }, 'invalid_user_id', 'user_id'],
    ['has no object for a user', { user_id: {} }, 'invalid_user_id', 'user_id'],
    ['has no very long user', { user_id: 'x'.repeat(201) }, 'invalid_user_id', 'user_id'],
    ['has no list for an anonymous id', { anonymous_id: [] }, 'invalid_anonymous_id', 'anonymous_id'],
    ['has no boolean for a session', { session_id: true }, 'invalid_session_id', 'session_id'],
    ['has no very long event id', { event_id: 'x'.repeat(201) }, 'invalid_event_id', 'event_id'],
    ['may have a time of its own', { timestamp: '2026-01-01T00:00:00Z' }, undefined, ''],
    ['may have a time in milliseconds', { timestamp: RECEIVED_AT_MS - 5 }, undefined, ''],
    ['has no word for a time', { timestamp: 'yesterday' }, 'invalid_timestamp', 'timestamp'],
    ['has no object for a time', { timestamp: {} }, 'invalid_timestamp', 'timestamp'],
    ['has no time in seconds', { timestamp: 1_764_000_000 }, 'timestamp_out_of_range', 'timestamp'],
    [
      'has no time before 1990',
      { timestamp: '1989-12-31T23:59:59.999Z' },
      'timestamp_out_of_range',
      'timestamp',
    ],
    ['may be of 1990', { timestamp: '1990-01-01' }, undefined, ''],
    ['may lie a day ahead', { timestamp: iso(RECEIVED_AT_MS + 86_400_000) }, undefined, ''],
    [
      'lies no further ahead',
      { timestamp: iso(RECEIVED_AT_MS + 86_400_001) },
      'timestamp_out_of_range',
      'timestamp',
    ],
    ['has no year 9999', { timestamp: '9999-01-01T00:00:00Z' }, 'timestamp_out_of_range', 'timestamp'],
    ['has a time when it was sent', { sent_at: 'x' }, 'invalid_timestamp', 'sent_at'],
    ['may be sent by a clock that was never set', { sent_at: 0 }, undefined, ''],
    ['has an object for properties', { properties: [] }, 'invalid_properties', 'properties'],
    ['has an object for context', { context: 'x' }, 'invalid_context', 'context'],
    ['may have neither', { properties: null, context: null }, undefined, ''],
    ['may have keys of its own', { $weird: { x: 1 } }, undefined, ''],
  ])('%s', (_name, change, code, path) => {
    const batch = prepareBody([event(), event(change), event()]);
    expect(listRejects(batch)).toEqual(code === undefined ? [] : [[1, code, path]]);
    expect(batch.rows).toBe(code === undefined ? 3 : 2);
  });

  test.each([[1], ['text'], [null], [true], [[{ event: 'a' }]]])('is an object, not %j', (value) => {
    expect(listRejects(prepareBody([event(), value]))).toEqual([[1, 'not_an_object', '']]);
  });

  test('has at most EVENT_KEYS_MAX keys in its properties, objects in lists counting as keys', () => {
    const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1]));
    const list = (count: number) => ({ l: Array.from({ length: count }, () => ({})) });
    expect(prepareBody(event({ properties: keys(EVENT_KEYS_MAX), context: keys(EVENT_KEYS_MAX) })).rows).toBe(
      1,
    );
    expect(prepareBody(event({ properties: list(EVENT_KEYS_MAX - 1) })).rows).toBe(1);
    for (const properties of [
      keys(EVENT_KEYS_MAX + 1),
      list(EVENT_KEYS_MAX),
      { a: { b: keys(EVENT_KEYS_MAX) } },
    ]) {
      expect(listRejects(prepareBody(event({ properties })))).toEqual([
        [0, 'too_many_properties', 'properties'],
      ]);
      expect(listRejects(prepareBody(event({ context: properties })))).toEqual([
        [0, 'too_many_properties', 'context'],
      ]);
    }
  });
});

describe('Event ids', () => {
  test('that the client gave are kept, integers as their digits', () => {
    expect(listEventIds(prepareBody([event({ event_id: 'é/1' }), event({ event_id: 42 })]))).toEqual([
      'é/1',
      '42',
    ]);
  });

  test('that are missing say where the event stood, so two equal events of one payload stay two', () => {
    const twice = [event({ event_id: undefined }), event({ event_id: '' })];
    expect(listEventIds(prepareBody(twice))).toEqual(['~3-1764000000000-0#0', '~3-1764000000000-0#1']);
  });

  test('are hashed with their project as hashEventId does', () => {
    const texts = ['a', 'é', '\ud800', 'x'.repeat(200), '0f8fad5b-d9cb-469f-a165-70867728950e'];
    const entries = ['shop', 'blog', 'shop'].map((project) =>
      createEntry(
        texts.map((id) => event({ event_id: id })),
        { project },
      ),
    );
    const batch = prepare(...entries);
    const hashes = Array.from({ length: batch.rows }, (_, row) => [
      ...batch.idHashes.subarray(row * 2, row * 2 + 2),
    ]);
    const expected = entries.flatMap(({ project }) => texts.map((id) => hashEventId(project, id)));
    expect(hashes).toEqual(expected);
  });
});

describe('The content hash', () => {
  const hash = (change: object, received = RECEIVED_AT_MS): string => {
    const batch = prepare(createEntry(event(change), { receivedAtMs: received }));
    return `${batch.contentHashes[0]} ${batch.contentHashes[1]}`;
  };

  test('is the same when the same event is sent again', () => {
    const first = hash({ properties: { a: 1, b: { c: 'x', d: [1, { e: 1, f: 2 }] } } });
    expect(hash({ properties: { b: { d: [1, { f: 2, e: 1 }], c: 'x' }, a: 1 } })).toBe(first);
    expect(hash({ properties: { 'b.c': 'x', b: { d: [1, { f: 2, e: 1 }] }, a: 1, n: null } })).toBe(first);
    expect(hash({ event_id: 'other', context: { ip: 'x' }, sent_at: 1, properties: { a: 1 } })).toBe(
      hash({ properties: { a: 1 } }),
    );
    expect(hash({}, RECEIVED_AT_MS + 60_000)).toBe(hash({}));
  });

  test('differs when anything it says differs', () => {
    const changes: object[] = [
      {},
      { event: 'sold' },
      { user_id: 'u2' },
      { user_id: '', anonymous_id: 'u1' },
      { user_id: 'u', anonymous_id: '1' },
      { session_id: 's' },
      { timestamp: RECEIVED_AT_MS },
      { timestamp: RECEIVED_AT_MS + 1 },
      ...[
        1,
        2,
        '1',
        true,
        false,
        'true',
        [],
        [1],
        ['1'],
        [[1]],
        [1, 1],
        [null],
        [{}],
        [{ a: null }],
        [{ b: 1 }],
      ].map((a) => ({ properties: { a } })),
      { properties: { b: 1 } },
      { properties: { a: { a: 1 } } },
      { properties: { a: 1, b: 1 } },
      { properties: { a: 2, b: 1 } },
      { properties: { a: 1, b: 2 } },
    ];
    const hashes = changes.map((change) => hash(change));
    // [{}] and [{"a": null}] say the same.
    expect(new Set(hashes).size).toBe(changes.length - 1);
  });
});

describe('A batch', () => {
  const entries = [
    createEntry([event({ event_id: 'a' }), 7, event({ event_id: 'b', timestamp: '2020-01-01' })]),
    createEntry('{"broken', { eventCount: 4, id: '1764000000001-0' }),
    createEntry(gzipSync(Buffer.from(`${JSON.stringify(event({ event_id: 'c' }))}\nnope\n`)), {
      format: 'ndjson',
      encoding: 'gzip',
      project: 'blog',
      id: '1764000000002-5',
    }),
  ];

  test('says of each row where it came from, and accounts for every event', () => {
    const batch = prepare(...entries);
    expect(batch.rows).toBe(3);
    expect(listEventIds(batch)).toEqual(['a', 'b', 'c']);
    expect([...batch.rowEntry]).toEqual([0, 0, 2]);
    expect([...batch.rowIndex]).toEqual([0, 2, 0]);
    expect([...batch.rowTimestampsMs]).toEqual([RECEIVED_AT_MS, Date.UTC(2020, 0, 1), RECEIVED_AT_MS]);
    expect([...batch.entryEvents]).toEqual([3, 4, 2]);
    expect([...batch.entryDropped]).toEqual([0, 0, 0]);
    expect([batch.minTimestampMs, batch.maxTimestampMs]).toEqual([Date.UTC(2020, 0, 1), RECEIVED_AT_MS]);
    expect(Object.keys(batch.stageMs)).toEqual([
      'decode',
      'normalise',
      'clock',
      'validate',
      'enrich',
      'route',
      'encode',
    ]);
    const where = batch.rejects.map(({ project, payloadId, index, code }) => [
      project,
      payloadId,
      index,
      code,
    ]);
    expect(where).toEqual([
      ['shop', '3-1764000000000-0', 1, 'not_an_object'],
      ...[0, 1, 2, 3].map((index) => ['shop', '3-1764000000001-0', index, 'malformed_json']),
      ['blog', '3-1764000000002-5', 1, 'malformed_json'],
    ]);
  });

  test('without some rows keeps every ordinal', () => {
    const whole = prepare(...entries);
    const part = prepareBatch({ entries, partition: 3, seq: 7, exclude: Uint32Array.of(1) });
    const { block: _wholeBlock, stageMs: _ms, ...rest } = whole;
    expect({ ...part, block: undefined, stageMs: undefined }).toMatchObject({
      ...rest,
      blockRows: 2,
      minTimestampMs: RECEIVED_AT_MS,
    });
    expect(part.block.length).toBeLessThan(whole.block.length);
    const none = prepareBatch({ entries, partition: 3, seq: 7, exclude: Uint32Array.of(2, 0, 1) });
    expect(none).toMatchObject({ rows: 3, blockRows: 0, minTimestampMs: 0, maxTimestampMs: 0 });
    expect(none.block.length).toBe(0);
  });

  test('is the same each time', () => {
    const { stageMs: _1, ...first } = prepare(...entries);
    const { stageMs: _2, ...second } = prepare(...entries);
    expect(second).toEqual(first);
  });

  test('that reads or rejects too much is refused as a task, so that it can be tried in halves', () => {
    // What stands beside a batch counts for each of its events.
    const shared = createEntry(`{"context":"${'x'.repeat(12_000)}","batch":[${'1,'.repeat(4_999)}1]}`);
    const shares = Math.ceil(TASK_BYTES_MAX / 60_000_000);
    expect(prepare(shared).rejects.length).toBe(5_000);
    expect(() => prepare(...Array.from({ length: shares }, () => shared))).toThrow('reads more than');
    const refused = createEntry(`[${Array.from({ length: 100 }, () => `"${'x'.repeat(RAW_BYTES_MAX)}"`)}]`);
    const many = Array.from({ length: Math.ceil(REJECTED_BYTES_MAX / (100 * RAW_BYTES_MAX)) }, () => refused);
    expect(() => prepare(...many)).toThrow('rejects more than');
  });

  test('of nothing is empty', () => {
    expect(prepare()).toMatchObject({ rows: 0, blockRows: 0, rejects: [] });
    expect(prepare(createEntry('[]', { eventCount: 0 })).rejects.length).toBe(1);
  });

  test('keeps a rejected event as it came, with what can be read of it', () => {
    const text =
      '[ {"event":"bought","event_id":"x", "user_id":"u", "a":1,"a":2} , {"event":"sold","event_id":9} ]';
    const [first, second] = prepareBody(text).rejects;
    expect(first).toMatchObject({ code: 'duplicate_key', path: 'a', event: 'bought', eventId: 'x' });
    expect(first!.raw).toBe('{"event":"bought","event_id":"x", "user_id":"u", "a":1,"a":2}');
    expect(second).toMatchObject({
      code: 'missing_user',
      event: 'sold',
      eventId: '9',
      receivedAtMs: RECEIVED_AT_MS,
    });
  });

  test('keeps no more of it than RAW_BYTES_MAX, and no half characters', () => {
    const [reject] = prepareBody(`[{"x":"${'é'.repeat(RAW_BYTES_MAX)}"}]`).rejects;
    expect(Buffer.byteLength(reject!.raw)).toBe(RAW_BYTES_MAX);
    const odd = prepareBody(`[{"xy":"${'é'.repeat(RAW_BYTES_MAX)}"}]`).rejects[0]!.raw;
    expect(Buffer.byteLength(odd)).toBe(RAW_BYTES_MAX - 1);
    expect(odd).not.toContain('\ufffd');
  });
});

describe('What the front says of a body', () => {
  const inspect = (text: string, format: 'events' | 'ndjson' = 'events') =>
    inspectPayload(format, Buffer.from(text), RECEIVED_AT_MS);

  test('names every problem of every event', () => {
    const { eventCount, rejectedCount, problems, malformed } = inspect(
      JSON.stringify([event(), event({ event: 1, timestamp: 'x', event_id: 'bad' }), event({ user_id: '' })]),
    );
    expect({ eventCount, rejectedCount, malformed }).toEqual({
      eventCount: 3,
      rejectedCount: 2,
      malformed: undefined,
    });
    expect(problems.map(({ index, event_id, code, path }) => [index, event_id, code, path])).toEqual([
      [1, 'bad', 'invalid_event', 'event'],
      [1, 'bad', 'invalid_timestamp', 'timestamp'],
      [2, 'e1', 'missing_user', 'user_id'],
    ]);
  });

  test('refuses a document that is not JSON, with the place', () => {
    const { eventCount, malformed } = inspect('[{"event":"a","user_id":"u"},\n {"event":tru}]');
    expect(eventCount).toBe(0);
    expect(malformed).toMatchObject({ kind: 'malformed', line: 2, column: 11 });
    expect(malformed!.message).toBe(
      'the body is not JSON: expected a value, found "t" (line 2, column 11, near "id\\":\\"u\\"},\\n {\\"event\\":tru}]")',
    );
  });

  test('refuses a body that is not UTF-8, with the place', () => {
    const body = Buffer.concat([Buffer.from('{"é":"\ufffd'), Buffer.of(0xe9), Buffer.from('"}')]);
    expect(inspectPayload('events', body, RECEIVED_AT_MS).malformed).toMatchObject({ line: 1, column: 8 });
  });

  test('takes lines one by one', () => {
    const { rejectedCount, problems, malformed } = inspect(
      `${JSON.stringify(event())}\n{"event":\n`,
      'ndjson',
    );
    expect({ rejectedCount, malformed }).toEqual({ rejectedCount: 1, malformed: undefined });
    expect(problems[0]).toMatchObject({ index: 1, code: 'malformed_json' });
  });

  test('is what the worker does', () => {
    const field = fc.oneof(jsonValues, fc.constantFrom('x', 5, RECEIVED_AT_MS, '2026-01-01', undefined));
    const events = fc.record(
      {
        event: fc.oneof(fc.constant('bought'), field),
        user_id: fc.oneof(fc.constant('u'), field),
        event_id: field,
        timestamp: field,
        properties: fc.oneof(fc.constant({}), field),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(events, jsonValues), { minLength: 1, maxLength: 8 }), (list) => {
        const body = JSON.stringify({ events: list });
        const inspection = inspect(body);
        const batch = prepareBody(body);
        expect(inspection.eventCount).toBe(batch.entryEvents[0]);
        expect(inspection.rejectedCount).toBe(batch.rejects.length);
        expect(batch.rows + batch.rejects.length).toBe(list.length);
        const firsts = new Map(inspection.problems.toReversed().map((problem) => [problem.index, problem]));
        for (const { index, code, path, message } of batch.rejects) {
          expect(firsts.get(index)).toMatchObject({ code, path, message });
        }
      }),
      { numRuns: 200 },
    );
  });
});
