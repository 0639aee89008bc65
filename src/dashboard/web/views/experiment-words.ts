/** What an experiment's numbers mean, and what to do, in words. */
import { formatNumber, formatPeople, formatShort } from '../format.js';

export type Verdict = 'mismatch' | 'too_few_units' | 'better' | 'worse' | 'no_difference' | 'keep_running';
export type Range = readonly [number, number];

export interface Comparison {
  difference: number;
  interval: Range;
  uplift: number | null;
  uplift_interval: Range | null;
  adjusted_p_value: number;
  test: string;
  sequential: { interval: Range; p_value: number } | null;
  sequential_adjusted_p_value: number | null;
  bayes: { chance_to_win: number; expected_loss: number };
  adjusted_by_before: { difference: number; interval: Range; variance_reduction: number } | null;
  power: { needed_units: number | null; progress: number | null };
}

export interface GoalVariant {
  variant: string;
  units: number;
  value: number | null;
  conversions?: number;
  steps?: { label: string; count: number; rate: number | null }[];
  comparison: Comparison | null;
  verdict: Verdict | null;
  sequential_verdict: Verdict | null;
  curve: {
    time: string;
    difference: number | null;
    interval: Range | null;
    sequential_interval: Range | null;
  }[];
}

export interface GoalAnswer {
  name: string;
  kind: 'conversion' | 'mean' | 'ratio' | 'quantile' | 'funnel';
  better: 'higher' | 'lower';
  variants: GoalVariant[];
}

const isShare = ({ kind }: GoalAnswer): boolean => kind === 'conversion' || kind === 'funnel';

const percent = (share: number, digits: number): string => `${(share * 100).toFixed(digits)} %`;

/** A goal's value: "12.30 %" or "4.52". */
export function formatValue(goal: GoalAnswer, value: number | null): string {
  if (value === null) return '–';
  if (isShare(goal)) return percent(value, 2);
  return Math.abs(value) < 1 ? formatShort(value) : formatNumber(value);
}

/** What is left of a difference of equal sums of fractions. */
const ROUNDING = 1e-9;

const sign = (value: number): string => (value > 0 ? '+' : '');

/** A change of it: "+1.20 pp" (points of a percentage) or "+0.31". */
export function formatDifference(goal: GoalAnswer, difference: number): string {
  const value = Math.abs(difference) < ROUNDING ? 0 : difference;
  return `${sign(value)}${isShare(goal) ? `${(value * 100).toFixed(2)} pp` : formatShort(value)}`;
}

export const formatUplift = (uplift: number | null): string =>
  uplift === null ? '' : `${sign(uplift)}${percent(uplift, 1)}`;

export const formatP = (p: number | null): string =>
  p === null ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3);

const formatChance = (chance: number): string =>
  chance > 0.999 ? 'over 99.9 %' : chance < 0.001 ? 'under 0.1 %' : percent(chance, 1);

/** One sentence on what is known and one on what to do. */
export function describeVerdict(verdict: Verdict, { comparison }: GoalVariant, unitsMin: number): string {
  if (verdict === 'mismatch')
    return 'The sizes of the variants are not what they should be: find out why before believing any of this.';
  if (verdict === 'too_few_units' || !comparison)
    return `Too few people: a variant is compared when it and the control have ${unitsMin}. Keep running.`;
  const { needed_units: needed, progress } = comparison.power;
  const uplift = formatUplift(comparison.uplift);
  switch (verdict) {
    case 'better':
      return `Better${uplift && ` by ${uplift}`}, more than chance explains: take it.`;
    case 'worse':
      return `Worse${uplift && ` by ${uplift}`}, more than chance explains: leave it.`;
    case 'no_difference':
      return 'There were enough people to see the smallest change worth seeing, and none was seen: choose by other reasons.';
    case 'keep_running':
      return progress === null || needed === null
        ? 'Not decided: keep running.'
        : `Not decided. Keep running: ${percent(progress, 0)} of the ${formatPeople(needed)} a variant that it takes.`;
  }
}

/** A loss below this share of the difference is nothing to weigh. */
const LOSS_MIN = 0.001;

export function describeChance({ bayes, difference }: Comparison, goal: GoalAnswer): string {
  const { chance_to_win: chance, expected_loss: loss } = bayes;
  const cost =
    loss < Math.abs(difference) * LOSS_MIN
      ? 'next to nothing'
      : `${formatDifference(goal, loss).replace('+', '')} on average`;
  return `${formatChance(chance)} to be better; if it is not, it costs ${cost}`;
}
