/** Two groups the Bayesian way: proportions by Beta posteriors from a uniform prior, exactly up to quadrature; means by the normal. */
import { normalCdf } from './distributions.js';
import { incompleteBeta, logBeta } from './special-functions.js';
import type { Proportion } from './tests.js';

export interface Beta {
  alpha: number;
  beta: number;
}

/** Nodes of the composite Simpson rule; the integrand is smooth and lies within a few standard deviations. */
const NODES = 2_000;
const DEVIATIONS = 10;

export const posteriorOf = ({ successes, trials }: Proportion): Beta => ({
  alpha: 1 + successes,
  beta: 1 + trials - successes,
});

const meanOf = ({ alpha, beta }: Beta): number => alpha / (alpha + beta);

/** P(second > first) for independent Beta variables: the integral of the second's density times the first's distribution function. */
export function computeChanceGreater(first: Beta, second: Beta): number {
  const { alpha, beta } = second;
  const mean = meanOf(second);
  const deviation = Math.sqrt((mean * (1 - mean)) / (alpha + beta + 1));
  const low = Math.max(0, mean - DEVIATIONS * deviation);
  const high = Math.min(1, mean + DEVIATIONS * deviation);
  const step = (high - low) / NODES;
  const scale = logBeta(alpha, beta);
  let sum = 0;
  let mass = 0;
  for (let i = 0; i <= NODES; i += 1) {
    const x = low + i * step;
    const weight = i === 0 || i === NODES ? 1 : i % 2 === 1 ? 4 : 2;
    const logDensity =
      (alpha === 1 ? 0 : (alpha - 1) * Math.log(x)) + (beta === 1 ? 0 : (beta - 1) * Math.log1p(-x)) - scale;
    const density = weight * Math.exp(logDensity);
    mass += density;
    sum += density * incompleteBeta(x, first.alpha, first.beta);
  }
  return sum / mass;
}

/**
 * What choosing the second costs on average if the first is really better: E[max(first - second, 0)], from
 * E[first; first > second] - E[second; first > second], each of which is a mean times a chance with one alpha raised by one.
 */
export function computeExpectedLoss(first: Beta, second: Beta): number {
  const raise = (b: Beta): Beta => ({ alpha: b.alpha + 1, beta: b.beta });
  const gain = meanOf(first) * computeChanceGreater(second, raise(first));
  const price = meanOf(second) * computeChanceGreater(raise(second), first);
  return Math.max(0, gain - price);
}

/** A difference, second minus first, that is normal around its estimate: a flat prior and many observations. */
export interface NormalDifference {
  difference: number;
  standardError: number;
}

/** P(second > first). */
export const computeNormalChance = ({ difference, standardError }: NormalDifference): number =>
  standardError === 0 ? (Math.sign(difference) + 1) / 2 : normalCdf(difference / standardError);

/** E[max(first - second, 0)]: what choosing the second costs on average if the first is really better. */
export function computeNormalLoss({ difference, standardError }: NormalDifference): number {
  if (standardError === 0) return Math.max(0, -difference);
  const z = difference / standardError;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return Math.max(0, standardError * density - difference * normalCdf(-z));
}
