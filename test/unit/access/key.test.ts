import { describe, expect, it } from 'vitest';
import { findBodyKey, findIngestKey, findKey } from '../../../src/access/credential.js';
import { generateKey, hashKey, SCOPES, showKey } from '../../../src/access/key.js';
import { createRateLimiter } from '../../../src/access/rate-limit.js';

describe('a key', () => {
  it('says what it is for, and is never the same', () => {
    const keys = [
      generateKey(['write']),
      generateKey(['read']),
      generateKey(SCOPES),
      generateKey(['read', 'write']),
    ];
    expect(keys.map((key) => key.slice(0, 7))).toEqual(['weir_w_', 'weir_r_', 'weir_a_', 'weir_k_']);
    expect(new Set(Array.from({ length: 1_000 }, () => generateKey(['read']))).size).toBe(1_000);
    for (const key of keys) expect(key).toMatch(/^weir_[a-z]_[0-9A-Za-z]{32}$/);
  });

  it('is shown in part only, also a short one', () => {
    expect(showKey('weir_w_0123456789abcdef0123456789abcdef')).toBe('weir_w_01234');
    expect(showKey('twelve-chars')).toBe('twel');
  });

  it('is kept as SHA-256', () => {
    expect(hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('a request carries its key', () => {
  const read = (headers: Record<string, string>) => (name: string) => headers[name];
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  it('in the headers every route takes', () => {
    expect(findKey(read({ authorization: 'Bearer k' }))).toBe('k');
    expect(findKey(read({ authorization: 'bearer  k ' }))).toBe('k');
    expect(findKey(read({ 'x-api-key': ' k ' }))).toBe('k');
    expect(findKey(read({ authorization: basic('k:') }))).toBeUndefined();
    expect(findKey(read({ authorization: 'Bearer a b' }))).toBeUndefined();
    expect(findKey(read({}))).toBeUndefined();
  });

  it('on ingest also where clients put it', () => {
    expect(findIngestKey(read({ authorization: basic('k:') }), '')).toBe('k');
    expect(findIngestKey(read({ authorization: basic(':k') }), '')).toBeUndefined();
    expect(findIngestKey(read({ 'x-write-key': 'k' }), '')).toBe('k');
    expect(findIngestKey(read({}), 'a=1&writeKey=k%2B')).toBe('k+');
    expect(findIngestKey(read({}), 'writeKey=')).toBeUndefined();
  });

  it('in the body of Segment’s and PostHog’s clients', () => {
    expect(findBodyKey({ writeKey: 'k' })).toBe('k');
    expect(findBodyKey({ api_key: 'k' })).toBe('k');
    expect(findBodyKey({ properties: { token: 'k' } })).toBe('k');
    for (const body of [null, 1, 'k', [], {}, { writeKey: 7 }, { properties: null }])
      expect(findBodyKey(body)).toBeUndefined();
  });
});

it('a limit is of one key and one kind', async () => {
  const limiter = createRateLimiter();
  const access = (keyId: string) => ({
    project: 'p',
    keyId,
    scopes: new Set<'read'>(['read']),
    limits: {},
    settings: { quotas: { ingest_per_second: 2, queries_per_second: 1 } },
  });
  const allowed: boolean[] = [];
  for (let i = 0; i < 3; i++) allowed.push((await limiter.count(access('a'), 'ingest')).allowed);
  expect(allowed).toEqual([true, true, false]);
  expect((await limiter.count(access('b'), 'ingest')).allowed).toBe(true);
  expect((await limiter.count(access('a'), 'query')).allowed).toBe(true);
  const beyond = await limiter.count(access('a'), 'query');
  expect(beyond).toMatchObject({ allowed: false, limit: 1, remaining: 0 });
  expect(beyond.resetS).toBeGreaterThanOrEqual(1);
});
