import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHUNK_BYTES,
  isPayloadProblem,
  type OpenPayload,
  openPayload,
  readChunks,
} from '../../../src/event/decode.js';
import type { JsonValue } from '../../../src/event/json.js';
import { EVENT_BYTES_MAX, EVENT_DEPTH_MAX, KEY_LENGTH_MAX } from '../../../src/event/limits.js';
import type { PayloadFormat, Problem } from '../../../src/event/types.js';
import { jsonObjects, printJson } from './json-text.js';

interface Decoded extends OpenPayload {
  values: (JsonValue | undefined)[];
  problems: Map<number, Problem>;
}

const toBytes = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? Buffer.from(body) : body;

function decode(body: string | Uint8Array, format: PayloadFormat = 'events'): Decoded {
  const opened = openPayload(format, toBytes(body));
  if (isPayloadProblem(opened)) throw new Error(opened.message);
  const decoded: Decoded = { ...opened, values: [], problems: new Map() };
  for (const { first, next, values, problems } of readChunks(opened)) {
    expect(first).toBe(decoded.values.length);
    expect(values.length).toBe(next - first);
    decoded.values.push(...values);
    for (const [index, problem] of problems) decoded.problems.set(index, problem);
  }
  return decoded;
}

function problem(body: string | Uint8Array, format: PayloadFormat = 'events') {
  const opened = openPayload(format, toBytes(body));
  if (!isPayloadProblem(opened)) throw new Error('opened');
  return opened;
}

const codes = ({ problems }: Decoded): [number, string, string][] =>
  [...problems].map(([index, { code, path }]) => [index, code, path]);

const nest = (depth: number): string => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;

describe('One bad event costs only itself', () => {
  const bad: [string, string, string, string][] = [
    ['a repeated key', '{"a":1,"properties":{"b":1,"b":2}}', 'duplicate_key', 'properties.b'],
    ['a key repeated with an escape', '{"b":1,"\\u0062":2}', 'duplicate_key', 'b'],
    ['a key repeated inside a list', '{"l":[1,{"x":1,"x":1}]}', 'duplicate_key', 'l[1].x'],
    ['an integer beyond 2^53', '{"n":9007199254740993}', 'unsafe_number', 'n'],
    ['a negative integer beyond 2^53', '{"n":[1,-9007199254740993]}', 'unsafe_number', 'n[1]'],
    ['a number no double reaches', '{"n":1e999}', 'unsafe_number', 'n'],
    ['__proto__', '{"properties":{"__proto__":{"admin":true}}}', 'forbidden_key', 'properties.__proto__'],
    ['an escaped __proto__', '{"\\u005f_proto__":1}', 'forbidden_key', '__proto__'],
    ['__proto__ in a path', '{"a.__proto__.b":1}', 'forbidden_key', 'a.__proto__.b'],
    ['too deep nesting', nest(EVENT_DEPTH_MAX + 1), 'too_deep', ''],
    ['10,000 brackets', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'too_deep', ''],
    ['too many bytes', `{"a":"${'x'.repeat(EVENT_BYTES_MAX)}"}`, 'event_too_large', ''],
    [
      'a very long key',
      `{"${'k'.repeat(KEY_LENGTH_MAX + 1)}":1}`,
      'invalid_properties',
      `${'k'.repeat(40)}…`,
    ],
    ['no JSON', '{"a":tru}', 'malformed_json', ''],
    ['nothing', '', 'malformed_json', ''],
    ['a raw control character', '{"a":"\u0001"}', 'malformed_json', ''],
    ['an unknown escape', '{"a":"\\x"}', 'malformed_json', ''],
  ];

  test.each(bad)('%s, in an array', (_name, event, code, path) => {
    const result = decode(`[{"good":1}, ${event} ,{"good":2}]`);
    expect(codes(result)).toEqual([[1, code, path]]);
    expect([result.values[0], result.values[2]]).toEqual([{ good: 1 }, { good: 2 }]);
  });

  test.each(bad.filter(([, event]) => event !== ''))('%s, in lines', (_name, event, code, path) => {
    const result = decode(`{"good":1}\n${event}\n{"good":2}\n`, 'ndjson');
    expect(codes(result)).toEqual([[1, code, path]]);
    expect([result.values[0], result.values[2]]).toEqual([{ good: 1 }, { good: 2 }]);
  });

  test.each(bad)('%s, in a wrapper', (_name, event, code, path) => {
    const result = decode(`{"context":{"a":1},"batch":[{"good":1},${event},{"good":2}]}`, 'segment');
    expect(codes(result)).toEqual([[1, code, path]]);
    expect([result.values[0], result.values[2]]).toEqual([{ good: 1 }, { good: 2 }]);
  });

  test('bytes that are not UTF-8, in an array and in lines', () => {
    for (const [separator, format, open, close] of [
      [',', 'events', '[', ']'],
      ['\n', 'ndjson', '', ''],
    ] as const) {
      const parts = [open, '{"good":"é"}', separator, '{"bad":"\xff"}', separator, '{"good":2}', close];
      const body = Buffer.concat(
        parts.map((part) => Buffer.from(part, part.includes('bad') ? 'latin1' : 'utf8')),
      );
      const result = decode(body, format);
      expect(codes(result)).toEqual([[1, 'malformed_json', '']]);
      expect(result.problems.get(1)!.message).toContain('UTF-8');
      expect(result.values[0]).toEqual({ good: 'é' });
    }
  });

  test('several bad lines in a row do not hide each other', () => {
    const result = decode('{"a":1\n"b":2}\n"open\n{"c":3}\n1,2\n]\n[', 'ndjson');
    expect(result.scan.eventCount).toBe(7);
    expect(codes(result).map(([index]) => index)).toEqual([0, 1, 2, 4, 5, 6]);
    expect(result.values[3]).toEqual({ c: 3 });
    expect(codes(decode('1],[2\n{"a":1}\n3,4\n', 'ndjson')).map(([index]) => index)).toEqual([0, 2]);
  });

  test('the message of a bad line says where in it', () => {
    const result = decode('{"a":1}\n{"a":1,}\n', 'ndjson');
    expect(result.problems.get(1)!.message).toBe(
      'not JSON: expected a key in double quotes, found "}" at line 1, column 8, near "{\\"a\\":1,}"',
    );
  });
});

test('An event as deep, as large and with keys as long as may be is taken', () => {
  expect(decode(nest(EVENT_DEPTH_MAX)).problems.size).toBe(0);
  expect(decode(`[${nest(EVENT_DEPTH_MAX)}]`).problems.size).toBe(0);
  expect(decode(`{"events":[${nest(EVENT_DEPTH_MAX)}]}`).problems.size).toBe(0);
  expect(decode(`{"${'k'.repeat(KEY_LENGTH_MAX)}":1}`).problems.size).toBe(0);
  expect(decode(`{"a":"${'x'.repeat(EVENT_BYTES_MAX - 8)}"}`).problems.size).toBe(0);
});

test('Numbers that a double holds are taken, however they are written', () => {
  const text =
    '{"a":9007199254740991,"b":-9007199254740991,"c":1e20,"d":12345678901234567890.5,"e":0.1,"f":-0}';
  expect(decode(text).problems.size).toBe(0);
});

test('A body without events is empty, one that cannot be cut is malformed', () => {
  expect(problem('[]').kind).toBe('empty');
  expect(problem('{"events":[ ]}').kind).toBe('empty');
  expect(problem('').kind).toBe('empty');
  expect(problem('\n\n', 'ndjson').kind).toBe('empty');
  expect(problem('<html>')).toMatchObject({ kind: 'malformed', line: 1, column: 1, near: '"<html>"' });
  expect(problem('[{},\n {}')).toMatchObject({ kind: 'malformed', line: 2, column: 4 });
});

test('What stands beside a batch is kept for its events, unless it holds what no event may', () => {
  expect(decode('{"batch":[{}],"sentAt":"now"}').wrapper).toMatchObject({ sentAt: 'now' });
  const result = decode('{"batch":[{}],"context":{"__proto__":1}}');
  expect(result.wrapper).toBeUndefined();
  expect(result.problems.size).toBe(0);
});

test('A byte order mark is no mistake', () => {
  expect(decode('\ufeff{"a":"é"}').values).toEqual([{ a: 'é' }]);
  expect(decode('\ufeff{"a":"é"}\n{"b":1}', 'ndjson').values).toEqual([{ a: 'é' }, { b: 1 }]);
});

test('Good payloads of every shape give the values JSON.parse gives', () => {
  const noWrapper = fc.array(jsonObjects, { minLength: 1 });
  fc.assert(
    fc.property(noWrapper, fc.constantFrom(0, 1), (events, indent) => {
      const expected = JSON.parse(JSON.stringify(events));
      expect(decode(printJson(events, indent)).values).toEqual(expected);
      expect(decode(printJson({ events }, indent)).values).toEqual(expected);
      expect(decode(events.map((event) => JSON.stringify(event)).join('\n\n'), 'ndjson').values).toEqual(
        expected,
      );
    }),
  );
});

test('A payload damaged anywhere never throws, and each event it counts is either read or refused', () => {
  fc.assert(
    fc.property(
      fc.array(jsonObjects, { minLength: 1 }),
      fc.constantFrom<PayloadFormat>('events', 'ndjson'),
      fc.nat(),
      fc.integer({ min: 0, max: 255 }),
      (events, format, place, byte) => {
        const text =
          format === 'events'
            ? JSON.stringify(events)
            : events.map((event) => JSON.stringify(event)).join('\n');
        const bytes = Buffer.from(text);
        bytes[place % bytes.length] = byte;
        if (isPayloadProblem(openPayload(format, bytes))) return;
        const result = decode(bytes, format);
        expect(result.values.length).toBe(result.scan.eventCount);
        for (let n = 0; n < result.values.length; n++) {
          expect(result.values[n] === undefined).toBe(result.problems.has(n));
        }
      },
    ),
    { numRuns: 300 },
  );
});

describe('A payload is read in chunks', () => {
  const long = (n: number) => ({ n, text: 'x'.repeat(50_000) });
  const list = Array.from({ length: 40 }, (_, n) => long(n));

  test.each<[string, PayloadFormat, string]>([
    ['an array', 'events', JSON.stringify(list)],
    ['a wrapper', 'segment', JSON.stringify({ a: { b: 1 }, batch: list, c: { d: 1 } })],
    ['lines', 'ndjson', list.map((one) => JSON.stringify(one)).join('\r\n\n')],
  ])('of no more than CHUNK_BYTES: %s', (_name, format, body) => {
    const opened = openPayload(format, Buffer.from(body));
    if (isPayloadProblem(opened)) throw new Error(opened.message);
    const chunks = [...readChunks(opened)];
    expect(chunks.length).toBe(8);
    for (const { first, next } of chunks) {
      expect(opened.scan.ends[next - 1]! - opened.scan.starts[first]!).toBeLessThanOrEqual(CHUNK_BYTES);
    }
    expect(chunks.flatMap(({ values }) => values)).toEqual(list);
  });

  test('and a bad event costs only itself in whichever chunk it lies', () => {
    const texts = list.map((one) => JSON.stringify(one));
    texts[1] = '{"a":1,"a":2}';
    texts[17] = '{"a":}';
    texts[25] = JSON.stringify('x'.repeat(EVENT_BYTES_MAX));
    texts[39] = '{"n":9007199254740993}';
    const expected = [
      [1, 'duplicate_key', 'a'],
      [17, 'malformed_json', ''],
      [25, 'event_too_large', ''],
      [39, 'unsafe_number', 'n'],
    ];
    for (const [format, body] of [
      ['events', `[${texts.join()}]`],
      ['ndjson', texts.join('\n')],
      ['posthog', `{"x":{"y":1},"batch":[${texts.join()}]}`],
    ] as const) {
      const decoded = decode(body, format);
      expect(codes(decoded)).toEqual(expected);
      expect(decoded.values[38]).toEqual(long(38));
    }
  });
});
