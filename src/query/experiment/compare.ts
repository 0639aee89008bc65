/** A variant against the control: one goal's effect, seen every way the answer tells it. */
import {
  computeChanceGreater,
  computeExpectedLoss,
  computeNormalChance,
  computeNormalLoss,
  posteriorOf,
} from '../../statistics/bayes.js';
import { testExactly } from '../../statistics/fisher.js';
import { compareAdjusted, type Moments, toRatio, toSample } from '../../statistics/moments.js';
import { type Baseline, findNeededCount, findPower } from '../../statistics/power.js';
import { compareAlways } from '../../statistics/sequential.js';
import {
  type Comparison,
  compareMeans,
  compareProportions,
  type Proportion,
  type Sample,
} from '../../statistics/tests.js';
import type { Goal } from './goal.js';
import type { ExperimentQuestion } from './request.js';

/** Fewer units than this in a variant are compared with nothing: every number would be noise, and the normal curve a guess. */
export const UNITS_MIN = 30;
/**
 * With this many who did and did not in both groups the normal curve is the posterior to three digits; the exact integral would take
 * time by the root of the counts.
 */
const LARGE_CELL = 1_000;
/** Under this many expected in a cell of the two by two table, the exact test decides (Cochran's rule). */
const EXPECTED_MIN = 5;

/** A variant's quantile, and how far chance moves it. */
export interface QuantileEstimate {
  readonly value: number;
  /** Events it is over. */
  readonly observations: number;
  /** The quantile as a mean over the units; null with too few people or events to tell its error. */
  readonly sample: Sample | null;
  readonly interval: readonly [number, number] | null;
}

/** The units of a variant: their numbers summed up, and of a quantile goal the quantile. */
export interface Group extends Moments {
  readonly quantile?: QuantileEstimate | null;
}

export interface Interval {
  readonly interval: readonly [number, number];
  readonly p_value: number;
}

export interface Effect extends Interval {
  /** Variant minus control. */
  readonly difference: number;
  readonly standard_error: number;
  readonly uplift: number | null;
  readonly uplift_interval: readonly [number, number] | null;
  readonly test: 'two_proportions' | 'fisher' | 'welch' | 'delta_method' | 'outer_interval';
  readonly sequential: Interval | null;
  readonly bayes: { readonly chance_to_win: number; readonly expected_loss: number };
  readonly adjusted_by_before:
    | (Interval & { readonly difference: number; readonly variance_reduction: number })
    | null;
  /** Why adjusted_by_before is null. */
  readonly unadjusted_because: string | null;
  readonly power: {
    /** The absolute change looked for. */
    readonly effect: number;
    readonly reached: number | null;
    /** Units a variant, and how much of that the smaller group has. */
    readonly needed_units: number | null;
    readonly progress: number | null;
  };
}

const isShare = ({ kind }: Goal): boolean => kind === 'conversion' || kind === 'funnel';

const toProportion = ({ count, meanA }: Moments): Proportion => ({
  successes: Math.round(meanA * count),
  trials: count,
});

/** The goal's value of a group, with the variance of one unit. Null for a ratio nobody has a denominator of, and a quantile of too little. */
export function describeGroup({ kind }: Goal, group: Group): Sample | null {
  if (kind === 'quantile') return group.quantile?.sample ?? null;
  return kind === 'ratio' ? toRatio(group) : toSample(group);
}

const TESTS = { ratio: 'delta_method', mean: 'welch', quantile: 'outer_interval' } as const;

function isSmall(first: Proportion, second: Proportion): boolean {
  const trials = first.trials + second.trials;
  const successes = first.successes + second.successes;
  const least = (Math.min(first.trials, second.trials) * Math.min(successes, trials - successes)) / trials;
  return least < EXPECTED_MIN;
}

const isLarge = ({ successes, trials }: Proportion): boolean =>
  Math.min(successes, trials - successes) >= LARGE_CELL;

interface Tested {
  readonly comparison: Comparison;
  readonly test: Effect['test'];
}

function test(goal: Goal, first: Group, second: Group, alpha: number): Tested | null {
  if (goal.kind === 'conversion' || goal.kind === 'funnel') {
    const groups = [toProportion(first), toProportion(second)] as const;
    const comparison = compareProportions(...groups, alpha);
    if (!comparison) return null;
    return isSmall(...groups)
      ? { comparison: { ...comparison, pValue: testExactly(...groups) }, test: 'fisher' }
      : { comparison, test: 'two_proportions' };
  }
  const [a, b] = [describeGroup(goal, first), describeGroup(goal, second)];
  const comparison = a && b && compareMeans(a, b, alpha);
  return comparison && { comparison, test: TESTS[goal.kind] };
}

function judgeBayes(goal: Goal, first: Moments, second: Moments, { difference, standardError }: Comparison) {
  const lower = goal.better === 'lower';
  const shares = [toProportion(first), toProportion(second)] as const;
  if (isShare(goal) && !shares.every(isLarge)) {
    const posteriors = [posteriorOf(shares[0]), posteriorOf(shares[1])] as const;
    const [worse, better] = lower ? [posteriors[1], posteriors[0]] : posteriors;
    return {
      chance_to_win: computeChanceGreater(worse, better),
      expected_loss: computeExpectedLoss(worse, better),
    };
  }
  const normal = { difference: lower ? -difference : difference, standardError };
  return { chance_to_win: computeNormalChance(normal), expected_loss: computeNormalLoss(normal) };
}

function judgePower(
  goal: Goal,
  control: Sample,
  units: number,
  question: ExperimentQuestion,
): Effect['power'] {
  const { minimalEffect, power, alpha } = question;
  const effect = control.mean * minimalEffect * (goal.better === 'lower' ? -1 : 1);
  const baseline: Baseline = isShare(goal)
    ? { kind: 'share', value: control.mean }
    : { kind: 'mean', value: control.mean, deviation: Math.sqrt(control.variance) };
  const needed = findNeededCount(baseline, effect, power, alpha);
  return {
    effect,
    reached: findPower(baseline, effect, units, alpha),
    needed_units: needed,
    progress: needed === null ? null : units / needed,
  };
}

interface Looked extends Tested {
  readonly sequential: Interval | null;
}

/** What a point of a curve shows: the difference and its two intervals. Null as compareGroups. */
export function lookAtGroups(
  goal: Goal,
  control: Group,
  variant: Group,
  { alpha, plannedUnits }: ExperimentQuestion,
): Looked | null {
  const tested =
    Math.min(control.count, variant.count) < UNITS_MIN ? null : test(goal, control, variant, alpha);
  if (!tested) return null;
  const { difference, standardError } = tested.comparison;
  const always = compareAlways(difference, standardError, control.count, variant.count, plannedUnits, alpha);
  return { ...tested, sequential: always && { interval: always.interval, p_value: always.pValue } };
}

/** Why the time before cannot be taken out of a goal, whatever people did in it. */
function findUnadjustable({ kind }: Goal, { beforeMs }: ExperimentQuestion): string | null {
  if (kind === 'quantile')
    return 'A quantile is not a mean over people, so nothing of theirs can be subtracted from it.';
  if (kind === 'ratio')
    return 'A ratio of sums is not a mean over people: adjust its numerator and denominator as goals.';
  if (kind === 'funnel') return 'A funnel begins with the exposure, so nobody went through it before.';
  return beforeMs === 0 ? 'pre_period is 0.' : null;
}

/** Null when a group is smaller than UNITS_MIN, the goal is a ratio without a denominator, or a quantile of too little. */
export function compareGroups(
  goal: Goal,
  control: Group,
  variant: Group,
  question: ExperimentQuestion,
): Effect | null {
  const looked = lookAtGroups(goal, control, variant, question);
  if (!looked) return null;
  const { comparison, sequential } = looked;
  const unadjustable = findUnadjustable(goal, question);
  const adjusted = unadjustable === null ? compareAdjusted(control, variant, question.alpha) : null;
  return {
    difference: comparison.difference,
    standard_error: comparison.standardError,
    interval: comparison.interval,
    uplift: comparison.uplift,
    uplift_interval: comparison.upliftInterval,
    p_value: comparison.pValue,
    test: looked.test,
    sequential,
    bayes: judgeBayes(goal, control, variant, comparison),
    adjusted_by_before: adjusted && {
      difference: adjusted.comparison.difference,
      interval: adjusted.comparison.interval,
      p_value: adjusted.comparison.pValue,
      variance_reduction: adjusted.varianceReduction,
    },
    unadjusted_because: adjusted
      ? null
      : (unadjustable ?? 'What people did before does not vary: nobody did this, or all alike.'),
    power: judgePower(goal, describeGroup(goal, control)!, Math.min(control.count, variant.count), question),
  };
}
