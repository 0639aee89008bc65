/** Always-valid inference on the scale of the data: nothing but a planned size has to be said beforehand. */
import { compareSequentially } from './tests.js';

/**
 * Standard deviation of the mixture, in units of one observation's, whose interval is narrowest about when `planned` observations
 * are there (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
 * sequences", 2021, section 2 on the choice of rho). Fixed before the data, as it must be: any value is valid, others are wider.
 */
export const findMixture = (planned: number, alpha: number): number => {
  const scale = -2 * Math.log(alpha);
  return Math.sqrt((scale + Math.log(scale) + 1) / planned);
};

/**
 * An interval for a difference of two groups that holds at all looks together, and its p-value. The standard error stands for the
 * unknown deviation, which is right in the limit (the same paper's theorem 2.2): with few people per group it is too narrow.
 * @param plannedCount people in each group at which one expects to look; fixed beforehand
 */
export function compareAlways(
  difference: number,
  standardError: number,
  firstCount: number,
  secondCount: number,
  plannedCount: number,
  alpha = 0.05,
): { interval: [number, number]; pValue: number } | null {
  // The difference has the variance of a mean of so many observations.
  const observations = (firstCount * secondCount) / (firstCount + secondCount);
  const deviation = standardError * Math.sqrt(observations);
  return compareSequentially(
    difference,
    standardError,
    deviation * findMixture(plannedCount / 2, alpha),
    alpha,
  );
}
