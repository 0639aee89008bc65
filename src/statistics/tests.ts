/** Comparisons of two groups, and of many p-values. Intervals are two-sided at level 1 - alpha. */
import {
  chiSquareUpper,
  normalQuantile,
  studentCritical,
  studentTwoSidedP,
  twoSidedP,
} from './distributions.js';

export interface Proportion {
  successes: number;
  trials: number;
}

export interface Sample {
  count: number;
  mean: number;
  /** Of the sample: divided by count - 1. */
  variance: number;
}

export interface Comparison {
  /** Second minus first. */
  difference: number;
  interval: [number, number];
  /** Second / first - 1; null when the first is 0. */
  uplift: number | null;
  upliftInterval: [number, number] | null;
  pValue: number;
  /** Standard error of the difference. */
  standardError: number;
}

/** Delta method for a ratio: the relative variances add up, on the scale of the logarithm. */
function describeUplift(
  first: number,
  second: number,
  varianceFirst: number,
  varianceSecond: number,
  critical: number,
): Pick<Comparison, 'uplift' | 'upliftInterval'> {
  if (first === 0) return { uplift: null, upliftInterval: null };
  const uplift = second / first - 1;
  if (first < 0 || second <= 0) return { uplift, upliftInterval: null };
  const spread = critical * Math.sqrt(varianceFirst / first ** 2 + varianceSecond / second ** 2);
  return {
    uplift,
    upliftInterval: [(second / first) * Math.exp(-spread) - 1, (second / first) * Math.exp(spread) - 1],
  };
}

/**
 * Two proportions: the pooled z-test for the p-value, the unpooled normal interval for the difference. Null when a group is empty.
 */
export function compareProportions(first: Proportion, second: Proportion, alpha = 0.05): Comparison | null {
  if (first.trials === 0 || second.trials === 0) return null;
  const p1 = first.successes / first.trials;
  const p2 = second.successes / second.trials;
  const pooled = (first.successes + second.successes) / (first.trials + second.trials);
  const pooledError = Math.sqrt(pooled * (1 - pooled) * (1 / first.trials + 1 / second.trials));
  const v1 = (p1 * (1 - p1)) / first.trials;
  const v2 = (p2 * (1 - p2)) / second.trials;
  const standardError = Math.sqrt(v1 + v2);
  const critical = normalQuantile(1 - alpha / 2);
  const difference = p2 - p1;
  return {
    difference,
    interval: [difference - critical * standardError, difference + critical * standardError],
    ...describeUplift(p1, p2, v1, v2, critical),
    pValue: pooledError === 0 ? 1 : twoSidedP(difference / pooledError),
    standardError,
  };
}

/** Two means by Welch's t-test, which does not take the variances for equal. Null with fewer than two values in a group. */
export function compareMeans(
  first: Sample,
  second: Sample,
  alpha = 0.05,
): (Comparison & { t: number; df: number }) | null {
  if (first.count < 2 || second.count < 2) return null;
  const v1 = first.variance / first.count;
  const v2 = second.variance / second.count;
  const standardError = Math.sqrt(v1 + v2);
  const difference = second.mean - first.mean;
  if (standardError === 0) {
    const none = {
      difference,
      interval: [difference, difference] as [number, number],
      t: 0,
      df: first.count + second.count - 2,
    };
    return {
      ...none,
      uplift: first.mean === 0 ? null : second.mean / first.mean - 1,
      upliftInterval: null,
      pValue: difference === 0 ? 1 : 0,
      standardError,
    };
  }
  const df = (v1 + v2) ** 2 / (v1 ** 2 / (first.count - 1) + v2 ** 2 / (second.count - 1));
  const critical = studentCritical(alpha, df);
  const t = difference / standardError;
  return {
    difference,
    interval: [difference - critical * standardError, difference + critical * standardError],
    ...describeUplift(first.mean, second.mean, v1, v2, critical),
    pValue: studentTwoSidedP(t, df),
    standardError,
    t,
    df,
  };
}

/**
 * Sample-ratio mismatch: chi-square goodness of fit of the group sizes to the shares they were meant to have.
 * @param shares positive, in any unit: [1, 1] is half and half
 */
export function testSampleRatio(
  counts: readonly number[],
  shares: readonly number[],
): { statistic: number; pValue: number } {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const whole = shares.reduce((sum, share) => sum + share, 0);
  if (total === 0) return { statistic: 0, pValue: 1 };
  let statistic = 0;
  counts.forEach((count, i) => {
    const expected = (total * shares[i]!) / whole;
    statistic += (count - expected) ** 2 / expected;
  });
  return { statistic, pValue: chiSquareUpper(statistic, counts.length - 1) };
}

/**
 * Always-valid inference: an interval that holds at every look at once, however often one looks, and the p-value that goes with it.
 *
 * Mixture sequential probability ratio test with a normal mixture of standard deviation `tau` over the effect (Johari, Koomen,
 * Pekelis and Walsh, "Always Valid Inference", 2017, section 4.3, for a difference that is normal with variance se^2).
 * Any fixed `tau` > 0 is valid; the interval is narrowest for effects of about its size.
 */
export function compareSequentially(
  difference: number,
  standardError: number,
  tau: number,
  alpha = 0.05,
): { interval: [number, number]; pValue: number } | null {
  if (!(standardError > 0) || !(tau > 0)) return null;
  const v = standardError ** 2;
  const t = tau ** 2;
  const half = Math.sqrt(((v * (v + t)) / t) * (-2 * Math.log(alpha) - Math.log(v / (v + t))));
  const logRatio = 0.5 * Math.log(v / (v + t)) + (t * difference ** 2) / (2 * v * (v + t));
  return { interval: [difference - half, difference + half], pValue: Math.min(1, Math.exp(-logRatio)) };
}

/** Benjamini and Hochberg's adjusted p-values, in the order given: those below q have a false-discovery rate of at most q. */
export function adjustForMany(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[b]! - pValues[a]!);
  const adjusted = new Array<number>(pValues.length);
  let least = 1;
  order.forEach((index, position) => {
    const rank = pValues.length - position;
    least = Math.min(least, (pValues[index]! * pValues.length) / rank);
    adjusted[index] = least;
  });
  return adjusted;
}

/** Holm's adjusted p-values, in the order given: the chance of any wrong one among those below alpha is at most alpha. */
export function adjustForAny(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length);
  let most = 0;
  order.forEach((index, position) => {
    most = Math.max(most, Math.min(1, pValues[index]! * (pValues.length - position)));
    adjusted[index] = most;
  });
  return adjusted;
}
