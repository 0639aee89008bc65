/**
 * Gamma-Gamma: how much a customer spends on a purchase, given the mean of those seen.
 *
 * Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013 note; the model of their 2005 article with Lee). A
 * customer's purchases are gamma(p, nu), nu is gamma(q, v) over customers, and neither depends on how often she buys.
 */

import { logGamma } from '../../statistics/special-functions.js';
import { computeHessian, invert, minimise } from '../minimise.js';

/** A customer with at least one repeat purchase of positive value. */
export interface Spending {
  /** Repeat purchases. */
  x: number;
  /** Their mean value, greater than 0. */
  mean: number;
}

export interface GammaGamma {
  p: number;
  q: number;
  v: number;
}

export interface GammaGammaFit {
  parameters: GammaGamma;
  errors: Record<keyof GammaGamma, number | null>;
  logLikelihood: number;
  converged: boolean;
}

/** Log-likelihood of one customer's mean (the note's equation 1a). */
function logLikelihoodOfSpending({ p, q, v }: GammaGamma, { x, mean }: Spending): number {
  const px = p * x;
  return (
    logGamma(px + q) -
    logGamma(px) -
    logGamma(q) +
    q * Math.log(v) +
    (px - 1) * Math.log(mean) +
    px * Math.log(x) -
    (px + q) * Math.log(x * mean + v)
  );
}

const fromLogs = ([p, q, v]: readonly number[]): GammaGamma => ({
  p: Math.exp(p!),
  q: Math.exp(q!),
  v: Math.exp(v!),
});

/** Fits the three parameters by maximum likelihood. */
export function fitGammaGamma(customers: readonly Spending[]): GammaGammaFit {
  const scale = customers.reduce((sum, customer) => sum + customer.mean, 0) / customers.length;
  const total = (at: readonly number[]): number => {
    const parameters = fromLogs(at);
    let sum = 0;
    for (const customer of customers) sum += logLikelihoodOfSpending(parameters, customer);
    return -sum;
  };
  const best = minimise(total, [Math.log(2), Math.log(3), Math.log(scale)]);
  const parameters = fromLogs(best.at);
  const covariance = invert(computeHessian(total, best.at));
  const error = (i: number, value: number): number | null => {
    const variance = covariance?.[i]?.[i];
    return variance !== undefined && variance > 0 ? Math.sqrt(variance) * value : null;
  };
  return {
    parameters,
    errors: { p: error(0, parameters.p), q: error(1, parameters.q), v: error(2, parameters.v) },
    logLikelihood: -best.value,
    converged: best.converged,
  };
}

/**
 * Mean value expected of a customer's future purchases (the note's equation 5): her own mean and everyone's, weighed by how
 * much is known of her. `x` 0: everyone's. Null when q <= 1, where the mean of the population does not exist.
 */
export function expectSpending({ p, q, v }: GammaGamma, { x, mean }: Spending): number | null {
  if (p * x + q <= 1) return null;
  return (p * (v + x * mean)) / (p * x + q - 1);
}
