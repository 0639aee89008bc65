import { expect, test } from 'vitest';
import { compareEntryIds, entryMs, hourOf } from '../../../src/stream/entry-id.js';
import { partitionOf } from '../../../src/stream/partition.js';

test('a project stays in the partition it was first given', () => {
  // Stored rows carry their partition: these must hold for ever.
  expect(['default', 'shop', 'ünï', ''].map((project) => partitionOf(project, 4))).toEqual([0, 1, 1, 3]);
  expect(['default', 'shop', 'ünï', ''].map((project) => partitionOf(project, 16))).toEqual([12, 9, 5, 11]);
});

test('projects spread evenly over the partitions', () => {
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 7_000; i++) counts[partitionOf(`project-${i}`, 7)]! += 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test('entry ids are ordered by their numbers, not by their text', () => {
  const ids = ['1764000000000-10', '1764000000000-9', '999-0', '1764000000000-0'];
  expect(ids.sort(compareEntryIds)).toEqual([
    '999-0',
    '1764000000000-0',
    '1764000000000-9',
    '1764000000000-10',
  ]);
});

test('the hour of receipt is the start of the hour', () => {
  const ms = entryMs('1764003599999-3');
  expect(new Date(hourOf(ms)).toISOString()).toBe('2025-11-24T16:00:00.000Z');
});
