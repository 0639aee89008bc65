/** Counts in words. */
import { expect, it } from 'vitest';
import { formatCount, formatPeople } from '../../../src/dashboard/web/format.js';

it('says one of a kind in the singular, and all other numbers in the plural', () => {
  expect([0, 1, 2, 1204].map((count) => formatCount(count, 'event'))).toEqual([
    '0 events',
    '1 event',
    '2 events',
    '1,204 events',
  ]);
  expect([1, 2].map((count) => formatPeople(count))).toEqual(['1 person', '2 people']);
  expect(formatCount(undefined, 'row')).toBe('– rows');
});
