/** Experiments drawn many times from fixed seeds: errors and coverage are what they are said to be. */
import { expect, it } from 'vitest';
import {
  compareAdjusted,
  createShare,
  createZeros,
  type Moments,
  mergeMoments,
  toRatio,
  toSample,
} from '../../../src/statistics/moments.js';
import { compareAlways } from '../../../src/statistics/sequential.js';
import { compareMeans, compareProportions } from '../../../src/statistics/tests.js';
import { createRandom, type Random } from '../../oracle/random.js';

const SEED = 20_240_607;
const ALPHA = 0.05;

/** Standard normal, from twelve uniform ones: its tails end at six deviations. */
function drawNormal(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.below(1_000_000) / 1_000_000;
  return sum;
}

function drawGroup(count: number, draw: () => readonly [number, number]): Moments {
  let [meanA, meanB, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let n = 1; n <= count; n++) {
    const [a, b] = draw();
    const [da, db] = [a - meanA, b - meanB];
    meanA += da / n;
    meanB += db / n;
    aa += da * (a - meanA);
    bb += db * (b - meanB);
    ab += da * (b - meanB);
  }
  return { count, meanA, meanB, aa, bb, ab };
}

/** How often something holds of `trials` experiments; its standard error is under 1.6 points over the square root of ten thousandths. */
function findRate(trials: number, holds: (random: Random) => boolean): number {
  const random = createRandom(SEED);
  let count = 0;
  for (let trial = 0; trial < trials; trial++) if (holds(random)) count++;
  return count / trials;
}

/** Four standard errors of a rate near alpha. */
const margin = (trials: number): number => 4 * Math.sqrt((ALPHA * (1 - ALPHA)) / trials);

const covers = (interval: readonly [number, number], truth: number): boolean =>
  interval[0] <= truth && truth <= interval[1];

it('two equal shares differ in 5 % of experiments', () => {
  const trials = 3_000;
  const rate = findRate(trials, (random) => {
    const draw = () => ({ successes: drawCount(random, 500, 0.2), trials: 500 });
    return compareProportions(draw(), draw(), ALPHA)!.pValue <= ALPHA;
  });
  expect(Math.abs(rate - ALPHA)).toBeLessThan(margin(trials));
});

function drawCount(random: Random, trials: number, share: number): number {
  let count = 0;
  for (let i = 0; i < trials; i++) if (random.chance(share)) count++;
  return count;
}

it('the interval of a difference of skewed means covers it in 95 % of experiments', () => {
  const trials = 1_500;
  const rate = findRate(trials, (random) => {
    // Most spend nothing, as people do.
    const spend = (payers: number) => (): readonly [number, number] => [
      random.chance(payers) ? 10 + random.below(20) : 0,
      0,
    ];
    const [first, second] = [drawGroup(400, spend(0.3)), drawGroup(400, spend(0.4))];
    return covers(compareMeans(toSample(first), toSample(second), ALPHA)!.interval, 1.95);
  });
  expect(Math.abs(rate - 0.95)).toBeLessThan(margin(trials));
});

it('the interval of a difference of ratios covers it in 95 % of experiments', () => {
  const trials = 1_500;
  const rate = findRate(trials, (random) => {
    // Orders differ from person to person, and people with many orders are dearer: per order, orders are not independent.
    const shop = (): readonly [number, number] => {
      const orders = random.below(6);
      return [orders * (5 + orders + random.below(10)), orders];
    };
    const [first, second] = [toRatio(drawGroup(300, shop))!, toRatio(drawGroup(300, shop))!];
    return covers(compareMeans(first, second, ALPHA)!.interval, 0);
  });
  expect(Math.abs(rate - 0.95)).toBeLessThan(margin(trials));
});

it('looked at every day for a hundred days, an always-valid interval is wrong in at most 5 % of experiments', () => {
  const trials = 1_000;
  let peeked = 0;
  const rate = findRate(trials, (random) => {
    let [first, second] = [createZeros(0), createZeros(0)];
    let wrong = false;
    let fixed = false;
    for (let day = 0; day < 100; day++) {
      first = mergeMoments(first, createShare(drawCount(random, 40, 0.25), 40));
      second = mergeMoments(second, createShare(drawCount(random, 40, 0.25), 40));
      const told = compareProportions(toProportion(first), toProportion(second), ALPHA)!;
      const always = compareAlways(
        told.difference,
        told.standardError,
        first.count,
        second.count,
        2_000,
        ALPHA,
      );
      if (always && !covers(always.interval, 0)) wrong = true;
      if (!covers(told.interval, 0)) fixed = true;
    }
    if (fixed) peeked++;
    return wrong;
  });
  expect(rate).toBeLessThanOrEqual(ALPHA);
  // The fixed interval, looked at as often, is wrong several times as often: that is what the other one is for.
  expect(peeked / trials).toBeGreaterThan(4 * ALPHA);
});

const toProportion = ({ count, meanA }: Moments) => ({ successes: Math.round(meanA * count), trials: count });

it('the adjustment by the time before is unbiased, covers as it should, and narrows', () => {
  const trials = 1_500;
  const effect = 0.3;
  let sum = 0;
  let reduction = 0;
  const rate = findRate(trials, (random) => {
    const person = (change: number) => (): readonly [number, number] => {
      const before = drawNormal(random);
      return [0.8 * before + 0.6 * drawNormal(random) + change, before];
    };
    const { comparison, varianceReduction } = compareAdjusted(
      drawGroup(100, person(0)),
      drawGroup(100, person(effect)),
      ALPHA,
    )!;
    sum += comparison.difference;
    reduction += varianceReduction;
    return covers(comparison.interval, effect);
  });
  // The difference of 100 people a group varies by 0.6 * sqrt(2 / 100), its mean over the trials by that much less.
  expect(Math.abs(sum / trials - effect)).toBeLessThan((4 * 0.6 * Math.sqrt(2 / 100)) / Math.sqrt(trials));
  expect(Math.abs(rate - 0.95)).toBeLessThan(margin(trials));
  // A correlation of 0.8 explains 0.64.
  expect(reduction / trials).toBeCloseTo(0.64, 1);
});
