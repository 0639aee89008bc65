/**
 * Numbers of a group of people, two a person, kept as means and centred sums: enough for means, for ratios of sums, and for adjusting
 * one by the other. Groups are put together without their people (Chan, Golub and LeVeque, "Updating Formulae and a Pairwise
 * Algorithm for Computing Sample Variances", 1979), so days add up to the whole without losing digits.
 */
import { type Comparison, compareMeans, type Sample } from './tests.js';

export interface Moments {
  readonly count: number;
  readonly meanA: number;
  readonly meanB: number;
  /** Sums over people of (a - meanA)^2, (b - meanB)^2 and their product. */
  readonly aa: number;
  readonly bb: number;
  readonly ab: number;
}

/** People whose numbers are all zero. */
export const createZeros = (count: number): Moments => ({ count, meanA: 0, meanB: 0, aa: 0, bb: 0, ab: 0 });

/** People of whom so many have 1 and the others 0. */
export function createShare(successes: number, count: number): Moments {
  const share = count === 0 ? 0 : successes / count;
  return { ...createZeros(count), meanA: share, aa: count * share * (1 - share) };
}

export function mergeMoments(first: Moments, second: Moments): Moments {
  const count = first.count + second.count;
  if (count === 0) return first;
  const a = second.meanA - first.meanA;
  const b = second.meanB - first.meanB;
  const weight = (first.count * second.count) / count;
  return {
    count,
    meanA: first.meanA + (a * second.count) / count,
    meanB: first.meanB + (b * second.count) / count,
    aa: first.aa + second.aa + weight * a * a,
    bb: first.bb + second.bb + weight * b * b,
    ab: first.ab + second.ab + weight * a * b,
  };
}

/** The first number of each person. */
export const toSample = ({ count, meanA, aa }: Moments): Sample => ({
  count,
  mean: meanA,
  variance: count < 2 ? 0 : aa / (count - 1),
});

/**
 * The sum of the first numbers over the sum of the second ones, as a sample of people: the delta method, by which the ratio varies
 * like the mean of (a - ratio * b) / meanB (Deng, Knoblich and Lu, "Applying the Delta Method in Metric Analytics", 2018, section 2).
 * Null when nobody has a second number.
 */
export function toRatio({ count, meanA, meanB, aa, bb, ab }: Moments): Sample | null {
  if (meanB === 0) return null;
  const ratio = meanA / meanB;
  const spread = Math.max(0, aa - 2 * ratio * ab + ratio * ratio * bb) / meanB ** 2;
  return { count, mean: ratio, variance: count < 2 ? 0 : spread / (count - 1) };
}

export interface Adjusted {
  readonly comparison: Comparison;
  /** Share of the difference's variance that the covariate explains. */
  readonly varianceReduction: number;
}

/**
 * Compares means of the first number after taking out what the second one, known before the experiment, explains: CUPED (Deng, Xu,
 * Kohavi and Walker, "Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data", 2013, section
 * 3.2), with one theta for both groups. Null when the covariate does not vary, or a group is too small.
 */
export function compareAdjusted(first: Moments, second: Moments, alpha = 0.05): Adjusted | null {
  const spread = first.bb + second.bb;
  const plain = compareMeans(toSample(first), toSample(second), alpha);
  if (!(spread > 0) || !plain || plain.standardError === 0) return null;
  const theta = (first.ab + second.ab) / spread;
  const mean = (first.count * first.meanB + second.count * second.meanB) / (first.count + second.count);
  const adjust = ({ count, meanA, meanB, aa, bb, ab }: Moments): Sample => ({
    count,
    mean: meanA - theta * (meanB - mean),
    variance: Math.max(0, aa - 2 * theta * ab + theta * theta * bb) / (count - 1),
  });
  const comparison = compareMeans(adjust(first), adjust(second), alpha);
  if (!comparison) return null;
  return {
    comparison,
    varianceReduction: 1 - comparison.standardError ** 2 / plain.standardError ** 2,
  };
}
