/** Whether values meet a condition. A value that is not there meets none but no_data. */
import type { Condition } from './rule.js';

/** Weeks before that an anomaly is judged by. */
export const BASELINE_WEEKS = 8;
/** Fewer of them are no baseline. */
const BASELINE_WEEKS_MIN = 4;
/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const MAD_TO_SIGMA = 1.4826;
/** Deviations smaller than this share of what is usual are not unusual, however regular the past was. */
const USUAL_SHARE = 0.05;

export interface Judged {
  readonly isMet: boolean;
  /** What the condition is about: the value, or the change in percent. */
  readonly value: number | null;
  /** What would be usual, for anomalies. */
  readonly low?: number;
  readonly high?: number;
  /** Why there is no judgement, or which process or part it is about. */
  readonly note?: string;
}

const unknown = (note: string, value: number | null = null): Judged => ({ isMet: false, value, note });

interface Limits {
  readonly above: number | undefined;
  readonly below: number | undefined;
}

export function judgeThreshold(value: number | null, { above, below }: Limits): Judged {
  if (value === null) return unknown('the window holds nothing to measure');
  const isMet = (above !== undefined && value > above) || (below !== undefined && value < below);
  return { isMet, value };
}

export function judgeChange(value: number | null, before: number | null, limits: Limits): Judged {
  if (value === null) return unknown('the window holds nothing to measure');
  if (before === null || before === 0) return unknown('a week before there was nothing to compare with');
  return judgeThreshold(((value - before) / Math.abs(before)) * 100, limits);
}

function findMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `past`: the values of the same hour of the week in the weeks before, those that are known. */
export function judgeAnomaly(
  value: number | null,
  past: readonly number[],
  { sensitivity, direction }: Condition & { kind: 'anomaly' },
): Judged {
  if (past.length < BASELINE_WEEKS_MIN)
    return unknown(
      `an anomaly needs ${BASELINE_WEEKS_MIN} weeks of history at this hour of the week; there are ${past.length}`,
      value,
    );
  if (value === null) return unknown('the hour holds nothing to measure');
  const usual = findMedian(past);
  const deviation = findMedian(past.map((one) => Math.abs(one - usual)));
  const sigma = Math.max(MAD_TO_SIGMA * deviation, USUAL_SHARE * Math.abs(usual));
  const low = usual - sensitivity * sigma;
  const high = usual + sensitivity * sigma;
  const isMet = (direction !== 'below' && value > high) || (direction !== 'above' && value < low);
  return { isMet, value, low, high };
}

/** Nothing at all, or, of a metric, a count or sum of 0. */
export const judgeNoData = (value: number | null, isMetric: boolean): Judged => ({
  isMet: value === null || (isMetric && value === 0),
  value,
});
