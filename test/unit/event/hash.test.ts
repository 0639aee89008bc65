import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashEventId, hashMurmur3, hashText, hashUtf8, hashXx32 } from '../../../src/event/hash.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

// Published test vectors of both functions, seed 0.
test.each([
  ['', 0, 0x02cc5d05],
  ['a', 0x3c2569b2, 0x550d7456],
  ['abc', 0xb3dd93fa, 0x32d153ff],
  ['Hello, world!', 0xc0363e43, 0x31b7405d],
  ['The quick brown fox jumps over the lazy dog', 0x2e4ff723, 0xe85ea4de],
])('"%s" hashes as the published vectors say', (text, murmur, xx) => {
  expect(hashMurmur3(bytes(text), 0, text.length)).toBe(murmur);
  expect(hashXx32(bytes(text), 0, text.length)).toBe(xx);
});

test('A range of bytes hashes as the same bytes alone, wherever it lies', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 9 }), (inner, around) => {
      const whole = Buffer.concat([around, inner, around]);
      const end = around.length + inner.length;
      expect(hashMurmur3(whole, around.length, end)).toBe(hashMurmur3(inner, 0, inner.length));
      expect(hashXx32(whole, around.length, end)).toBe(hashXx32(inner, 0, inner.length));
    }),
  );
});

test('The same id in two projects has two hashes', () => {
  expect(hashEventId('a', 'x')).not.toEqual(hashEventId('b', 'x'));
  const [low, high] = hashEventId('p', 'x');
  expect(low).toBe((hashUtf8('x')[0] ^ hashUtf8('p')[0]) >>> 0);
  expect(high).toBe((hashUtf8('x')[1] ^ hashUtf8('p')[1]) >>> 0);
});

test('An id with a lone surrogate hashes as the text it is stored as', () => {
  expect(hashEventId('p', 'x\ud800y')).toEqual(hashEventId('p', 'x\ufffdy'));
});

test('Among 200,000 similar texts no two have the same 64-bit hash, and each word alone is spread evenly', () => {
  const seen = new Set<string>();
  const lows = new Set<number>();
  const buckets = new Uint32Array(256);
  for (let n = 0; n < 200_000; n++) {
    const [low, high] = hashText(`user_${n}`);
    seen.add(`${low} ${high}`);
    lows.add(low);
    buckets[high >>> 24]!++;
  }
  expect(seen.size).toBe(200_000);
  // About 5 collisions are expected of 200,000 random 32-bit words.
  expect(lows.size).toBeGreaterThan(200_000 - 30);
  for (const count of buckets) expect(Math.abs(count - 781)).toBeLessThan(200);
});
