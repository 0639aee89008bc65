/** Fisher's exact test for two proportions: for counts too small for the normal approximation. */
import { logGamma } from './special-functions.js';
import type { Proportion } from './tests.js';

/** Tables as likely as the observed one but for rounding count as not more likely. */
const ROUNDING = 1 + 1e-7;

const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/** Two-sided p-value: of all tables with the same margins, those at most as likely as this one. Takes time by the smaller margin. */
export function testExactly(first: Proportion, second: Proportion): number {
  const successes = first.successes + second.successes;
  const trials = first.trials + second.trials;
  const all = logChoose(trials, successes);
  const likelihood = (k: number): number =>
    Math.exp(logChoose(first.trials, k) + logChoose(second.trials, successes - k) - all);
  const observed = likelihood(first.successes) * ROUNDING;
  let p = 0;
  const last = Math.min(first.trials, successes);
  for (let k = Math.max(0, successes - second.trials); k <= last; k++) {
    const one = likelihood(k);
    if (one <= observed) p += one;
  }
  return Math.min(1, p);
}
