import { expect, test } from 'vitest';
import { applyAlternative, listAlternatives } from '../../../src/query/calibration/alternatives.js';
import {
  describeShape,
  expectTime,
  judgeExpectations,
  type Sample,
} from '../../../src/query/calibration/expectation.js';

const sample = (
  estimatedRows: number,
  elapsedMs: number,
  shape = 'a',
  expectedMs: number | null = null,
): Sample => ({
  kind: 'k',
  shape,
  estimatedRows,
  rowsRead: estimatedRows,
  elapsedMs,
  expectedMs,
});

test('with less than three samples nothing is expected', () => {
  const samples = [sample(1, 1), sample(1, 1)];
  expect(expectTime(samples, { shape: 'a', estimatedRows: 1 })).toBeUndefined();
});

test('the time of like questions is expected, and scales with the rows', () => {
  const samples = Array.from({ length: 20 }, (_, i) => sample(10_000_000, 95 + i));
  const same = expectTime(samples, { shape: 'a', estimatedRows: 10_000_000 })!;
  expect(same.expected_ms).toBeGreaterThan(95);
  expect(same.expected_ms).toBeLessThan(115);
  expect(same.range_ms[0] <= same.expected_ms && same.expected_ms <= same.range_ms[1]).toBe(true);
  expect(same.confidence).toBe('good');
  const tenfold = expectTime(samples, { shape: 'a', estimatedRows: 100_000_000 })!;
  expect(tenfold.expected_ms / same.expected_ms).toBeCloseTo(9.8, 0);
  expect(tenfold.confidence).toBe('low');
});

test('questions of the same shape are asked before others', () => {
  const samples = Array.from({ length: 40 }, (_, i) =>
    sample(1_000_000, i % 2 ? 10 : 500, i % 2 ? 'a' : 'b'),
  );
  expect(expectTime(samples, { shape: 'a', estimatedRows: 1_000_000 })!.expected_ms).toBe(10);
  expect(expectTime(samples, { shape: 'b', estimatedRows: 1_000_000 })!.expected_ms).toBe(500);
});

test('a shape tells measures, breakdowns and comparison apart, and nothing of whose they are', () => {
  const question = { events: [{ event: 'secret', measure: 'users' }], breakdown: ['plan'], from: 'x' };
  expect(describeShape(question)).not.toContain('secret');
  expect(describeShape(question)).not.toBe(describeShape({ ...question, breakdown: [] }));
  expect(describeShape(question)).not.toBe(describeShape({ ...question, compare: 'previous' }));
  expect(describeShape(question)).toBe(describeShape({ ...question, from: 'y' }));
  expect(describeShape('no question')).toBe('');
});

test('expectations are judged by how many came true within a factor of two', () => {
  const samples = [sample(1, 100, 'a', 60), sample(1, 100, 'a', 190), sample(1, 100, 'a', 30), sample(1, 9)];
  expect(judgeExpectations(samples)).toMatchObject({ samples: 4, expected: 3, within_factor_two: 0.667 });
  expect(judgeExpectations([]).within_factor_two).toBeNull();
});

test('alternatives are the same question with less in it', () => {
  const question = {
    from: '2024-01-01',
    to: '2024-01-11',
    grain: 'hour',
    breakdown: ['plan'],
    compare: true,
  };
  const found = listAlternatives(question);
  expect(found.map(({ change }) => change)).toEqual([
    'the last half of the range',
    'the last tenth of the range',
    'without the period before',
    'without breakdown',
    'by day',
  ]);
  expect(applyAlternative(question, found[0]!)).toEqual({ ...question, from: '2024-01-06T00:00:00.000Z' });
  expect(applyAlternative(question, found[2]!)).not.toHaveProperty('compare');
  expect(listAlternatives({ from: 'yesterday', to: 5 })).toEqual([]);
  expect(listAlternatives(null)).toEqual([]);
});
