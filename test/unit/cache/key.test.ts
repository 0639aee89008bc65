import { expect, test } from 'vitest';
import { canonicalize, hashKey } from '../../../src/cache/key.js';

test('members are in one order, items keep theirs, and absent members count for nothing', () => {
  expect(canonicalize({ b: [2, 1], a: { d: null, c: undefined } })).toBe('{"a":{"d":null},"b":[2,1]}');
  expect(hashKey(['a', { x: 1, y: 2 }])).toBe(hashKey(['a', { y: 2, x: 1 }]));
  expect(hashKey(['a', { x: [1, 2] }])).not.toBe(hashKey(['a', { x: [2, 1] }]));
  expect(hashKey(['a', 'b'])).not.toBe(hashKey(['a","b']));
});
