/** Conditions, judged on values. */
import { expect, it } from 'vitest';
import { judgeAnomaly, judgeChange, judgeNoData, judgeThreshold } from '../../../src/alerting/judge.js';
import { judgeAt } from '../../../src/alerting/observe.js';
import type { Reader } from '../../../src/alerting/reader.js';
import { readRule } from '../../../src/alerting/rule.js';

const HOUR = 3_600_000;
const ANOMALY = { kind: 'anomaly', sensitivity: 3, direction: 'both' } as const;

it('a threshold is crossed, not touched; without a value it is not', () => {
  const above = { above: 5, below: undefined };
  expect(judgeThreshold(5, above).isMet).toBe(false);
  expect(judgeThreshold(5.1, above).isMet).toBe(true);
  expect(judgeThreshold(null, above)).toMatchObject({ isMet: false, note: expect.any(String) });
  const band = { above: 10, below: 2 };
  expect([1, 2, 10, 11].map((value) => judgeThreshold(value, band).isMet)).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

it('a change is told in percent of the size a week before, and needs something to compare with', () => {
  const fell = { above: undefined, below: -30 };
  expect(judgeChange(60, 100, fell)).toEqual({ isMet: true, value: -40 });
  expect(judgeChange(70, 100, fell).isMet).toBe(false);
  expect(judgeChange(-150, -100, fell)).toEqual({ isMet: true, value: -50 });
  expect(judgeChange(60, 0, fell)).toMatchObject({ isMet: false, value: null, note: expect.any(String) });
  expect(judgeChange(60, null, fell).isMet).toBe(false);
});

it('an anomaly is far from the median of the weeks before, in their own deviations', () => {
  const past = [100, 104, 96, 110, 90];
  expect(judgeAnomaly(100, past, ANOMALY).isMet).toBe(false);
  // The median is 100; the deviations from it are 0, 4, 4, 10, 10, their median 4.
  const { low, high } = judgeAnomaly(100, past, ANOMALY);
  expect([low, high]).toEqual([100 - 3 * 1.4826 * 4, 100 + 3 * 1.4826 * 4]);
  expect(judgeAnomaly(118, past, ANOMALY).isMet).toBe(true);
  expect(judgeAnomaly(82, past, ANOMALY).isMet).toBe(true);
  expect(judgeAnomaly(82, past, { ...ANOMALY, direction: 'above' }).isMet).toBe(false);
  expect(judgeAnomaly(109, [100, 100, 100, 100], ANOMALY).isMet).toBe(false);
});

it('fewer than four weeks are no baseline, and that is said', () => {
  expect(judgeAnomaly(1_000, [1, 1, 1], ANOMALY)).toEqual({
    isMet: false,
    value: 1_000,
    note: expect.stringContaining('needs 4 weeks of history'),
  });
});

it('no data is nothing, and of a metric also a count of 0', () => {
  expect([null, 0, 3].map((value) => judgeNoData(value, true).isMet)).toEqual([true, true, false]);
  expect([null, 0, 3].map((value) => judgeNoData(value, false).isMet)).toEqual([true, false, false]);
});

it('hours before the first event are no history of an anomaly', async () => {
  const { rule } = readRule({ name: 'a', metric: 'm', condition: { anomaly: {} } });
  const now = 4_000 * 24 * HOUR;
  const createReader = (weeks: number): Reader => ({
    isCheap: () => true,
    read: async (ends) =>
      new Map([['', ends.map((end) => (end === now ? 500 : end > now - weeks * 168 * HOUR ? 100 : 0))]]),
  });
  const judge = async (weeks: number) => (await judgeAt(rule, createReader(weeks), [now])).get('')![0]!;
  expect(await judge(3.5)).toMatchObject({ isMet: false, note: expect.stringContaining('there are 3') });
  expect(await judge(4.5)).toMatchObject({ isMet: true, low: 85, high: 115 });
});

it('refuses rules that make no sense, naming the place', () => {
  const wrong: [input: object, place: string][] = [
    [{}, 'metric'],
    [{ metric: 'm', signal: 'integrity' }, 'metric'],
    [{ signal: 'mood' }, 'signal'],
    [{ signal: 'integrity', where: { property: 'a', op: 'is_set' } }, 'where'],
    [{ metric: 'm', condition: {} }, 'condition'],
    [{ metric: 'm', condition: { above: 1, no_data: '5m' } }, 'condition'],
    [{ metric: 'm', condition: { change: {} } }, 'condition.change'],
    [{ metric: 'm', condition: { anomaly: {}, window: '5m' } }, 'condition.window'],
    [{ metric: 'm', condition: { above: 1, window: '1s' } }, 'condition.window'],
    [{ metric: 'm', dimension: 'plan', condition: { no_data: '5m' } }, 'dimension'],
    [{ metric: 'm', interval: '1s' }, 'interval'],
    [{ metric: 'm', channels: ['email'] }, 'channels[0]'],
  ];
  for (const [input, place] of wrong) {
    const read = (): unknown => readRule({ name: 'x', condition: { above: 1 }, ...input });
    expect(read, place).toThrow(
      expect.objectContaining({
        status: 422,
        errors: expect.arrayContaining([expect.objectContaining({ path: place })]),
      }),
    );
  }
  const ftp = { name: 'x', metric: 'm', condition: { above: 1 }, channels: [{ webhook: 'ftp://a' }] };
  expect(() => readRule(ftp)).toThrow(expect.objectContaining({ code: 'invalid_webhook' }));
});
