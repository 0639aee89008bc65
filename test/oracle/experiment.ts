/** Experiments computed naively: each person's events walked over, nothing aggregated before the last moment. */
import type { OracleEvent } from './condition.js';
import { groupUnits } from './store.js';

export interface OracleExperiment {
  readonly fromMs: number;
  readonly toMs: number;
  readonly windowMs: number;
  readonly beforeMs: number;
  readonly variants: readonly string[];
  /** Person an id belongs to. */
  readonly personOf: (event: OracleEvent) => string;
}

export interface Unit {
  readonly variant: string;
  readonly exposedMs: number;
  /** Events at most one window after the exposure, and before it as far as it is looked at. */
  readonly after: readonly OracleEvent[];
  readonly before: readonly OracleEvent[];
}

export interface OracleUnits {
  readonly units: readonly Unit[];
  readonly several: number;
  readonly others: number;
}

const variantOf = (event: OracleEvent): string => {
  const value = event.properties?.variant;
  return value === undefined || value === null ? '' : String(value);
};

/** The exposed, each with what she did around her first exposure. */
export function findUnits(events: readonly OracleEvent[], experiment: OracleExperiment): OracleUnits {
  const { fromMs, toMs, windowMs, beforeMs, variants, personOf } = experiment;
  const units: Unit[] = [];
  let several = 0;
  let others = 0;
  for (const own of groupUnits(events, personOf).values()) {
    const exposures = own.filter(
      (event) => event.event === 'exposed' && event.t >= fromMs && event.t < toMs && variantOf(event) !== '',
    );
    const seen = new Set(exposures.map(variantOf));
    if (seen.size === 0) continue;
    const [variant] = seen as Set<string> & Iterable<string>;
    if (seen.size > 1) several++;
    else if (!variants.includes(variant!)) others++;
    else {
      const exposedMs = Math.min(...exposures.map(({ t }) => t));
      units.push({
        variant: variant!,
        exposedMs,
        after: own.filter(({ t }) => t >= exposedMs && t - exposedMs <= windowMs),
        before: own.filter(({ t }) => t < exposedMs && exposedMs - t <= beforeMs),
      });
    }
  }
  return { units, several, others };
}

/**
 * The most steps, in order, that distinct events after the exposure can fill: every way is tried. Of the exposures of the first
 * instant one is the exposure itself, and any of them may be.
 */
export function countSteps({ after, exposedMs }: Unit, steps: readonly string[]): number {
  const firsts = after.filter(({ event, t }) => event === 'exposed' && t === exposedMs);
  let best = 0;
  const walk = (step: number, fromMs: number, used: ReadonlySet<OracleEvent>): void => {
    best = Math.max(best, step);
    if (step === steps.length) return;
    for (const event of after)
      if (event.event === steps[step] && event.t >= fromMs && !used.has(event))
        walk(step + 1, event.t, new Set([...used, event]));
  };
  for (const first of firsts) walk(0, exposedMs, new Set([first]));
  return best;
}

export const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

export const amountOf = ({ properties }: OracleEvent): number | undefined =>
  typeof properties?.amount === 'number' ? properties.amount : undefined;

export interface Described {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

export function describeNumbers(numbers: readonly number[]): Described {
  const mean = sum(numbers) / numbers.length;
  return {
    count: numbers.length,
    mean,
    variance: sum(numbers.map((one) => (one - mean) ** 2)) / (numbers.length - 1),
  };
}

/** Of two numbers a person: their covariance, divided by count - 1. */
export function covary(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [sum(a) / a.length, sum(b) / b.length];
  return sum(a.map((one, i) => (one - meanA) * (b[i]! - meanB))) / (a.length - 1);
}

/** The quantile at `level` of sorted numbers: interpolated between neighbours. */
function quantileOf(sorted: readonly number[], level: number): number {
  const rank = (sorted.length - 1) * level;
  const below = sorted[Math.floor(rank)]!;
  return below + (sorted[Math.ceil(rank)]! - below) * (rank - Math.floor(rank));
}

/**
 * A quantile of all numbers of all units, and the ends of its interval: how much the share of numbers up to the quantile varies is the
 * variance of each unit's residual, its numbers up to there less the share of its numbers. Null: of too few units or numbers.
 */
export function describeQuantile(
  units: readonly (readonly number[])[],
  level: number,
  z: number,
): { quantile: number | undefined; interval: readonly [number, number] | null } {
  const sorted = units.flat().sort((a, b) => a - b);
  if (sorted.length === 0) return { quantile: undefined, interval: null };
  const quantile = quantileOf(sorted, level);
  const share = sorted.filter((one) => one <= quantile).length / sorted.length;
  const residuals = units.map((own) => own.filter((one) => one <= quantile).length - share * own.length);
  const { variance } = describeNumbers(residuals);
  const reach = (z * Math.sqrt(variance * units.length)) / sorted.length;
  const told = units.filter((own) => own.length > 0).length >= 30;
  if (!told || level - reach <= 0 || level + reach >= 1) return { quantile, interval: null };
  const lower = quantileOf(sorted, level - reach);
  const upper = quantileOf(sorted, level + reach);
  const interval = [
    lower < quantile ? lower : (sorted.findLast((one) => one < quantile) ?? quantile),
    upper > quantile ? upper : (sorted.find((one) => one > quantile) ?? quantile),
  ] as const;
  return { quantile, interval };
}
