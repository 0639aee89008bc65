import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DecodedPayload, decodePayload, isPayloadProblem } from '../../../src/event/decode.js';
import { EVENT_BYTES_MAX, EVENT_DEPTH_MAX, KEY_LENGTH_MAX } from '../../../src/event/limits.js';
import type { PayloadFormat } from '../../../src/event/types.js';
import { jsonObjects, printJson } from './json-text.js';

function decode(body: string | Uint8Array, format: PayloadFormat = 'events'): DecodedPayload {
  const result = decodePayload(format, typeof body === 'string' ? Buffer.from(body) : body);
  if (isPayloadProblem(result)) throw new Error(result.message);
  return result;
}

function problem(body: string | Uint8Array, format: PayloadFormat = 'events') {
  const result = decodePayload(format, typeof body === 'string' ? Buffer.from(body) : body);
  if (!isPayloadProblem(result)) throw new Error('decoded');
  return result;
}

const codes = ({ problems }: DecodedPayload): [number, string, string][] =>
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
        const result = decodePayload(format, bytes);
        if (isPayloadProblem(result)) return;
        expect(result.values.length).toBe(result.scan.eventCount);
        for (let n = 0; n < result.values.length; n++) {
          expect(result.values[n] === undefined).toBe(result.problems.has(n));
        }
      },
    ),
    { numRuns: 300 },
  );
});
