/** A tally as the answer clients read. */
import { readQuantile, type Sample } from '../quantile.js';
import { formatInstant } from '../time/instant.js';
import { type Bin, writeHistogram } from './histogram.js';
import type { FunnelPlan } from './plan.js';
import type { Program } from './program.js';
import type { FunnelQuestion } from './request.js';
import { type Bucket, mergeTallies, type Tally } from './tally.js';

export interface StepAnswer {
  /** From 1. */
  readonly index: number;
  readonly id: string;
  readonly label: string;
  readonly optional?: true;
  readonly count: number;
  /** Of the period before, when compared. */
  readonly previous_count?: number;
  /**
   * Units that reached this step and not the next required one; null for optional steps. In a graph those that left it along none of
   * its edges. 0 for a last step.
   */
  readonly dropped: number | null;
  readonly conversion_from_first: number | null;
  /** Share of the units that reached the required step before, in a graph any that an edge leads from; null for a first step. */
  readonly conversion_from_previous: number | null;
  readonly median_seconds: number | null;
  readonly p90_seconds: number | null;
  /** When asked for: seconds from the step before, and the numbers of the events that filled the step. */
  readonly histogram?: readonly Bin[];
  readonly value?: ValueAnswer;
}

/** Units that reached the step (or the end) and whose event has the number, its sum and its average over them. */
export interface ValueAnswer {
  readonly units: number;
  readonly sum: number;
  readonly average: number | null;
}

export interface PartAnswer {
  readonly steps: readonly StepAnswer[];
  readonly conversion_rate: number | null;
  readonly previous_conversion_rate?: number | null;
  /** Of the whole: from the first step to the last. */
  readonly median_seconds: number | null;
  readonly p90_seconds: number | null;
  readonly histogram?: readonly Bin[];
  readonly value?: ValueAnswer;
}

export interface TrendAnswer {
  readonly time: string;
  readonly counts: readonly number[];
  readonly conversion_rate: number | null;
  readonly complete: boolean;
}

export interface PathsAnswer {
  readonly edges: readonly { readonly from: string; readonly to: string; readonly count: number }[];
  readonly paths: readonly {
    readonly steps: readonly string[];
    readonly count: number;
    readonly first_path: number;
  }[];
}

export const OTHER = '$other';

const divide = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const seconds = (sample: Sample | undefined, level: number): number | null => {
  const ms = sample ? readQuantile(sample, level) : null;
  return ms === null ? null : ms / 1_000;
};

function writeValue({ amountSums, amountUnits }: Tally, place: number): ValueAnswer {
  const units = amountUnits[place]!;
  return { units, sum: amountSums[place]!, average: divide(amountSums[place]!, units) };
}

/** What a tally says of a funnel whose steps come in one order, or of a graph. */
export function writePart({ definition, histogram, value }: FunnelQuestion, tally: Tally): PartAnswer {
  const { steps, graph } = definition;
  const first = graph ? tally.entered : tally.counts[0]!;
  const required = [...steps.keys()].filter((step) => !steps[step]!.optional);
  const previousOf = (step: number): number | undefined => required.filter((one) => one < step).at(-1);
  const nextOf = (step: number): number | undefined => required.find((one) => one > step);
  const dropped = (step: number): number | null => {
    if (graph) return tally.dropped[step]!;
    if (steps[step]!.optional) return null;
    const next = nextOf(step);
    return next === undefined ? 0 : tally.counts[step]! - tally.counts[next]!;
  };
  const fromPrevious = (step: number): number | null => {
    if (graph) return divide(tally.counts[step]!, tally.before[step]!);
    const previous = previousOf(step);
    return previous === undefined ? null : divide(tally.counts[step]!, tally.counts[previous]!);
  };
  return {
    steps: steps.map((step, index) => ({
      index: index + 1,
      id: step.id,
      label: step.label,
      ...(step.optional && { optional: true as const }),
      count: tally.counts[index]!,
      dropped: dropped(index),
      conversion_from_first: divide(tally.counts[index]!, first),
      conversion_from_previous: fromPrevious(index),
      median_seconds: seconds(tally.deltas[index], 0.5),
      p90_seconds: seconds(tally.deltas[index], 0.9),
      ...(histogram && { histogram: writeHistogram(tally.deltas[index]) }),
      ...(value && { value: writeValue(tally, index) }),
    })),
    conversion_rate: divide(graph ? tally.complete : tally.counts[steps.length - 1]!, first),
    median_seconds: seconds(tally.totals, 0.5),
    p90_seconds: seconds(tally.totals, 0.9),
    ...(histogram && { histogram: writeHistogram(tally.totals) }),
    ...(value && { value: writeValue(tally, steps.length) }),
  };
}

/** The buckets, each `complete` when no unit of it can still convert. */
export function writeTrend(
  question: FunnelQuestion,
  buckets: readonly Bucket[],
  newestReceipt: number | undefined,
): TrendAnswer[] {
  const { trend, definition } = question;
  if (!trend) return [];
  return buckets.map(({ counts, entered, complete }, bucket) => ({
    time: formatInstant(trend.bounds[bucket]!),
    counts: [...counts],
    conversion_rate: divide(complete, entered),
    complete: newestReceipt !== undefined && trend.bounds[bucket + 1]! + definition.windowMs < newestReceipt,
  }));
}

export function writePaths(
  question: FunnelQuestion,
  program: Program,
  tally: Tally,
): PathsAnswer | undefined {
  const { graph, steps } = question.definition;
  if (!graph) return undefined;
  const idOf = (step: number): string => steps[step]!.id;
  return {
    edges: graph.edges.map(({ from, to }, edge) => ({
      from: idOf(from),
      to: idOf(to),
      count: tally.edges[edge]!,
    })),
    paths: program.routes.map((route, path) => ({
      steps: route.steps.map(idOf),
      count: tally.paths[path]!,
      first_path: tally.firstPaths[path]!,
    })),
  };
}

export interface GroupAnswer extends PartAnswer {
  /** One value a breakdown property; "$other" in each for the rest. */
  readonly values: readonly unknown[];
}

/** Values in the order of the answer: most units first, then by text. */
export const rankValues = (groups: ReadonlyMap<string, Tally>): string[] =>
  [...groups.keys()].sort(
    (a, b) => groups.get(b)!.entered - groups.get(a)!.entered || (a < b ? -1 : a > b ? 1 : 0),
  );

/** The wanted values and, when there are more, the rest as one: under OTHER already where it cannot be added up. */
export function writeGroups(
  question: FunnelQuestion,
  plan: FunnelPlan,
  groups: ReadonlyMap<string, Tally>,
  wanted: ReadonlySet<string>,
): GroupAnswer[] {
  const ranked = rankValues(groups).filter((value) => value !== OTHER);
  const kept = ranked.filter((value) => wanted.has(value));
  const rest = ranked.filter((value) => !wanted.has(value));
  const answers: GroupAnswer[] = kept.map((value) => ({
    values: JSON.parse(value) as unknown[],
    ...writePart(question, groups.get(value)!),
  }));
  const recomputed = groups.get(OTHER);
  if (recomputed === undefined && rest.length === 0) return answers;
  const other = recomputed ?? groups.get(rest[0]!)!;
  if (!recomputed) for (const value of rest.slice(1)) mergeTallies(other, groups.get(value)!);
  return [...answers, { values: plan.breakdown.map(() => OTHER), ...writePart(question, other) }];
}
