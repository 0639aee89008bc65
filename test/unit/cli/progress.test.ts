import { expect, test } from 'vitest';
import { composeProgress, formatDuration } from '../../../src/cli/import/progress.js';

test('a progress line says how far, how fast and how long still', () => {
  const facts = {
    name: 'a.ndjson',
    events: 52_000,
    done: 500,
    total: 2000,
    rate: 25_000.4,
    elapsedMs: 2_000,
  };
  expect(composeProgress(facts)).toBe('a.ndjson  25 %  52,000 events  25,000/s  6 s left');
});

test('standard input has no end to estimate', () => {
  const facts = {
    name: 'standard input',
    events: 10,
    done: 500,
    total: undefined,
    rate: 5,
    elapsedMs: 2_000,
  };
  expect(composeProgress(facts)).toBe('standard input  10 events  5/s');
});

test('durations are said in the two units that matter', () => {
  expect([400, 59_000, 61_000, 7_260_000].map(formatDuration)).toEqual([
    '0 s',
    '59 s',
    '1 min 1 s',
    '2 h 1 min',
  ]);
});
