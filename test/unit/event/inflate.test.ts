import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CONTENT_ENCODINGS, inflate, inflateSync } from '../../../src/event/inflate.js';
import type { ContentEncoding } from '../../../src/event/types.js';

const TEXT = Buffer.from('{"event":"a","user_id":"u"}');
const BYTES_MAX = 1_000_000;

const both = async (encoding: ContentEncoding, body: Uint8Array, bytesMax = BYTES_MAX) => {
  const sync = inflateSync(encoding, body, bytesMax);
  expect(await inflate(encoding, body, bytesMax)).toEqual(sync);
  return sync;
};

const twice = Buffer.concat([gzipSync(TEXT.subarray(0, 5)), gzipSync(TEXT.subarray(5))]);

test.each<[string, ContentEncoding, Uint8Array]>([
  ['plain', '', TEXT],
  ['gzip', 'gzip', gzipSync(TEXT)],
  ['gzip in two members', 'gzip', twice],
  ['gzip that nobody announced', '', gzipSync(TEXT)],
  ['deflate in zlib wrapping', 'deflate', deflateSync(TEXT)],
  ['deflate without wrapping', 'deflate', deflateRawSync(TEXT)],
  ['brotli', 'br', brotliCompressSync(TEXT)],
])('%s', async (_name, encoding, body) => {
  expect(Buffer.from((await both(encoding, body)) as Uint8Array).equals(TEXT)).toBe(true);
});

describe('What does not inflate is a failure, not an exception', () => {
  const bomb = Buffer.alloc(50_000_000);

  test.each<[string, ContentEncoding, Uint8Array, string]>([
    ['a gzip bomb', 'gzip', gzipSync(bomb), 'too_large'],
    ['an unannounced gzip bomb', '', gzipSync(bomb), 'too_large'],
    ['a deflate bomb', 'deflate', deflateSync(bomb), 'too_large'],
    ['a brotli bomb', 'br', brotliCompressSync(bomb), 'too_large'],
    ['a plain body over the limit', '', bomb, 'too_large'],
    ['half a gzip', 'gzip', gzipSync(TEXT).subarray(0, 20), 'corrupt'],
    ['text that says it is gzip', 'gzip', TEXT, 'corrupt'],
    ['text that says it is deflate', 'deflate', TEXT, 'corrupt'],
    ['text that says it is brotli', 'br', TEXT, 'corrupt'],
    ['nothing that says it is gzip', 'gzip', new Uint8Array(0), 'corrupt'],
  ])('%s', async (_name, encoding, body, kind) => {
    expect(await both(encoding, body)).toMatchObject({ kind });
  });

  test('an encoding this Node does not have', async () => {
    const kind = CONTENT_ENCODINGS.includes('zstd') ? 'corrupt' : 'unknown_encoding';
    expect(await both('zstd', TEXT)).toMatchObject({ kind });
  });
});
