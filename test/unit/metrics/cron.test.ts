/** Cron patterns in a time zone, on ordinary days and on those when the clock changes. */
import { describe, expect, test } from 'vitest';
import { checkSchedule, findLast, findNext, type Schedule } from '../../../src/metrics/schedule/cron.js';

const berlin = (cron: string): Schedule => ({ cron, timezone: 'Europe/Berlin' });

function listFrom(schedule: Schedule, from: string, count: number): string[] {
  const times: string[] = [];
  for (let at: Date | undefined = new Date(from); times.length < count; ) {
    at = findNext(schedule, at);
    if (!at) break;
    times.push(at.toISOString().slice(0, 16));
  }
  return times;
}

describe('the day the clock goes forward, 30 March 2025 in Berlin', () => {
  test('half past two, which does not exist, runs at the end of the gap', () => {
    expect(listFrom(berlin('30 2 * * *'), '2025-03-28T12:00:00Z', 3)).toEqual([
      '2025-03-29T01:30',
      '2025-03-30T01:00',
      '2025-03-31T00:30',
    ]);
  });

  test('every hour runs twenty-three times', () => {
    const times = listFrom(berlin('0 * * * *'), '2025-03-29T22:59:00Z', 24);
    expect(times.filter((time) => time < '2025-03-30T22:00')).toHaveLength(23);
    expect(new Set(times).size).toBe(24);
  });
});

describe('the day the clock goes back, 26 October 2025 in Berlin', () => {
  test('half past two, which comes twice, runs once', () => {
    expect(listFrom(berlin('30 2 * * *'), '2025-10-24T12:00:00Z', 3)).toEqual([
      '2025-10-25T00:30',
      '2025-10-26T00:30',
      '2025-10-27T01:30',
    ]);
  });

  test('every hour runs twenty-five times', () => {
    const times = listFrom(berlin('0 * * * *'), '2025-10-25T21:59:00Z', 26);
    expect(times.filter((time) => time < '2025-10-26T23:00')).toHaveLength(25);
  });
});

test('the last time up to an instant includes the instant', () => {
  const daily = berlin('0 6 * * *');
  const six = new Date('2025-06-02T04:00:00.000Z');
  expect(findLast(daily, six)).toEqual(six);
  expect(findLast(daily, new Date(six.getTime() + 1))).toEqual(six);
  expect(findLast(daily, new Date(six.getTime() - 1))).toEqual(new Date('2025-06-01T04:00:00.000Z'));
  expect(findNext(daily, six)).toEqual(new Date('2025-06-03T04:00:00.000Z'));
});

test.each([
  [{ cron: '61 * * * *', timezone: 'UTC' }, 'cron'],
  [{ cron: 'often', timezone: 'UTC' }, 'cron'],
  [{ cron: '*/5 * * * * *', timezone: 'UTC' }, 'cron'],
  [{ cron: '0 0 31 2 *', timezone: 'UTC' }, 'cron'],
  [{ cron: '0 0 * * *', timezone: 'Europe/Nowhere' }, 'timezone'],
])('%o is refused', (schedule, path) => {
  expect(() => checkSchedule(schedule)).toThrow(
    expect.objectContaining({ status: 422, errors: [expect.objectContaining({ path })] }),
  );
});

test.each([
  ['often', 'five fields, not 1'],
  ['', 'five fields, not 0'],
  ['0 25 * * *', '"25" in field 2, which cannot be read: the hour is from 0 to 23'],
  ['0 0 * * monday-x', 'in field 5, which cannot be read: the day of the week is from 0 to 7'],
  ['0 0 31 2 *', 'never comes'],
])('%j is told what is wrong with it', (cron, words) => {
  expect(() => checkSchedule({ cron, timezone: 'UTC' })).toThrow(words);
});
