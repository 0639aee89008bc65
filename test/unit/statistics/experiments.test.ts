/** Statistics of experiments against published figures and identities. */
import { describe, expect, it } from 'vitest';
import { computeNormalChance, computeNormalLoss } from '../../../src/statistics/bayes.js';
import {
  compareAdjusted,
  createShare,
  createZeros,
  type Moments,
  mergeMoments,
  toRatio,
  toSample,
} from '../../../src/statistics/moments.js';
import { findNeededCount, findPower } from '../../../src/statistics/power.js';
import { compareAlways, findMixture } from '../../../src/statistics/sequential.js';
import { adjustForAny, compareMeans } from '../../../src/statistics/tests.js';

const describePairs = (pairs: readonly (readonly [number, number])[]): Moments =>
  pairs
    .map(([meanA, meanB]): Moments => ({ ...createZeros(1), meanA, meanB }))
    .reduce(mergeMoments, createZeros(0));

const PAIRS: readonly (readonly [number, number])[] = [
  [5, 2],
  [7, 3],
  [5, 3],
  [3, 1],
  [5, 2],
  [3, 2],
  [3, 1],
  [9, 4],
];
const OTHERS: readonly (readonly [number, number])[] = [
  [8, 4],
  [1, 0],
  [4, 3],
  [6, 2],
  [6, 4],
  [4, 2],
  [1, 1],
  [2, 0],
];

describe('moments', () => {
  it('of people put together one by one are those of all: means 5 and 4, sums of squares 32 and 46', () => {
    // The t-test example of the Missouri University of Science and Technology (web.mst.edu/~psyworld/texample.htm).
    const [first, second] = [describePairs(PAIRS), describePairs(OTHERS)];
    expect([first.meanA, first.aa]).toEqual([5, expect.closeTo(32, 12)]);
    expect([second.meanA, second.aa]).toEqual([4, expect.closeTo(46, 12)]);
    const { t } = compareMeans(toSample(first), toSample(second))!;
    expect(t).toBeCloseTo(-1 / Math.sqrt((32 + 46) / 7 / 8), 12);
  });

  it('are the same whichever way the people are cut, far from zero too', () => {
    const far = PAIRS.map(([a, b]) => [a + 1e9, b - 1e9] as const);
    const whole = describePairs(far);
    const halves = mergeMoments(describePairs(far.slice(0, 3)), describePairs(far.slice(3)));
    expect(halves.aa).toBeCloseTo(whole.aa, 5);
    expect(halves.ab).toBeCloseTo(whole.ab, 5);
    expect(whole.aa).toBeCloseTo(32, 5);
  });

  it('of a share are those of its zeros and ones', () => {
    const people = [1, 0, 0, 1, 0, 0, 0, 0].map((one) => [one, 0] as const);
    expect(createShare(2, 8).aa).toBeCloseTo(describePairs(people).aa, 12);
  });

  it('give a ratio the variance of the delta method’s three terms', () => {
    const { count, meanA, meanB, aa, bb, ab } = describePairs(PAIRS);
    const [varA, varB, cov] = [aa, bb, ab].map((sum) => sum / (count - 1)) as [number, number, number];
    const terms = varA / meanB ** 2 - (2 * meanA * cov) / meanB ** 3 + (meanA ** 2 * varB) / meanB ** 4;
    const ratio = toRatio(describePairs(PAIRS))!;
    expect(ratio.mean).toBeCloseTo(40 / 18, 12);
    expect(ratio.variance).toBeCloseTo(terms, 12);
    expect(toRatio(createZeros(5))).toBeNull();
  });
});

describe('the adjustment by the time before', () => {
  it('leaves of the variance what the correlation does not explain: 1 - rho squared', () => {
    // Both groups alike, so theta is each group's own.
    const group = describePairs(PAIRS);
    const { varianceReduction, comparison } = compareAdjusted(group, group)!;
    expect(varianceReduction).toBeCloseTo(group.ab ** 2 / (group.aa * group.bb), 12);
    expect(comparison.difference).toBeCloseTo(0, 12);
  });

  it('takes out a difference that was there before', () => {
    const before = OTHERS.map(([a, b]) => [a, a + b / 1e6] as const);
    const shifted = before.map(([a, b]) => [a + 3, b + 3] as const);
    const { comparison } = compareAdjusted(describePairs(before), describePairs(shifted))!;
    expect(comparison.difference).toBeCloseTo(0, 5);
  });

  it('is none where the covariate does not vary', () => {
    expect(compareAdjusted(createShare(3, 9), createShare(4, 9))).toBeNull();
  });
});

describe('sizes', () => {
  it('Kohavi’s shop: a conversion of 5 %, a change of 5 %: 121,600 users, by the rule of 16', () => {
    // Kohavi, Longbotham, Sommerfield and Henne 2009, section 3.2.1; the rule rounds 2 (1.96 + 0.84)^2 = 15.698 to 16.
    const mean = { kind: 'mean', value: 0.05, deviation: Math.sqrt(0.05 * 0.95) } as const;
    expect(findNeededCount(mean, 0.0025)).toBe(Math.ceil((121_600 * 15.697_757_6) / 16));
    const share = findNeededCount({ kind: 'share', value: 0.05 }, 0.0025)!;
    expect(Math.abs(share / 121_600 - 1)).toBeLessThan(0.02);
  });

  it('Kohavi’s revenue: 3.75 a user, deviation 30, a change of 5 %: over 409,000 users', () => {
    const needed = findNeededCount({ kind: 'mean', value: 3.75, deviation: 30 }, 3.75 * 0.05)!;
    expect(needed).toBe(Math.ceil((409_600 * 15.697_757_6) / 16));
  });

  it.each([
    // The example of R's power.prop.test, which prints n = 76.7.
    [0.5, 0.75, 0.9, 0.05, 77],
    // What statsmodels and R say of a rate of 20 % and 5 points: 1,093.7; downwards as of the other share upwards.
    [0.2, 0.25, 0.8, 0.05, 1_094],
    [0.25, 0.2, 0.8, 0.05, 1_094],
  ])('a share of %d against %d, power %d, alpha %d: %d a group', (value, changed, power, alpha, needed) => {
    const effect = changed - value;
    expect(findNeededCount({ kind: 'share', value }, effect, power, alpha)).toBe(needed);
  });

  it('R’s power of 50 people a group, a half against three quarters: 0.740', () => {
    expect(findPower({ kind: 'share', value: 0.5 }, 0.25, 50)).toBeCloseTo(0.74, 3);
  });

  it('needed sizes have the power they were asked for', () => {
    for (const power of [0.5, 0.8, 0.95])
      for (const baseline of [
        { kind: 'share', value: 0.3 },
        { kind: 'mean', value: 3, deviation: 7 },
      ] as const) {
        const needed = findNeededCount(baseline, -0.02, power)!;
        expect(findPower(baseline, -0.02, needed)).toBeGreaterThanOrEqual(power);
        expect(findPower(baseline, -0.02, needed - 2)).toBeLessThan(power);
      }
  });

  it('there is none for a rate that would pass 1', () => {
    expect(findNeededCount({ kind: 'share', value: 0.9 }, 0.2)).toBeNull();
  });
});

describe('many comparisons', () => {
  it('Holm’s adjustment gives the printed values of two libraries', () => {
    // pingouin.holm and @stdlib/stats/padjust, the examples of their documentation.
    const rounded = (values: readonly number[]) => adjustForAny(values).map((p) => Number(p.toPrecision(6)));
    expect(rounded([0.5, 0.003, 0.32, 0.054, 0.0003])).toEqual([0.64, 0.012, 0.64, 0.162, 0.0015]);
    expect(rounded([0.319, 0.201, 0.4, 0.374, 0.113])).toEqual([0.957, 0.804, 0.957, 0.957, 0.565]);
  });
});

describe('normal posteriors', () => {
  it('win with half the chance when nothing differs, and lose 0.3989 standard errors', () => {
    expect(computeNormalChance({ difference: 0, standardError: 2 })).toBe(0.5);
    expect(computeNormalLoss({ difference: 0, standardError: 2 })).toBeCloseTo(2 * 0.398942280401, 10);
  });

  it('lose what the difference is, less what is won', () => {
    const there = computeNormalLoss({ difference: -3, standardError: 1.5 });
    const back = computeNormalLoss({ difference: 3, standardError: 1.5 });
    expect(there - back).toBeCloseTo(3, 10);
  });
});

describe('always-valid intervals', () => {
  it('are narrowest at the planned size, whatever it is', () => {
    const width = (count: number, planned: number): number => {
      const { interval } = compareAlways(0, Math.sqrt(2 / count), count, count, planned)!;
      return interval[1] - interval[0];
    };
    for (const count of [200, 2_000, 20_000]) {
      expect(width(count, count)).toBeLessThan(width(count, count * 4));
      expect(width(count, count)).toBeLessThan(width(count, count / 4));
    }
  });

  it('have the mixture of the paper: 2 log(1/0.05) = 5.99, its logarithm 1.79, and one, over the planned size', () => {
    expect(findMixture(100, 0.05) ** 2).toBeCloseTo((5.991_464_5 + 1.790_336 + 1) / 100, 6);
  });
});
