/**
 * Times to convert in bins. The bounds are fixed and easy to read, each about twice the one before: bins of one's own (quantiles,
 * equal widths) would differ between breakdown values and periods and could not be compared.
 */
import type { Sample } from '../quantile.js';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Lower bounds in seconds; the last bin has no end. */
export const HISTOGRAM_BOUNDS = [
  0,
  1,
  2,
  5,
  10,
  20,
  30,
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 8, 12].map((hours) => hours * HOUR),
  ...[1, 2, 4, 7, 14, 30, 60, 90, 180, 365].map((days) => days * DAY),
] as const;

export interface Bin {
  readonly from_seconds: number;
  /** Not included; null of the last bin, which has no end. */
  readonly to_seconds: number | null;
  readonly count: number;
}

/** Bins from the first that is not empty to the last, those between included. @param sample milliseconds */
export function writeHistogram(sample: Sample | undefined): Bin[] {
  if (!sample || sample.size === 0) return [];
  const counts = new Array<number>(HISTOGRAM_BOUNDS.length).fill(0);
  for (let i = 0; i < sample.size; i++) {
    const seconds = sample.values[i]! / 1_000;
    counts[HISTOGRAM_BOUNDS.findLastIndex((bound) => bound <= seconds)]!++;
  }
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  return counts.slice(first, last + 1).map((count, index) => ({
    from_seconds: HISTOGRAM_BOUNDS[first + index]!,
    to_seconds: HISTOGRAM_BOUNDS[first + index + 1] ?? null,
    count,
  }));
}
