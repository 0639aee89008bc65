import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WRAPPER_BYTES_MAX } from '../../../src/event/limits.js';
import { isScanFailure, type PayloadScan } from '../../../src/event/payload-scan.js';
import { scanPayload } from '../../../src/event/scan.js';
import type { PayloadFormat } from '../../../src/event/types.js';
import { jsonObjects, jsonValues, printJson } from './json-text.js';

function scan(text: string, format: PayloadFormat = 'events'): PayloadScan {
  const result = scanPayload(format, Buffer.from(text));
  if (isScanFailure(result)) throw new Error(`${result.message} at ${result.offset}`);
  return result;
}

function failure(text: string, format: PayloadFormat = 'events'): { offset: number; message: string } {
  const result = scanPayload(format, Buffer.from(text));
  if (!isScanFailure(result)) throw new Error(`cut into ${result.eventCount} events`);
  return result;
}

function slices(text: string, format: PayloadFormat = 'events'): string[] {
  const { starts, ends, eventCount } = scan(text, format);
  const bytes = Buffer.from(text);
  return Array.from({ length: eventCount }, (_, n) => bytes.toString('utf8', starts[n], ends[n]));
}

/** The slow, obvious count of the keys of all objects. */
function countKeys(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, element) => sum + countKeys(element), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, member) => sum + 1 + countKeys(member), 0);
}

function measureDepth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(measureDepth));
}

describe('A payload is cut into its events', () => {
  test.each([
    ['{"event":"a"}', 'object', ['{"event":"a"}']],
    [' \n{"event":"a"} ', 'object', ['{"event":"a"}']],
    ['[]', 'array', []],
    ['[ \n ]', 'array', []],
    ['[{"a":1},{"b":[2,3]}]', 'array', ['{"a":1}', '{"b":[2,3]}']],
    ['[1,"a,b",[2,3]]', 'array', ['1', '"a,b"', '[2,3]']],
    ['{"events":[]}', 'wrapped', []],
    ['{"events":[{"a":1},{}]}', 'wrapped', ['{"a":1}', '{}']],
    ['{"batch" : [{}], "sentAt":"x,y"}', 'wrapped', ['{}']],
    ['{"context":{"batch":[1,2]},"batch":[{}]}', 'wrapped', ['{}']],
    ['{"events":{"a":[1,2]}}', 'object', ['{"events":{"a":[1,2]}}']],
    ['{"note":"events","x":[1,2]}', 'object', ['{"note":"events","x":[1,2]}']],
    ['{"properties":{"events":[1,2]}}', 'object', ['{"properties":{"events":[1,2]}}']],
  ])('%s', (text, shape, events) => {
    expect(scan(text).shape).toBe(shape);
    expect(slices(text)).toEqual(events);
  });

  test('a byte order mark is not part of it', () => {
    expect(slices('\ufeff[{}]')).toEqual(['{}']);
    expect(slices('\ufeff{"a":1}\n{}', 'ndjson')).toEqual(['{"a":1}', '{}']);
  });

  test('lines are events unless they are blank', () => {
    expect(slices('{"a":1}\r\n\n  \n{"b":2}', 'ndjson')).toEqual(['{"a":1}\r', '{"b":2}']);
    expect(slices('{"a":1}\n', 'ndjson')).toEqual(['{"a":1}']);
  });

  test('a place after a comma is an event even when nothing stands there', () => {
    expect(slices('[{},]')).toEqual(['{}', '']);
    expect(slices('[,]')).toEqual(['', '']);
  });

  test.each(['{"a":1', '{}\n}', '[1]2', '"unclosed', '{"a":"\\', '{"a":"\\"}\n{}'])(
    'a line that is surely not one value makes the lines irregular, and stays one event: %s',
    (line) => {
      const first = line.split('\n').length;
      const result = scan(`${line}\n{"a":1}`, 'ndjson');
      expect(result.eventCount).toBe(first + 1);
    },
  );

  test('lines that only together are JSON are irregular', () => {
    expect(scan('{"a":1\n"b":2}', 'ndjson').irregular).toBe(true);
    expect(scan('1]\n[2', 'ndjson').irregular).toBe(true);
    expect(scan('1,2\n{"a":1', 'ndjson').irregular).toBe(true);
    expect(scan('"open\n{}', 'ndjson').irregular).toBe(true);
    expect(scan('"open\\\n{}', 'ndjson')).toMatchObject({ irregular: true, eventCount: 2 });
    expect(scan('{"a":"x\\\\"}\n{}', 'ndjson').irregular).toBe(false);
  });
});

describe('A payload that cannot be cut is refused with the place', () => {
  test.each([
    ['', 'empty', 0],
    ['  \n ', 'empty', 0],
    ['hello', 'neither', 0],
    ['  42', 'neither', 2],
    ['{"a":[1,2}', 'ends before', 10],
    ['[{"a":1}', 'ends before', 8],
    ['{"a":"x}', 'never ends', 5],
    ['{"a":"x\\"}', 'never ends', 5],
    ['{"a":"x\\', 'never ends', 5],
    ['[1,2}', 'begins with "["', 4],
    ['{"a":1]', 'begins with "{"', 6],
    ['{"a":1}{"a":2}', 'follows', 7],
    ['{"a":1}\n{"a":2}', 'application/x-ndjson', 8],
    ['{"events":[{}],"events":[{},{}]}', 'second list', 15],
    ['{"events":[{}],"batch":[{},{}]}', 'second list', 15],
  ])('%s', (text, message, offset) => {
    expect(failure(text).message).toContain(message);
    expect(failure(text).offset).toBe(offset);
  });

  test('what stands beside a list of events is limited', () => {
    const beside = (length: number) => `{"batch":[{},{}],"context":"${'x'.repeat(length)}"}`;
    expect(scan(beside(WRAPPER_BYTES_MAX - 100)).wrapperBytes).toBeGreaterThan(WRAPPER_BYTES_MAX - 100);
    expect(failure(beside(WRAPPER_BYTES_MAX)).message).toContain('beside "batch"');
    const many = `{"batch":[${'{},'.repeat(10_000)}{}],"context":"${'x'.repeat(8_000)}"}`;
    expect(failure(many).message).toContain('with each of 10001 events');
  });
});

test('10,000,000 brackets are counted without a stack', () => {
  const half = 5_000_000;
  expect(scan('['.repeat(half) + ']'.repeat(half)).depth).toBe(half - 1);
});

const holdsTwoLists = (value: object): boolean =>
  'events' in value && 'batch' in value && Array.isArray(value.events) && Array.isArray(value.batch);

test('Keys, depth and events of random documents are those of the parsed value', () => {
  fc.assert(
    fc.property(jsonValues, fc.constantFrom(0, 1), (value, indent) => {
      fc.pre(typeof value === 'object' && value !== null && !holdsTwoLists(value));
      const text = printJson(value, indent);
      const result = scan(text);
      expect(result.keyCount).toBe(countKeys(value));
      if (result.shape === 'array') {
        expect(slices(text).map((slice) => JSON.parse(slice))).toEqual(JSON.parse(text));
        expect(result.depth).toBe(measureDepth(value) - 1);
      }
      if (result.shape === 'object') expect(result.depth).toBe(measureDepth(value));
    }),
  );
});

test('Wrapped documents and lines hold the events they were made of', () => {
  fc.assert(
    fc.property(
      fc.array(jsonObjects, { minLength: 1 }),
      jsonObjects,
      fc.constantFrom('events', 'batch'),
      fc.constantFrom(0, 1),
      (events, others, key, indent) => {
        const { events: _e, batch: _b, ...beside } = others;
        const expected = JSON.parse(JSON.stringify(events));
        const wrapped = printJson({ ...beside, [key]: events }, indent);
        expect(slices(wrapped).map((slice) => JSON.parse(slice))).toEqual(expected);
        const lines = events.map((event) => JSON.stringify(event)).join('\n');
        expect(slices(lines, 'ndjson').map((slice) => JSON.parse(slice))).toEqual(expected);
        expect(scan(lines, 'ndjson').irregular).toBe(false);
      },
    ),
  );
});

test('Any bytes at all are either cut or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom<PayloadFormat>('events', 'ndjson'), (bytes, format) => {
      const result = scanPayload(format, bytes);
      if (isScanFailure(result)) expect(result.offset).toBeLessThanOrEqual(bytes.length);
      else expect(result.starts.length).toBe(result.eventCount);
    }),
  );
});
