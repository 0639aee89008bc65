/** What the exposed did: each goal as moments by variant and day of the exposure, over all exposed. */
import { createShare, createZeros, type Moments, mergeMoments } from '../../statistics/moments.js';
import type { Condition } from '../condition/condition.js';
import type { QueryContext } from '../context.js';
import { runFold } from '../funnel/fold-thread.js';
import { prepareFold } from '../funnel/prepare.js';
import { type FunnelQuestion, MAX_EVENTS_PER_UNIT } from '../funnel/request.js';
import { estimateStatement, refuseOverLimit, runStatement } from '../run.js';
import type { Exposures } from './exposures.js';
import type { FunnelGoal, Goal, NumberGoal, RatioGoal } from './goal.js';
import { printExposedTo, printMeasure } from './print.js';
import type { ExperimentQuestion } from './request.js';

export interface Measured {
  /** By variant, in their order, and day. */
  readonly days: readonly (readonly Moments[])[];
  /** Funnels: units that reached each step, the exposure not among them, by variant. */
  readonly steps?: readonly (readonly number[])[];
  /** Funnels: units with more matching events than were looked at. */
  readonly truncated: number;
  readonly rowsRead: number;
}

interface Row {
  readonly variant: string;
  readonly bucket: number;
  readonly units: number;
  readonly mean_a: number;
  readonly mean_b: number;
  readonly variance_a: number;
  readonly variance_b: number;
  readonly covariance: number;
}

const readMoments = (row: Row): Moments => {
  const count = Number(row.units);
  return {
    count,
    meanA: row.mean_a,
    meanB: row.mean_b,
    aa: row.variance_a * count,
    bb: row.variance_b * count,
    ab: row.covariance * count,
  };
};

async function measureNumbers(
  context: QueryContext,
  question: ExperimentQuestion,
  goal: NumberGoal | RatioGoal,
  { variants }: Exposures,
): Promise<Measured> {
  const names = variants.map(({ name }) => name);
  const statement = printMeasure(context, question, goal, names);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows, rowsRead } = await runStatement<Row>(context, statement);
  const found = new Map(rows.map((row) => [`${row.bucket} ${row.variant}`, readMoments(row)]));
  const days = variants.map(({ name, byDay }) =>
    byDay.map((units, day) => {
      const active = found.get(`${day} ${name}`) ?? createZeros(0);
      // Whoever was exposed and did nothing has zeros. Events that arrive between the two statements make none of these negative.
      return mergeMoments(active, createZeros(Math.max(0, units - active.count)));
    }),
  );
  return { days, truncated: 0, rowsRead };
}

/** The goal's funnel from the exposure on, of those who were exposed to one variant. */
export function composeFunnel(
  context: QueryContext,
  question: ExperimentQuestion,
  { definition }: FunnelGoal,
  variant: string,
): FunnelQuestion {
  const { exposure, range, where, days } = question;
  const exposed: Condition = { kind: 'set', property: exposure.variant.property };
  const parts = exposure.where ? [exposure.where, exposed] : [exposed];
  const [first, ...steps] = definition.steps;
  return {
    definition: {
      ...definition,
      steps: [{ ...first!, events: exposure.events, where: { kind: 'and', parts } }, ...steps],
    },
    range,
    where,
    breakdown: [],
    breakdownLimit: 1,
    attribution: { kind: 'first' },
    trend: days,
    times: false,
    maxEventsPerUnit: MAX_EVENTS_PER_UNIT,
    previous: undefined,
    histogram: false,
    value: undefined,
    observed: [],
    persons: printExposedTo(context, question, variant),
  };
}

async function measureFunnel(
  context: QueryContext,
  question: ExperimentQuestion,
  goal: FunnelGoal,
  { variants }: Exposures,
): Promise<Measured> {
  const days: Moments[][] = [];
  const steps: number[][] = [];
  let rowsRead = 0;
  let truncated = 0;
  for (const { name, byDay } of variants) {
    const prepared = await prepareFold(context, composeFunnel(context, question, goal, name));
    const { plan, statement } = prepared;
    const task = { kind: 'answer', question: prepared.question, plan } as const;
    const folded = await runFold(context, statement, task);
    days.push(byDay.map((units, day) => createShare(Math.min(units, folded.trend[day]!.complete), units)));
    steps.push(folded.part.steps.slice(1).map(({ count }) => count));
    truncated += folded.truncated.length;
    rowsRead += prepared.rowsRead;
  }
  return { days, steps, truncated, rowsRead };
}

/** @throws RequestError 422, 503; EngineError */
export const measureGoal = (
  context: QueryContext,
  question: ExperimentQuestion,
  goal: Goal,
  exposures: Exposures,
): Promise<Measured> =>
  goal.kind === 'funnel'
    ? measureFunnel(context, question, goal, exposures)
    : measureNumbers(context, question, goal, exposures);
