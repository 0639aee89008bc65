import { expect, test } from 'vitest';
import { type CachedAnswer, decodeAnswer, encodeAnswer } from '../../../src/cache/entry.js';

const answer = (body: string): CachedAnswer => ({
  body,
  meta: { rows_read: 3 },
  reads: { events: ['paid'], range: { fromMs: 1, toMs: 2 }, people: false, receipts: [5] },
  version: 1_700_000_000_000_001,
  receivedMs: null,
  atMs: 7,
  lifeMs: 8,
  ttlMs: 0,
});

test('a kept answer comes back as it was, and a large one takes less room', async () => {
  const large = answer(
    JSON.stringify({ rows: Array.from({ length: 2_000 }, () => ['2024-03-01', 'paid', 1]) }),
  );
  const bytes = await encodeAnswer(large);
  expect(bytes.length).toBeLessThan(large.body.length / 10);
  expect(await decodeAnswer(bytes)).toEqual(large);
  expect(await decodeAnswer(await encodeAnswer(answer('{}')))).toEqual(answer('{}'));
});

test('what is no kept answer is none', async () => {
  expect(await decodeAnswer(Buffer.from(''))).toBeUndefined();
  expect(await decodeAnswer(Buffer.from('zzz'))).toBeUndefined();
  expect(await decodeAnswer(Buffer.from('j{'))).toBeUndefined();
});
