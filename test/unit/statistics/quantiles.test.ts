/** Quantiles of clustered observations: what their intervals say of experiments drawn many times from a fixed seed, and their edges. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Moments } from '../../../src/statistics/moments.js';
import { findEnds, findInterval, toQuantile } from '../../../src/statistics/quantiles.js';
import { type Comparison, compareMeans, type Sample } from '../../../src/statistics/tests.js';
import { createRandom, type Random } from '../../oracle/random.js';

const SEED = 20_181_119;
const ALPHA = 0.05;
/** Experiments are drawn and sorted by the hundred. */
const PATIENCE_MS = 120_000;

/** Standard normal, from twelve uniform ones. */
function drawNormal(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.below(1_000_000) / 1_000_000;
  return sum;
}

/** Page loads: skewed, and a person's are alike; those with slow devices have more of them, a fifth have none. */
const drawPeople = (random: Random, people: number): Float64Array[] =>
  Array.from({ length: people }, () => {
    const own = drawNormal(random);
    const loads = new Float64Array(random.chance(0.2) ? 0 : 1 + random.below(own > 0 ? 15 : 5));
    return loads.map(() => Math.exp(own + 0.5 * drawNormal(random)));
  });

function describePairs(pairs: readonly (readonly [number, number])[]): Moments {
  const mean = (place: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[place], 0) / pairs.length;
  const [meanA, meanB] = [mean(0), mean(1)];
  let [aa, bb, ab] = [0, 0, 0];
  for (const [a, b] of pairs) {
    aa += (a - meanA) ** 2;
    bb += (b - meanB) ** 2;
    ab += (a - meanA) * (b - meanB);
  }
  return { count: pairs.length, meanA, meanB, aa, bb, ab };
}

/** The quantile with its spread over people, and as if each observation were the only one of somebody. */
function estimate(people: readonly Float64Array[], level: number): { clustered: Sample; alone: Sample } {
  const all = Float64Array.from(people.flatMap((own) => [...own])).sort();
  const at = (place: number): number => {
    const rank = (all.length - 1) * place;
    const [below, above] = [all[Math.floor(rank)]!, all[Math.ceil(rank)]!];
    return below + (above - below) * (rank - Math.floor(rank));
  };
  const quantile = at(level);
  const spread = (shares: Moments): Sample => {
    const { lower, upper } = findEnds(level, shares, ALPHA)!;
    const ends = { lower: at(lower), upper: at(upper), below: null, above: null };
    return toQuantile(quantile, findInterval(quantile, ends), shares.count, ALPHA);
  };
  return {
    clustered: spread(describePairs(people.map((own) => [count(own, quantile), own.length]))),
    alone: spread(describePairs(Array.from(all, (one) => [one <= quantile ? 1 : 0, 1]))),
  };
}

const count = (values: Float64Array, cut: number): number =>
  values.reduce((sum, value) => (value <= cut ? sum + 1 : sum), 0);

const findCoverage = (told: readonly Comparison[]): number =>
  told.filter(({ interval }) => interval[0] <= 0 && 0 <= interval[1]).length / told.length;

describe.each([
  { name: 'median', level: 0.5, people: 250, trials: 400 },
  { name: 'p75', level: 0.75, people: 250, trials: 400 },
  { name: 'p90', level: 0.9, people: 500, trials: 250 },
  { name: 'p95', level: 0.95, people: 900, trials: 200 },
])('$name of two equal variants', ({ level, people, trials }) => {
  const told: Comparison[] = [];
  const naive: Comparison[] = [];
  beforeAll(() => {
    const random = createRandom(SEED);
    for (let trial = 0; trial < trials; trial++) {
      const [a, b] = [
        estimate(drawPeople(random, people), level),
        estimate(drawPeople(random, people), level),
      ];
      told.push(compareMeans(a.clustered, b.clustered, ALPHA)!);
      naive.push(compareMeans(a.alone, b.alone, ALPHA)!);
    }
  }, PATIENCE_MS);
  /** Four standard errors of a rate near alpha. */
  const margin = 4 * Math.sqrt((ALPHA * (1 - ALPHA)) / trials);

  it('the interval covers no difference in 95 % of experiments', () => {
    expect(Math.abs(findCoverage(told) - (1 - ALPHA))).toBeLessThan(margin);
  });

  it('p-values are uniform', () => {
    // Kolmogorov and Smirnov: one in a thousand uniform samples is farther from uniform than 1.95 / sqrt(n).
    const sorted = told.map(({ pValue }) => pValue).sort((a, b) => a - b);
    const distance = Math.max(...sorted.map((p, index) => Math.abs(p - (index + 0.5) / trials)));
    expect(distance).toBeLessThan(1.95 / Math.sqrt(trials));
  });

  it('taking observations for independent would cover far less', () => {
    expect(findCoverage(naive)).toBeLessThan(1 - ALPHA - 2 * margin);
  });
});

it('people with one observation each have the binomial interval', () => {
  const pairs = Array.from({ length: 400 }, (_, n) => [n < 200 ? 1 : 0, 1] as const);
  const { lower, upper } = findEnds(0.5, describePairs(pairs), ALPHA)!;
  const reach = 1.959964 * Math.sqrt(0.25 / 399);
  expect(lower).toBeCloseTo(0.5 - reach, 6);
  expect(upper).toBeCloseTo(0.5 + reach, 6);
});

it('a level without enough observations beyond it has no interval', () => {
  const pairs = Array.from({ length: 100 }, (_, n) => [n < 99 ? 1 : 0, 1] as const);
  expect(findEnds(0.99, describePairs(pairs), ALPHA)).toBeNull();
  expect(findEnds(0.5, describePairs([[1, 1]]), ALPHA)).toBeNull();
  expect(
    findEnds(
      0.5,
      describePairs([
        [0, 0],
        [0, 0],
      ]),
      ALPHA,
    ),
  ).toBeNull();
});

it('an end that is the quantile itself moves on to the next value, and stays where there is none', () => {
  expect(findInterval(3, { lower: 2.5, upper: 3, below: 2, above: 4 })).toEqual([2.5, 4]);
  expect(findInterval(3, { lower: 3, upper: 3, below: 2, above: null })).toEqual([2, 3]);
});
