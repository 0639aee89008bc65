/** Distribution functions. Each is written through an incomplete gamma or beta function, so all share their accuracy (about 1e-13). */
import { incompleteBeta, upperGamma } from './special-functions.js';

/** P(Z <= z) of the standard normal distribution. */
export const normalCdf = (z: number): number =>
  z < 0 ? upperGamma(0.5, (z * z) / 2) / 2 : 1 - upperGamma(0.5, (z * z) / 2) / 2;

/** Two-sided p-value of a standard normal statistic. */
export const twoSidedP = (z: number): number => upperGamma(0.5, (z * z) / 2);

/** Halley's method gains three times the digits a round; from any start below this is enough. */
const QUANTILE_ROUNDS_MAX = 60;

/** z with P(Z <= z) = p, for 0 < p < 1: Halley's method from a start that is right in the tails. NaN otherwise. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return Number.NaN;
  if (p > 0.5) return -normalQuantile(1 - p);
  let z = p === 0.5 ? 0 : -Math.sqrt(Math.max(0, -2 * Math.log(2 * p))) * 0.85;
  for (let round = 0; round < QUANTILE_ROUNDS_MAX; round += 1) {
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const error = (normalCdf(z) - p) / density;
    const step = error / (1 + (z * error) / 2);
    z -= step;
    if (Math.abs(step) < 1e-14 * Math.max(1, Math.abs(z))) break;
  }
  return z;
}

/** Two-sided p-value of Student's t with `df` degrees of freedom. */
export const studentTwoSidedP = (t: number, df: number): number =>
  incompleteBeta(df / (df + t * t), df / 2, 0.5);

/** t with P(|T| > t) = p: bisection on the p-value. */
export function studentCritical(p: number, df: number): number {
  let low = 0;
  let high = 1;
  while (studentTwoSidedP(high, df) > p && high < 1e12) high *= 2;
  for (let round = 0; round < 200 && high - low > 1e-13 * high; round += 1) {
    const middle = (low + high) / 2;
    if (studentTwoSidedP(middle, df) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(X > x) of the chi-square distribution with `df` degrees of freedom. */
export const chiSquareUpper = (x: number, df: number): number => upperGamma(df / 2, x / 2);
