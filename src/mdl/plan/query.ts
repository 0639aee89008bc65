/**
 * One question about a planned metric: every leaf of its value becomes a measure over a frame of the answer's rows.
 *
 * A row is a bucket, so durations become numbers of buckets; one that is not a whole number of them is refused. With
 * the grain `all` there is one row, the range itself, and leaves are measures over ranges of time instead: previous(x)
 * is x over the range of the same length before, rolling(x, "7d") is x over the last seven days of the range.
 *
 * The buckets' boundaries come from the caller, who knows calendars; so do the buckets looked back at, whose number
 * `countLookback` says.
 */
import type { Diagnostic } from '../diagnostics.js';
import { formatDuration } from '../duration.js';
import { LIMITS } from '../limits.js';
import type {
  Dimension,
  FramedLeaf,
  Grain,
  Leaf,
  MetricPlan,
  Predicate,
  QueryPlan,
  RangedLeaf,
  Selection,
  TimeFrame,
  Value,
} from './types.js';
import { listLeaves, mapLeaves } from './value.js';

export interface MetricQuestion {
  readonly project: string;
  /** Whether ids of the project were joined into one person: then persons are resolved. */
  readonly merged?: boolean | undefined;
  /** Half-open, epoch milliseconds. When the formula looks back, `fromMs` is the start of a bucket. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly grain: Grain;
  /**
   * Starts of the buckets that touch the range, before them as many as `countLookback` says, and at the end the end of
   * the last: ascending epoch milliseconds. Not read with the grain `all`.
   */
  readonly bounds: readonly number[];
  readonly dimensions: readonly Dimension[];
  readonly where?: Predicate | undefined;
  /** Groups answered by name, the largest first; the rest is `$other`. Default and most: LIMITS.groups. */
  readonly groupLimit?: number | undefined;
}

export type Planned<T> =
  | { readonly ok: true; readonly plan: T }
  | { readonly ok: false; readonly problem: Omit<Diagnostic, 'span'> };

const refuse = <T>(code: Diagnostic['code'], message: string, hint: string): Planned<T> => ({
  ok: false,
  problem: { code, severity: 'error', message, hint },
});

/** Lengths of the grains that are a fixed number of milliseconds, give or take a change of the clock. */
const GRAIN_MS: Readonly<Partial<Record<Grain, number>>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

/** Buckets before the range that the formula needs; 0 with the grain `all`. Refuses durations that are not whole buckets. */
export function countLookback(metric: MetricPlan, grain: Grain): Planned<number> {
  if (grain === 'all') return { ok: true, plan: 0 };
  let most = 0;
  for (const { frame } of listLeaves(metric.value)) {
    const framed = toRows(frame, grain);
    if (!framed.ok) return framed;
    most = Math.max(most, framed.plan.first ?? 0);
  }
  if (most > LIMITS.buckets)
    return refuse(
      'too_many_buckets',
      `the formula looks back over ${most} buckets; at most ${LIMITS.buckets} are allowed`,
      'ask for a coarser grain',
    );
  return { ok: true, plan: most };
}

/** Whether the formula looks back at buckets before its own. Its first bucket is then counted whole. */
export const looksBack = (metric: MetricPlan): boolean =>
  listLeaves(metric.value).some(
    ({ frame }) => frame.shiftBuckets > 0 || frame.shiftMs > 0 || frame.span.kind === 'rolling',
  );

function toRows(frame: TimeFrame, grain: Grain): Planned<{ first: number | undefined; last: number }> {
  const shift = countBuckets(frame.shiftMs, grain, 'looks back by');
  if (!shift.ok) return shift;
  const last = frame.shiftBuckets + shift.plan;
  if (frame.span.kind === 'cumulative') return { ok: true, plan: { first: undefined, last } };
  if (frame.span.kind === 'bucket') return { ok: true, plan: { first: last, last } };
  const width = countBuckets(frame.span.ms, grain, 'rolls over');
  return width.ok ? { ok: true, plan: { first: last + width.plan - 1, last } } : width;
}

function countBuckets(ms: number, grain: Grain, verb: string): Planned<number> {
  const unit = GRAIN_MS[grain];
  if (ms === 0) return { ok: true, plan: 0 };
  if (unit !== undefined && ms % unit === 0) return { ok: true, plan: ms / unit };
  const message = `the formula ${verb} "${formatDuration(ms)}", which is not a whole number of ${grain}s`;
  return refuse(
    'window_not_whole',
    message,
    'ask for a finer grain, or define the metric with another duration',
  );
}

/** Plans one question. The metric was checked; what can still be wrong is the question. */
export function planQuery(metric: MetricPlan, question: MetricQuestion): Planned<QueryPlan> {
  const { fromMs, toMs, grain } = question;
  if (!(fromMs < toMs)) return refuse('invalid_range', 'the range is empty', 'from must lie before to');
  const lookback = countLookback(metric, grain);
  if (!lookback.ok) return lookback;
  const buckets = grain === 'all' ? 1 : question.bounds.length - 1;
  if (buckets > LIMITS.buckets)
    return refuse(
      'too_many_buckets',
      `${buckets} buckets; at most ${LIMITS.buckets} are allowed`,
      'ask for a coarser grain or a shorter range',
    );
  const groups = chooseGroupLimit(question, buckets);
  if (!groups.ok) return groups;
  const framed = grain === 'all' ? rangeLeaves(metric, question) : frameLeaves(metric, grain);
  const shownFromMs = grain === 'all' ? fromMs : question.bounds[lookback.plan]!;
  const windowMs = Math.max(0, ...metric.conversions.map((conversion) => conversion.windowMs));
  const earliest =
    grain === 'all'
      ? Math.min(fromMs, ...framed.leaves.map((leaf) => ('fromMs' in leaf ? leaf.fromMs : fromMs)))
      : lookback.plan > 0
        ? question.bounds[0]!
        : fromMs;
  return {
    ok: true,
    plan: {
      metric,
      project: question.project,
      merged: question.merged,
      grain,
      fromMs,
      toMs,
      scanFromMs: earliest,
      scanToMs: toMs + windowMs,
      bounds: grain === 'all' ? [] : question.bounds,
      shownFromMs,
      dimensions: question.dimensions,
      where: question.where,
      groupLimit: groups.plan,
      ...framed,
    },
  };
}

/** The groups answered: as many as asked for, and no more than keep the answer's rows within LIMITS.cells. */
function chooseGroupLimit(question: MetricQuestion, buckets: number): Planned<number> {
  const asked = question.groupLimit;
  if (question.dimensions.length > LIMITS.dimensions) {
    return refuse(
      'too_many_dimensions',
      `${question.dimensions.length} dimensions; at most ${LIMITS.dimensions} are allowed`,
      'ask for fewer at a time',
    );
  }
  if (question.dimensions.length === 0) return { ok: true, plan: 1 };
  const fitting = Math.max(1, Math.floor(LIMITS.cells / buckets) - 1);
  if (asked === undefined) return { ok: true, plan: Math.min(LIMITS.groups, fitting) };
  if (asked <= Math.min(LIMITS.groups, fitting)) return { ok: true, plan: asked };
  const message =
    asked > LIMITS.groups
      ? `${asked} groups; at most ${LIMITS.groups} are allowed`
      : `${asked} groups of ${buckets} buckets are more than ${LIMITS.cells} rows`;
  return refuse(
    'too_many_groups',
    message,
    'ask for fewer groups, a coarser grain or a shorter range; the rest is answered as $other',
  );
}

interface Framed {
  readonly leaves: QueryPlan['leaves'];
  readonly value: Value<number>;
}

function indexLeaves<L extends FramedLeaf | RangedLeaf>(
  value: Value<Leaf>,
  toLeaf: (leaf: Leaf) => L,
): { leaves: readonly L[]; value: Value<number> } {
  const leaves: L[] = [];
  const indexed = mapLeaves(value, (leaf) => {
    const framed = toLeaf(leaf);
    const key = JSON.stringify(framed);
    const known = leaves.findIndex((other) => JSON.stringify(other) === key);
    return known >= 0 ? known : leaves.push(framed) - 1;
  });
  return { leaves, value: indexed };
}

function frameLeaves(metric: MetricPlan, grain: Grain): Framed {
  return indexLeaves(metric.value, ({ measure, frame }): FramedLeaf => {
    const rows = toRows(frame, grain);
    if (!rows.ok) throw new Error('a frame that countLookback refuses was planned');
    return { measure, ...rows.plan };
  });
}

/** A measure of its own bucket. */
export const isOwnBucket = (leaf: FramedLeaf): boolean =>
  leaf.measure !== 'seconds' && leaf.first === 0 && leaf.last === 0;

/** Whether the states of the rows, merged, are those of the total: nothing looks beyond its own bucket. Then one statement answers both. */
export const holdsTotal = (plan: QueryPlan): boolean =>
  plan.grain === 'all' || (plan.leaves as readonly FramedLeaf[]).every(isOwnBucket);

/** Whether the groups of its rows are told apart by their places, those behind the limit as one; without that they are grouped at once. */
export const isRanked = (plan: QueryPlan): boolean => plan.dimensions.length > 0 && holdsTotal(plan);

/** Whether there is one row, which is its own total. */
export const isOneRow = (plan: QueryPlan): boolean => plan.grain === 'all' && plan.dimensions.length === 0;

function rangeLeaves(metric: MetricPlan, question: MetricQuestion): Framed {
  const length = question.toMs - question.fromMs;
  return indexLeaves(metric.value, ({ measure, frame }): RangedLeaf => {
    const shift = frame.shiftBuckets * length + frame.shiftMs;
    const toMs = question.toMs - shift;
    if (frame.span.kind === 'rolling') return { measure, fromMs: toMs - frame.span.ms, toMs };
    if (frame.span.kind === 'bucket') return { measure, fromMs: question.fromMs - shift, toMs };
    return { measure, fromMs: Math.min(question.fromMs, toMs), toMs };
  });
}

/** The populations whose event is named, or undefined when some population is all events. */
export function listEventNames(selections: readonly Selection[]): readonly string[] | undefined {
  const names = selections.map((selection) => selection.event);
  return names.every((name) => name !== undefined) ? [...new Set(names)] : undefined;
}
