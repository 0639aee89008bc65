import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findFirstSeen } from '../../../src/ingest/first-seen.js';

test('each row names the first row with the same hash', () => {
  const words = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2 })), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(words, (rows) => {
      const hashes = Uint32Array.from(rows.flat());
      const expected = rows.map(([lo, hi], i) => {
        const first = rows.findIndex(([otherLo, otherHi]) => otherLo === lo && otherHi === hi);
        return first === i ? -1 : first;
      });
      expect([...findFirstSeen(hashes, rows.length)]).toEqual(expected);
    }),
  );
});
