import { describe, expect, it } from 'vitest';
import { computeChanceGreater, computeExpectedLoss, posteriorOf } from '../../../src/statistics/bayes.js';
import {
  chiSquareUpper,
  normalCdf,
  normalQuantile,
  studentCritical,
} from '../../../src/statistics/distributions.js';
import { logBeta } from '../../../src/statistics/special-functions.js';
import {
  adjustForMany,
  compareMeans,
  compareProportions,
  compareSequentially,
  type Sample,
  testSampleRatio,
} from '../../../src/statistics/tests.js';

const describeSample = (values: readonly number[]): Sample => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return {
    count: values.length,
    mean,
    variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1),
  };
};

describe('distributions', () => {
  it('match printed tables', () => {
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
    expect(normalCdf(-6)).toBeCloseTo(9.865876450377e-10, 18);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404, 9);
    expect(studentCritical(0.05, 10)).toBeCloseTo(2.228138851964939, 9);
    expect(chiSquareUpper(3.841458820694124, 1)).toBeCloseTo(0.05, 12);
  });

  it('invert each other', () => {
    for (let p = 0.001; p < 1; p += 0.037) expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 12);
  });
});

describe('comparisons match published worked examples', () => {
  it('Student’s sleep data: Welch t = -1.8608 with 17.776 degrees of freedom, p = 0.07939', () => {
    const second = describeSample([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]);
    const first = describeSample([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
    const result = compareMeans(first, second)!;
    expect(result.t).toBeCloseTo(-1.8608, 4);
    expect(result.df).toBeCloseTo(17.776, 3);
    expect(result.pValue).toBeCloseTo(0.07939, 5);
    expect(result.interval[0]).toBeCloseTo(-3.3654832, 6);
    expect(result.interval[1]).toBeCloseTo(0.2054832, 6);
  });

  it('Fleiss’s smokers: a chi-square of 12.6004 with 3 degrees of freedom has p = 0.005585', () => {
    expect(chiSquareUpper(12.6004, 3)).toBeCloseTo(0.005585, 5);
  });

  it('two proportions: the square of z is the chi-square of the two by two table', () => {
    const result = compareProportions({ successes: 15, trials: 25 }, { successes: 5, trials: 25 })!;
    expect(result.pValue).toBeCloseTo(chiSquareUpper(25 / 3, 1), 12);
    expect(result.difference).toBeCloseTo(-0.4, 12);
  });

  it('821 against 775 people is no mismatch of a half and half split, 821 against 600 is', () => {
    expect(testSampleRatio([821, 775], [1, 1]).pValue).toBeGreaterThan(0.01);
    expect(testSampleRatio([821, 600], [1, 1]).pValue).toBeLessThan(1e-6);
  });

  it('Benjamini and Hochberg’s own fifteen p-values: four are significant at 5 %', () => {
    const pValues = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
      0.759, 1,
    ];
    expect(adjustForMany(pValues).filter((p) => p <= 0.05)).toHaveLength(4);
    expect(adjustForMany([...pValues].reverse()).filter((p) => p <= 0.05)).toHaveLength(4);
  });
});

describe('groups without data', () => {
  it('are not compared', () => {
    expect(compareProportions({ successes: 0, trials: 0 }, { successes: 1, trials: 2 })).toBeNull();
    expect(compareMeans({ count: 1, mean: 1, variance: 0 }, { count: 5, mean: 2, variance: 1 })).toBeNull();
  });

  it('have no uplift over nothing', () => {
    expect(compareProportions({ successes: 0, trials: 10 }, { successes: 1, trials: 10 })!.uplift).toBeNull();
  });
});

describe('always-valid intervals', () => {
  it('hold at every look: of 400 experiments without an effect, looked at 100 times each, at most 5 % ever cry wolf', () => {
    let state = 7;
    const random = (): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    let wrong = 0;
    for (let experiment = 0; experiment < 400; experiment += 1) {
      let sum = 0;
      let cried = false;
      for (let look = 1; look <= 100; look += 1) {
        for (let i = 0; i < 10; i += 1) sum += normalQuantile(random());
        const n = look * 10;
        cried ||= compareSequentially(sum / n, 1 / Math.sqrt(n), 0.1)!.pValue < 0.05;
      }
      if (cried) wrong += 1;
    }
    expect(wrong / 400).toBeLessThanOrEqual(0.05);
  });

  it('exclude 0 exactly when their p-value is below alpha', () => {
    for (const difference of [0.01, 0.1, 0.25, 0.3, 0.4, 1]) {
      const { interval, pValue } = compareSequentially(difference, 0.1, 0.2)!;
      expect(interval[0] > 0).toBe(pValue < 0.05);
    }
  });
});

describe('Bayesian comparison', () => {
  /** Miller's closed form for whole alphas: a slow, obvious sum. */
  const sumChance = (aA: number, bA: number, aB: number, bB: number): number => {
    let total = 0;
    for (let i = 0; i < aB; i += 1)
      total += Math.exp(logBeta(aA + i, bB + bA) - Math.log(bB + i) - logBeta(1 + i, bB) - logBeta(aA, bA));
    return total;
  };

  it('agrees with the closed form', () => {
    for (const [a, b] of [
      [
        [3, 10],
        [5, 10],
      ],
      [
        [120, 1_000],
        [150, 1_000],
      ],
      [
        [0, 5],
        [0, 9],
      ],
      [
        [40, 40],
        [39, 40],
      ],
    ] as const) {
      const first = posteriorOf({ successes: a[0], trials: a[1] });
      const second = posteriorOf({ successes: b[0], trials: b[1] });
      const expected = sumChance(first.alpha, first.beta, second.alpha, second.beta);
      expect(computeChanceGreater(first, second)).toBeCloseTo(expected, 7);
    }
  });

  it('loses about nothing by choosing a sure winner, and the whole difference by choosing a sure loser', () => {
    const low = posteriorOf({ successes: 1_000, trials: 10_000 });
    const high = posteriorOf({ successes: 2_000, trials: 10_000 });
    expect(computeExpectedLoss(low, high)).toBeLessThan(1e-9);
    expect(computeExpectedLoss(high, low)).toBeCloseTo(0.1, 3);
  });
});
