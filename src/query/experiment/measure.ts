/** What the exposed did: each goal as moments by variant and day of the exposure, over all exposed. */
import { createShare, type Moments } from '../../statistics/moments.js';
import type { Condition } from '../condition/condition.js';
import type { QueryContext } from '../context.js';
import { runFold } from '../funnel/fold-thread.js';
import { prepareFold } from '../funnel/prepare.js';
import { type FunnelQuestion, MAX_EVENTS_PER_UNIT } from '../funnel/request.js';
import { estimateStatement, refuseOverLimit, runStatement } from '../run.js';
import type { Exposures } from './exposures.js';
import type { FunnelGoal, Goal, NumberGoal, RatioGoal } from './goal.js';
import { measureQuantile } from './measure-quantile.js';
import { type Measured, type MomentsRow, readDays } from './measured.js';
import { printExposedTo, printMeasure } from './print.js';
import type { ExperimentQuestion } from './request.js';

async function measureNumbers(
  context: QueryContext,
  question: ExperimentQuestion,
  goal: NumberGoal | RatioGoal,
  exposures: Exposures,
): Promise<Measured> {
  const names = exposures.variants.map(({ name }) => name);
  const statement = printMeasure(context, question, goal, names);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows, rowsRead } = await runStatement<MomentsRow>(context, statement);
  return { days: readDays(exposures, rows), truncated: 0, rowsRead };
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
export function measureGoal(
  context: QueryContext,
  question: ExperimentQuestion,
  goal: Goal,
  exposures: Exposures,
): Promise<Measured> {
  switch (goal.kind) {
    case 'funnel':
      return measureFunnel(context, question, goal, exposures);
    case 'quantile':
      return measureQuantile(context, question, goal, exposures);
    default:
      return measureNumbers(context, question, goal, exposures);
  }
}
