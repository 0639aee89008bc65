/** How many people a comparison needs, and what it can see with those it has. Two groups of equal size, two-sided. */
import { normalCdf, normalQuantile } from './distributions.js';

/** What is compared: a share of people, or a number of each person that varies with a standard deviation. */
export type Baseline =
  | { readonly kind: 'share'; readonly value: number }
  | { readonly kind: 'mean'; readonly value: number; readonly deviation: number };

/**
 * Standard deviations of the difference of one person of each group: without an effect, as the test takes it (of a share: from both
 * groups together), and with it.
 */
function findSpreads(baseline: Baseline, effect: number): [without: number, withEffect: number] | null {
  if (baseline.kind === 'mean') {
    const spread = Math.SQRT2 * baseline.deviation;
    return spread > 0 ? [spread, spread] : null;
  }
  const { value } = baseline;
  const changed = value + effect;
  if (!(value > 0 && value < 1 && changed > 0 && changed < 1)) return null;
  const mean = (value + changed) / 2;
  return [Math.sqrt(2 * mean * (1 - mean)), Math.sqrt(value * (1 - value) + changed * (1 - changed))];
}

/**
 * People needed in each group to see an absolute change of `effect` with this chance: Fleiss's formula for shares, without
 * continuity correction ("Statistical Methods for Rates and Proportions"; R's power.prop.test), the normal one for means (Kohavi, Longbotham, Sommerfield and Henne, "Controlled Experiments on the Web", 2009, section 3.2, whose 16 is
 * 2 (1.96 + 0.84)^2 rounded). Null where no number of people is enough, or the changed share is none.
 */
export function findNeededCount(
  baseline: Baseline,
  effect: number,
  power = 0.8,
  alpha = 0.05,
): number | null {
  const spreads = findSpreads(baseline, effect);
  if (!spreads || effect === 0) return null;
  const needed = normalQuantile(1 - alpha / 2) * spreads[0] + normalQuantile(power) * spreads[1];
  return Math.ceil((needed / effect) ** 2);
}

/** The chance to see an absolute change of `effect` with `count` people in each group. Null as findNeededCount. */
export function findPower(baseline: Baseline, effect: number, count: number, alpha = 0.05): number | null {
  const spreads = findSpreads(baseline, effect);
  if (!spreads || effect === 0) return null;
  return normalCdf(
    (Math.abs(effect) * Math.sqrt(count) - normalQuantile(1 - alpha / 2) * spreads[0]) / spreads[1],
  );
}
