/**
 * A goal that is a quantile, in three statements: the quantile of each variant; how it parts each person's events, which says at
 * which levels its interval ends; and the quantiles of these levels. Nothing of a person leaves the engine.
 */
import { createZeros, type Moments, mergeMoments } from '../../statistics/moments.js';
import { findEnds, findInterval, type Levels, toQuantile } from '../../statistics/quantiles.js';
import type { QueryContext } from '../context.js';
import { estimateStatement, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { type QuantileEstimate, UNITS_MIN } from './compare.js';
import type { Exposures } from './exposures.js';
import type { QuantileGoal } from './goal.js';
import { type Measured, type MomentsRow, readDays } from './measured.js';
import { type Cuts, printQuantiles, printShares } from './print-quantile.js';
import type { ExperimentQuestion } from './request.js';

interface RankedRow {
  readonly variant: string;
  readonly observations: number;
  readonly quantiles: readonly number[];
  readonly below: number | null;
  readonly above: number | null;
}

/** The statements of one answer: each is held against the limit, and what they read is added up. */
function createReader(context: QueryContext) {
  let rowsRead = 0;
  return {
    async read<T>(statement: Statement): Promise<readonly T[]> {
      refuseOverLimit(context, await estimateStatement(context, statement));
      const answer = await runStatement<T>(context, statement);
      rowsRead += answer.rowsRead;
      return answer.rows;
    },
    countRead: () => rowsRead,
  };
}

const total = (days: readonly Moments[]): Moments => days.reduce(mergeMoments, createZeros(0));

/** By variant the levels its interval ends at; a variant in which too few people have the number has none. */
function findLevels(
  { variants }: Exposures,
  { level }: QuantileGoal,
  rows: readonly MomentsRow[],
  days: readonly (readonly Moments[])[],
  alpha: number,
): ReadonlyMap<string, Levels> {
  const found = new Map<string, Levels>();
  for (const [index, { name }] of variants.entries()) {
    const people = rows.reduce((sum, row) => sum + (row.variant === name ? Number(row.units) : 0), 0);
    const ends = people < UNITS_MIN ? null : findEnds(level, total(days[index]!), alpha);
    if (ends) found.set(name, ends);
  }
  return found;
}

/** @param ranked the variant's row with the quantiles of both its levels, and the values next to its own */
function estimate(
  goal: QuantileGoal,
  cut: number,
  units: number,
  ranked: RankedRow,
  place: number,
  alpha: number,
): Pick<QuantileEstimate, 'sample' | 'interval'> {
  const { scale = 1 } = goal;
  const [lower, upper] = [Number(ranked.quantiles[place]), Number(ranked.quantiles[place + 1])];
  const next = (value: number | null): number | null => (value === null ? null : Number(value));
  const ends = { lower, upper, below: next(ranked.below), above: next(ranked.above) };
  const [first, second] = findInterval(cut, ends).map((end) => end * scale) as [number, number];
  const interval = [Math.min(first, second), Math.max(first, second)] as const;
  return { interval, sample: toQuantile(cut * scale, interval, units, alpha) };
}

/** @throws RequestError 422, 503; EngineError */
export async function measureQuantile(
  context: QueryContext,
  question: ExperimentQuestion,
  goal: QuantileGoal,
  exposures: Exposures,
): Promise<Measured> {
  const { variants } = exposures;
  const { alpha } = question;
  const { read, countRead } = createReader(context);
  const names = variants.map(({ name }) => name);
  const ranked = await read<RankedRow>(printQuantiles(context, question, goal, names, [goal.level]));
  const cuts: Cuts = new Map(ranked.map(({ variant, quantiles }) => [variant, Number(quantiles[0])]));
  const parted = cuts.size === 0 ? [] : await read<MomentsRow>(printShares(context, question, goal, cuts));
  const days = readDays(exposures, parted);
  const ends = findLevels(exposures, goal, parted, days, alpha);
  const levels = [...ends.values()].flatMap(({ lower, upper }) => [lower, upper]);
  const ended =
    levels.length === 0
      ? []
      : await read<RankedRow>(printQuantiles(context, question, goal, [...ends.keys()], levels, cuts));
  const places = [...ends.keys()];
  const quantiles = variants.map(({ name, units }): QuantileEstimate | null => {
    const cut = cuts.get(name);
    if (cut === undefined) return null;
    const own = ended.find(({ variant }) => variant === name);
    return {
      value: cut * (goal.scale ?? 1),
      observations: Number(ranked.find(({ variant }) => variant === name)!.observations),
      ...(own
        ? estimate(goal, cut, units, own, 2 * places.indexOf(name), alpha)
        : { sample: null, interval: null }),
    };
  });
  return { days, quantiles, truncated: 0, rowsRead: countRead() };
}
