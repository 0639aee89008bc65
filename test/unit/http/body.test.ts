import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  readContentEncoding,
  readContentType,
  sniffEncoding,
  sniffFormat,
} from '../../../src/http/ingest/body.js';
import { isDeeperThan } from '../../../src/http/json-body.js';
import { chooseRequestId } from '../../../src/http/request-id.js';
import { findClientAddress } from '../../../src/http/transport/exchange.js';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

describe('the content type', () => {
  it.each(['application/x-ndjson', 'application/ndjson; charset=utf-8', 'Application/JSONL'])(
    '%s means lines',
    (type) => {
      expect(readContentType(type)).toBe('ndjson');
    },
  );

  it.each([
    undefined,
    '',
    'application/json',
    'text/plain;charset=UTF-8',
    'application/cloudevents+json',
    'application/x-www-form-urlencoded',
  ])('%s lets the body tell', (type) => {
    expect(readContentType(type)).toBeUndefined();
  });

  it.each(['text/html', 'multipart/form-data; boundary=x', 'application/xml', 'image/png'])(
    '%s is refused',
    (type) => {
      expect(() => readContentType(type)).toThrow(expect.objectContaining({ status: 415 }));
    },
  );
});

describe('the content encoding', () => {
  it('is read by any of its names', () => {
    expect(['', ' GZIP ', 'x-gzip', 'identity', 'br', 'deflate'].map(readContentEncoding)).toEqual([
      '',
      'gzip',
      'gzip',
      '',
      'br',
      'deflate',
    ]);
  });

  it('is refused when it cannot be undone', () => {
    for (const name of ['compress', 'gzip, br', '__proto__', 'constructor'])
      expect(() => readContentEncoding(name)).toThrow(expect.objectContaining({ status: 415 }));
  });

  it('is told by the first bytes when the header forgot it', () => {
    expect(sniffEncoding(gzipSync('[]'))).toBe('gzip');
    expect(sniffEncoding(deflateSync('[]'))).toBe('deflate');
    expect(sniffEncoding(bytes('{"x":1}'))).toBe('');
    expect(sniffEncoding(bytes('x'))).toBe('');
    expect(sniffEncoding(bytes(''))).toBe('');
  });
});

describe('events one a line are told from a document', () => {
  it.each([
    ['{"a":1}\n{"a":2}', 'ndjson'],
    ['{"a":1}\r\n{"a":', 'ndjson'],
    ['\uFEFF {"a":1}\n{"a":2}', 'ndjson'],
    ['{"a":1}', 'events'],
    ['{"a":1}\n', 'events'],
    ['{\n"a":1\n}', 'events'],
    ['[\n{"a":1}\n]', 'events'],
    ['{"a":\n1}', 'events'],
    ['', 'events'],
  ])('%j', (text, format) => {
    expect(sniffFormat(bytes(text))).toBe(format);
  });
});

it('counts depth outside of strings only', () => {
  expect(isDeeperThan('[[[]]]', 2)).toBe(true);
  expect(isDeeperThan('[[[]]]', 3)).toBe(false);
  expect(isDeeperThan('["[[[[", "\\"[[["]', 1)).toBe(false);
  expect(isDeeperThan('[[],[],[]]', 2)).toBe(false);
});

it('takes a request id that is plain, and makes one otherwise', () => {
  expect(chooseRequestId('abc-123.x:9_')).toBe('abc-123.x:9_');
  for (const given of [undefined, 'short', 'has blanks in it', 'x'.repeat(65), 'line\nbreak-in-it'])
    expect(chooseRequestId(given)).not.toBe(given);
  expect(chooseRequestId(undefined)).not.toBe(chooseRequestId(undefined));
});

it('believes as many proxies as are trusted', () => {
  expect(findClientAddress('9.9.9.9', '1.1.1.1, 2.2.2.2', 0)).toBe('9.9.9.9');
  expect(findClientAddress('9.9.9.9', '1.1.1.1, 2.2.2.2', 1)).toBe('2.2.2.2');
  expect(findClientAddress('9.9.9.9', '1.1.1.1, 2.2.2.2', 5)).toBe('1.1.1.1');
  expect(findClientAddress('9.9.9.9', undefined, 1)).toBe('9.9.9.9');
});
