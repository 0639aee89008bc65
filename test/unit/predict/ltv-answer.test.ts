import { describe, expect, it } from 'vitest';
import { answerLtv } from '../../../src/predict/ltv/answer.js';
import type { Customer, LtvInput } from '../../../src/predict/ltv/model.js';

const CALIBRATION = 100;
const LATER = 50;

/** People who buy every so many days, and go on at exactly their past rate, or stop for good after the calibration. */
function createInput(goesOn: boolean): LtvInput {
  const customers = Array.from({ length: 200 }, (_, n): Customer => {
    const pause = [3, 7, 11, 23][n % 4]!;
    const repeats = Math.floor((CALIBRATION - 1) / pause);
    return {
      person: `c${n}`,
      key: String(n),
      firstDay: 0,
      repeats,
      lastDay: repeats * pause,
      meanValue: 10 + (n % 7),
      laterPurchases: goesOn ? (repeats / (CALIBRATION - 1)) * LATER : 0,
      laterValue: 0,
    };
  });
  return {
    customers,
    buyers: customers.map(({ laterPurchases: _, laterValue: __, ...buyer }) => buyer),
    calibrationDays: CALIBRATION,
    laterDays: LATER,
    unitDays: 7,
    repeatsByUnit: Array.from({ length: 22 }, (_, unit) => (unit < 14 ? 100 : 50)),
  };
}

describe('the answer about lifetime value', () => {
  it('says that the baseline wins and predicts nothing where everybody goes on as before', () => {
    const { answer, people } = answerLtv(createInput(true));
    expect(answer.baseline.root_mean_squared_error).toBeCloseTo(0, 9);
    expect(answer).toMatchObject({ predicts: false, reason: 'baseline_wins', baseline: { wins: true } });
    expect(answer.summary).toContain('nothing is predicted');
    expect(people).toEqual([]);
  });

  it('predicts, most valuable first, where the model is closer', () => {
    const { answer, people } = answerLtv(createInput(false));
    expect(answer).toMatchObject({ predicts: true, reason: null, horizon_days: LATER });
    expect(people).toHaveLength(200);
    const scores = people.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it('tracks purchases of all together, period by period', () => {
    const { by_period: periods } = answerLtv(createInput(true)).answer.backtest;
    expect(periods[1]!.actual_cumulative).toBe(200);
    expect(periods.at(-1)!.actual_cumulative).toBe(14 * 100 + 8 * 50);
    const sum = periods.reduce((total, { expected }) => total + expected, 0);
    expect(periods.at(-1)!.expected_cumulative).toBeCloseTo(sum, 9);
  });
});
