import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readCacheControl } from '../../../src/http/answered.js';
import { chooseEncoding, compressAnswer } from '../../../src/http/compressed.js';

const JSON_HEADERS = { 'content-type': 'application/json' };
const large = Buffer.from(JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ n: i % 7 }))));

test('the better encoding that is allowed is chosen', () => {
  expect(chooseEncoding('gzip, deflate, br')).toBe('br');
  expect(chooseEncoding('gzip;q=0.5')).toBe('gzip');
  expect(chooseEncoding('br;q=0, gzip')).toBe('gzip');
  expect(chooseEncoding('identity')).toBeUndefined();
  expect(chooseEncoding(undefined)).toBeUndefined();
});

test('large JSON is compressed and says so, for problems as well', async () => {
  const brotli = await compressAnswer('br', JSON_HEADERS, large);
  expect(brotli.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' });
  expect(brotliDecompressSync(brotli.body)).toEqual(large);
  const gzip = await compressAnswer('gzip', { 'content-type': 'application/problem+json' }, large);
  expect(gunzipSync(gzip.body)).toEqual(large);
});

test('small answers, other types and what is encoded already stay as they are', async () => {
  const small = Buffer.from('{}');
  expect((await compressAnswer('br', JSON_HEADERS, small)).body).toBe(small);
  expect((await compressAnswer('br', { 'content-type': 'image/png' }, large)).body).toBe(large);
  const encoded = { ...JSON_HEADERS, 'content-encoding': 'gzip' };
  expect((await compressAnswer('br', encoded, large)).body).toBe(large);
  expect((await compressAnswer(undefined, JSON_HEADERS, large)).body).toBe(large);
});

test('Cache-Control of a request is read, and what is no part of it does nothing', () => {
  expect(readCacheControl('no-cache')).toEqual({ bypass: true, maxStaleMs: 0 });
  expect(readCacheControl('Max-Stale=30, max-age=0')).toEqual({ bypass: false, maxStaleMs: 30_000 });
  expect(readCacheControl('max-stale')).toEqual({ bypass: false, maxStaleMs: 3_600_000 });
  expect(readCacheControl('max-stale=-1')).toEqual({ bypass: false, maxStaleMs: 0 });
  expect(readCacheControl(undefined)).toEqual({ bypass: false, maxStaleMs: 0 });
});
