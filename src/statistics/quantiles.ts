/**
 * A quantile of observations that come in clusters: people are drawn, each brings as many observations as she makes, and hers are alike.
 * No density is estimated. The share of the observations that are at most the quantile is a ratio of two sums over people, whose
 * standard error the delta method gives, clusters and all; the quantiles that far above and below the level end the interval of
 * the quantile, and its standard error is their distance (Deng, Knoblich and Lu, "Applying the Delta Method in Metric Analytics",
 * 2018, its outer confidence interval for quantile metrics; for shares of clusters Woodruff, "Confidence Intervals for Medians and
 * Other Position Measures", 1952).
 */
import { normalQuantile } from './distributions.js';
import { type Moments, toRatio } from './moments.js';
import type { Sample } from './tests.js';

/** Levels of quantiles, each from 0 to 1. */
export interface Levels {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The levels of the quantiles that end the interval of the one at `level`. Null where they are no levels: then there are too few
 * observations beyond it to tell how it varies.
 * @param shares of each person the observations that are at most the quantile, and all of hers
 */
export function findEnds(level: number, shares: Moments, alpha: number): Levels | null {
  const share = toRatio(shares);
  if (!share || share.count < 2) return null;
  const reach = normalQuantile(1 - alpha / 2) * Math.sqrt(share.variance / share.count);
  const [lower, upper] = [level - reach, level + reach];
  return lower > 0 && upper < 1 ? { lower, upper } : null;
}

/** What was read at the ends, and the values that occur next to the quantile; null: there is none. */
export interface Ends extends Levels {
  readonly below: number | null;
  readonly above: number | null;
}

/**
 * The interval at level 1 - alpha. An end that is the quantile itself moves on to the next value that occurs: of values that are rounded, or
 * few, no more is known than that.
 */
export const findInterval = (quantile: number, { lower, upper, below, above }: Ends): [number, number] => [
  lower < quantile ? lower : (below ?? quantile),
  upper > quantile ? upper : (above ?? quantile),
];

/** The quantile as a mean of so many people that varies as much, so that it is compared as means are. */
export function toQuantile(
  quantile: number,
  [lower, upper]: readonly [number, number],
  count: number,
  alpha: number,
): Sample {
  const standardError = (upper - lower) / (2 * normalQuantile(1 - alpha / 2));
  return { count, mean: quantile, variance: standardError ** 2 * count };
}
