/**
 * BG/NBD: how often a customer buys, and whether she still does.
 *
 * Fader, Hardie and Lee, "Counting Your Customers the Easy Way" (Marketing Science 24:2, 2005). While alive a customer buys
 * at a Poisson rate that is gamma(r, alpha) over customers; after each purchase she leaves for good with a probability that is
 * beta(a, b). What is known of a customer is x repeat purchases, the time of the last one (tx) and how long she was watched (T),
 * all counted from the first purchase, in one unit of time. Equation numbers below are the paper's.
 */

import { hypergeometric2F1, logBeta, logGamma } from '../../statistics/special-functions.js';
import { computeHessian, invert, minimise } from '../minimise.js';

/** One kind of history and how many customers share it: many do, and the likelihood needs each kind once. */
export interface PurchaseHistory {
  /** Repeat purchases, not counting the first. */
  x: number;
  /** Time of the last purchase since the first; 0 when x is 0. */
  tx: number;
  /** Time watched since the first purchase. */
  T: number;
  customers: number;
}

export interface BgNbd {
  r: number;
  alpha: number;
  a: number;
  b: number;
}

export interface BgNbdFit {
  parameters: BgNbd;
  /** Standard errors from the inverse of the observed information; null where it is not positive. */
  errors: Record<keyof BgNbd, number | null>;
  logLikelihood: number;
  converged: boolean;
}

/** Log-likelihood of one history (equation 6, arranged so that nothing overflows). */
function logLikelihoodOf(
  { r, alpha, a, b }: BgNbd,
  { x, tx, T }: Omit<PurchaseHistory, 'customers'>,
): number {
  const purchases = logGamma(r + x) - logGamma(r) + r * Math.log(alpha);
  const alive = logBeta(a, b + x) - logBeta(a, b) - (r + x) * Math.log(alpha + T);
  if (x === 0) return purchases + alive;
  const gone = logBeta(a + 1, b + x - 1) - logBeta(a, b) - (r + x) * Math.log(alpha + tx);
  const greater = Math.max(alive, gone);
  return purchases + greater + Math.log(Math.exp(alive - greater) + Math.exp(gone - greater));
}

const fromLogs = ([r, alpha, a, b]: readonly number[]): BgNbd => ({
  r: Math.exp(r!),
  alpha: Math.exp(alpha!),
  a: Math.exp(a!),
  b: Math.exp(b!),
});

/** Starting points of the search, as logarithms; the likelihood has flat ridges, so more than one is tried. */
const STARTS: readonly (readonly number[])[] = [
  [0, 0, 0, 0],
  [-1, 1.5, -0.5, 1],
];

/** Fits the four parameters by maximum likelihood. Needs at least one repeat purchase somewhere to mean anything. */
export function fitBgNbd(histories: readonly PurchaseHistory[]): BgNbdFit {
  const total = (at: readonly number[]): number => {
    const parameters = fromLogs(at);
    let sum = 0;
    for (const history of histories) sum += history.customers * logLikelihoodOf(parameters, history);
    return -sum;
  };
  const minima = STARTS.map((start) => minimise(total, start)).sort((one, other) => one.value - other.value);
  const best = minima[0]!;
  const parameters = fromLogs(best.at);
  const covariance = invert(computeHessian(total, best.at));
  // The search runs over logarithms, so the error of a parameter is its own size times that of its logarithm.
  const error = (i: number, value: number): number | null => {
    const variance = covariance?.[i]?.[i];
    return variance !== undefined && variance > 0 ? Math.sqrt(variance) * value : null;
  };
  return {
    parameters,
    errors: {
      r: error(0, parameters.r),
      alpha: error(1, parameters.alpha),
      a: error(2, parameters.a),
      b: error(3, parameters.b),
    },
    logLikelihood: -best.value,
    converged: best.converged,
  };
}

/** Probability that a customer with this history is still alive at T. Fader, Hardie and Lee (2008), "Computing P(alive) using the BG/NBD model". */
export function computeProbabilityAlive(
  { r, alpha, a, b }: BgNbd,
  { x, tx, T }: Omit<PurchaseHistory, 'customers'>,
): number {
  if (x === 0) return 1;
  return 1 / (1 + (a / (b + x - 1)) * ((alpha + T) / (alpha + tx)) ** (r + x));
}

/**
 * Purchases expected of a customer with this history in the `t` units of time after T (equation 10). NaN when a is 1 to
 * working precision, where the formula has a removable pole.
 */
export function expectPurchases(
  parameters: BgNbd,
  history: Omit<PurchaseHistory, 'customers'>,
  t: number,
): number {
  const { r, alpha, a, b } = parameters;
  const { x, tx, T } = history;
  const z = t / (alpha + T + t);
  const series = hypergeometric2F1(r + x, b + x, a + b + x - 1, z);
  const numerator = ((a + b + x - 1) / (a - 1)) * (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * series);
  const denominator = x === 0 ? 1 : 1 + (a / (b + x - 1)) * ((alpha + T) / (alpha + tx)) ** (r + x);
  return numerator / denominator;
}

/** Repeat purchases expected of a customer nothing is known of in her first `t` units of time (equation 9). */
export function expectPurchasesOfNew({ r, alpha, a, b }: BgNbd, t: number): number {
  const series = hypergeometric2F1(r, b, a + b - 1, t / (alpha + t));
  return ((a + b - 1) / (a - 1)) * (1 - (alpha / (alpha + t)) ** r * series);
}
