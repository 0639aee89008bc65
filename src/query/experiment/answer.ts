/** From moments to the answer: each variant's value, its effect, what many comparisons make of it, and what to do. */
import { setImmediate } from 'node:timers/promises';
import { type Moments, mergeMoments } from '../../statistics/moments.js';
import { adjustForAny, adjustForMany } from '../../statistics/tests.js';
import { formatInstant } from '../time/instant.js';
import { compareGroups, describeGroup, type Effect, type Group, lookAtGroups } from './compare.js';
import type { Exposures } from './exposures.js';
import type { Goal } from './goal.js';
import type { Measured } from './measured.js';
import type { ExperimentQuestion } from './request.js';

/**
 * mismatch       the variants' sizes are not what they were meant to be: nothing of this may be believed
 * too_few_units  no number yet
 * better, worse  the difference is more than chance, after all comparisons are taken into account
 * no_difference  there were enough units to see the smallest change worth seeing, and none was seen
 * keep_running   not enough units yet
 */
export type Verdict = 'mismatch' | 'too_few_units' | 'better' | 'worse' | 'no_difference' | 'keep_running';

/** What was known by the end of a day, of all who had been exposed by then. */
export interface CurvePoint {
  readonly time: string;
  readonly control: number | null;
  readonly value: number | null;
  readonly difference: number | null;
  readonly interval: readonly [number, number] | null;
  readonly sequential_interval: readonly [number, number] | null;
}

export interface ComparisonAnswer extends Effect {
  readonly adjusted_p_value: number;
  readonly significant: boolean;
  readonly sequential_adjusted_p_value: number | null;
  readonly sequential_significant: boolean;
}

export interface GoalVariant {
  readonly variant: string;
  readonly units: number;
  /** Share of the units, mean or ratio. */
  readonly value: number | null;
  readonly standard_deviation: number | null;
  /** Goals that are quantiles: events they are over, and the interval of the variant's own. */
  readonly observations?: number;
  readonly interval?: readonly [number, number] | null;
  /** Goals that are shares: units that did it. */
  readonly conversions?: number;
  /** Funnels: units that reached each step, all exposed being the whole. */
  readonly steps?: readonly {
    readonly label: string;
    readonly count: number;
    readonly rate: number | null;
  }[];
  /** Against the control; null for the control itself, and with too few units. */
  readonly comparison: ComparisonAnswer | null;
  readonly verdict: Verdict | null;
  readonly sequential_verdict: Verdict | null;
  readonly curve: readonly CurvePoint[];
}

export interface GoalAnswer {
  readonly name: string;
  readonly kind: Goal['kind'];
  readonly better: Goal['better'];
  readonly window_seconds: number;
  readonly variants: readonly GoalVariant[];
}

interface Drawn {
  readonly goal: Goal;
  readonly measured: Measured;
  /** By variant, over all days. */
  readonly totals: readonly Group[];
  /** By variant; null for the control. */
  readonly effects: readonly (Effect | null)[];
}

const total = (days: readonly Moments[]): Moments => days.reduce(mergeMoments);

/** Days until the last on which anybody was exposed; the curve ends there. */
function countDays({ variants }: Exposures): number {
  const last = variants.map(({ byDay }) => byDay.findLastIndex((units) => units > 0));
  return Math.max(-1, ...last) + 1;
}

/** Points of all curves of an answer: each is a comparison of its own. Longer ranges show every second day, every third … */
const POINTS_MAX = 4_000;

function drawCurve(
  question: ExperimentQuestion,
  { goal, measured }: Drawn,
  variant: number,
  days: number,
  every: number,
): CurvePoint[] {
  const points: CurvePoint[] = [];
  let [control, own] = [measured.days[0]![0]!, measured.days[variant]![0]!];
  for (let day = 0; day < days; day++) {
    if (day > 0) {
      control = mergeMoments(control, measured.days[0]![day]!);
      own = mergeMoments(own, measured.days[variant]![day]!);
    }
    if ((days - 1 - day) % every !== 0) continue;
    const looked = lookAtGroups(goal, control, own, question);
    points.push({
      time: formatInstant(question.days.bounds[day]!),
      control: describeGroup(goal, control)?.mean ?? null,
      value: describeGroup(goal, own)?.mean ?? null,
      difference: looked?.comparison.difference ?? null,
      interval: looked?.comparison.interval ?? null,
      sequential_interval: looked?.sequential?.interval ?? null,
    });
  }
  return points;
}

/** Adjusts the p-values there are together; null stays null. */
function adjust(
  pValues: readonly (number | null)[],
  correction: ExperimentQuestion['correction'],
): (number | null)[] {
  const told = pValues.filter((p) => p !== null);
  const adjusted =
    correction === 'none' ? told : correction === 'holm' ? adjustForAny(told) : adjustForMany(told);
  let next = 0;
  return pValues.map((p) => (p === null ? null : adjusted[next++]!));
}

function decide(goal: Goal, effect: Effect | null, significant: boolean, mismatch: boolean): Verdict {
  if (mismatch) return 'mismatch';
  if (!effect) return 'too_few_units';
  if (significant) return effect.difference > 0 === (goal.better === 'higher') ? 'better' : 'worse';
  return (effect.power.progress ?? 0) >= 1 ? 'no_difference' : 'keep_running';
}

function writeSteps({ goal, measured }: Drawn, variant: number, units: number): GoalVariant['steps'] {
  if (goal.kind !== 'funnel') return undefined;
  return goal.definition.steps.slice(1).map(({ label }, step) => {
    const count = Math.min(units, measured.steps![variant]![step]!);
    return { label, count, rate: units === 0 ? null : count / units };
  });
}

/** All goals together: the correction is over every comparison of the answer. */
export async function writeGoals(
  question: ExperimentQuestion,
  exposures: Exposures,
  measured: readonly Measured[],
  mismatch: boolean,
): Promise<GoalAnswer[]> {
  const { goals, alpha, correction } = question;
  const drawn: Drawn[] = [];
  for (const [index, goal] of goals.entries()) {
    // Integrals and curves take milliseconds each: others are served between two goals.
    await setImmediate();
    const own = measured[index]!;
    const totals = own.days.map((days, variant): Group => {
      const quantile = own.quantiles?.[variant];
      return { ...total(days), ...(quantile !== undefined && { quantile }) };
    });
    const effects = totals.map((moments, variant) =>
      variant === 0 ? null : compareGroups(goal, totals[0]!, moments, question),
    );
    drawn.push({ goal, measured: own, totals, effects });
  }
  const effects = drawn.flatMap((one) => one.effects);
  const fixed = adjust(
    effects.map((effect) => effect?.p_value ?? null),
    correction,
  );
  const always = adjust(
    effects.map((effect) => effect?.sequential?.p_value ?? null),
    correction,
  );
  const days = countDays(exposures);
  const count = exposures.variants.length;
  const every = Math.max(1, Math.ceil((days * goals.length * (count - 1)) / POINTS_MAX));
  return drawn.map((one, index) => ({
    name: one.goal.name,
    kind: one.goal.kind,
    better: one.goal.better,
    window_seconds: one.goal.windowMs / 1_000,
    variants: exposures.variants.map(({ name }, variant) => {
      const effect = one.effects[variant]!;
      const place = index * count + variant;
      const significant = effect !== null && fixed[place]! <= alpha;
      const sequential = always[place] ?? null;
      const sequentially = sequential !== null && sequential <= alpha;
      const isControl = variant === 0;
      return {
        ...writeGroup(one, name, variant),
        comparison: effect && {
          ...effect,
          adjusted_p_value: fixed[place]!,
          significant,
          sequential_adjusted_p_value: sequential,
          sequential_significant: sequentially,
        },
        verdict: isControl ? null : decide(one.goal, effect, significant, mismatch),
        sequential_verdict: isControl ? null : decide(one.goal, effect, sequentially, mismatch),
        curve:
          isControl || one.goal.kind === 'quantile' ? [] : drawCurve(question, one, variant, days, every),
      };
    }),
  }));
}

function writeGroup(one: Drawn, name: string, variant: number) {
  const group = one.totals[variant]!;
  const { count: units, quantile } = group;
  if (one.goal.kind === 'quantile')
    return {
      variant: name,
      units,
      value: quantile?.value ?? null,
      standard_deviation: null,
      observations: quantile?.observations ?? 0,
      interval: quantile?.interval ?? null,
    };
  const described = units === 0 ? null : describeGroup(one.goal, group);
  const steps = writeSteps(one, variant, units);
  const share = one.goal.kind === 'funnel' || one.goal.kind === 'conversion';
  const conversions = Math.round(group.meanA * units);
  return {
    variant: name,
    units,
    value: described && (share ? conversions / units : described.mean),
    standard_deviation: described ? Math.sqrt(described.variance) : null,
    ...(share && { conversions }),
    ...(steps && { steps }),
  };
}
