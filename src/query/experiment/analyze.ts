/**
 * Answers an experiment: who was exposed, what each goal counts of them, what that says.
 *
 * The units and their days come from one statement, each goal's numbers from one more (a funnel's from one a variant), and all else
 * is computed from sums by variant and day: no person leaves the engine but as a part of a funnel's history.
 */
import { testSampleRatio } from '../../statistics/tests.js';
import type { QueryContext } from '../context.js';
import { type Explanation, explainStatements } from '../explain.js';
import { planQuestion } from '../funnel/prepare.js';
import { printHistories } from '../funnel/print.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { type MetricSources, NO_SOURCES } from '../metric/sources.js';
import { estimateStatement, refuseOverLimit, type Statement } from '../run.js';
import { formatInstant } from '../time/instant.js';
import { type GoalAnswer, writeGoals } from './answer.js';
import { UNITS_MIN } from './compare.js';
import { type Exposures, findExposures } from './exposures.js';
import type { Goal } from './goal.js';
import { composeFunnel, measureGoal } from './measure.js';
import type { Measured } from './measured.js';
import { resolveGoals } from './metric-goal.js';
import { printExposed, printMeasure } from './print.js';
import { printQuantileGoal } from './print-quantile.js';
import { type ExperimentQuestion, readExperiment } from './request.js';

/** Sizes less likely than this were not drawn as meant. Strict, because it is looked at again and again. */
const MISMATCH_P = 0.001;

export interface ExperimentAnswer {
  readonly variants: readonly {
    readonly name: string;
    readonly units: number;
    /** Units whose goals may still come, because the longest window is not over. */
    readonly open_units: number;
    readonly share: number | null;
    readonly expected_share: number;
  }[];
  readonly left_out: { readonly several_variants: number; readonly other_variants: number };
  readonly sample_ratio: { readonly statistic: number; readonly p_value: number; readonly mismatch: boolean };
  readonly goals: readonly GoalAnswer[];
  readonly alpha: number;
  readonly units_min: number;
  readonly meta: Meta & { readonly truncated_units: number };
}

function writeVariants({ variants }: Exposures, shares: readonly number[]): ExperimentAnswer['variants'] {
  const units = variants.reduce((sum, one) => sum + one.units, 0);
  const whole = shares.reduce((sum, one) => sum + one, 0);
  return variants.map((one, index) => ({
    name: one.name,
    units: one.units,
    open_units: one.open,
    share: units === 0 ? null : one.units / units,
    expected_share: shares[index]! / whole,
  }));
}

async function readQuestion(
  context: QueryContext,
  sources: MetricSources,
  input: unknown,
): Promise<ExperimentQuestion> {
  const asked = readExperiment(input);
  return { ...asked, goals: await resolveGoals(context, sources, asked.goals) };
}

/** Answers `POST /v1/analytics/experiments`. @throws RequestError 404 for a metric, 422, 503; EngineError; MetadataError */
export async function analyzeExperiment(
  context: QueryContext,
  input: unknown,
  sources: MetricSources = NO_SOURCES,
): Promise<ExperimentAnswer> {
  const startedMs = performance.now();
  const question = await readQuestion(context, sources, input);
  const newest = await findNewestReceipt(context);
  const completeMs = newest ?? question.range.fromMs;
  await refuseBeforehand(context, question, completeMs);
  const exposures = await findExposures(context, question, completeMs);
  const measured: Measured[] = [];
  if (exposures.variants.length > 0)
    for (const goal of question.goals) measured.push(await measureGoal(context, question, goal, exposures));
  const shares = question.split ?? exposures.variants.map(() => 1);
  const counts = exposures.variants.map(({ units }) => units);
  const ratio = counts.length < 2 ? { statistic: 0, pValue: 1 } : testSampleRatio(counts, shares);
  const mismatch = ratio.pValue < MISMATCH_P;
  const rowsRead = measured.reduce((sum, one) => sum + one.rowsRead, exposures.rowsRead);
  return {
    variants: writeVariants(exposures, shares),
    left_out: { several_variants: exposures.severalVariants, other_variants: exposures.otherVariants },
    sample_ratio: { statistic: ratio.statistic, p_value: ratio.pValue, mismatch },
    goals: measured.length === 0 ? [] : await writeGoals(question, exposures, measured, mismatch),
    alpha: question.alpha,
    units_min: UNITS_MIN,
    meta: {
      ...createMeta(startedMs, rowsRead, newest),
      truncated_units: measured.reduce((sum, one) => sum + one.truncated, 0),
    },
  };
}

const STRATEGIES: Readonly<Record<Goal['kind'], string>> = {
  conversion: 'one aggregation by person',
  mean: 'one aggregation by person',
  ratio: 'one aggregation by person',
  quantile: 'all values ranked, parted by person, and ranked for the ends of the interval',
  funnel: 'the funnel fold, once a variant',
};

async function printGoals(context: QueryContext, question: ExperimentQuestion): Promise<Statement[]> {
  // Which variants there are is found by the first statement; the plan shows the named ones, or the first of those.
  const variants = question.variants ?? ['control'];
  const statements: Statement[] = [];
  for (const goal of question.goals)
    if (goal.kind === 'quantile') statements.push(...printQuantileGoal(context, question, goal, variants));
    else if (goal.kind !== 'funnel') statements.push(printMeasure(context, question, goal, variants));
    else
      for (const variant of variants) {
        const { plan } = await planQuestion(context, composeFunnel(context, question, goal, variant));
        statements.push(printHistories(plan, context));
      }
  return statements;
}

/** Holds every statement against the limit before one is run. */
async function refuseBeforehand(
  context: QueryContext,
  question: ExperimentQuestion,
  completeMs: number,
): Promise<void> {
  refuseOverLimit(context, await estimateStatement(context, printExposed(context, question, completeMs)));
  // What goals read is counted as they are measured.
  const { onEstimate: _, ...uncounted } = context;
  for (const statement of await printGoals(uncounted, question))
    refuseOverLimit(uncounted, await estimateStatement(uncounted, statement));
}

/** The plan, its SQL and what it would read; nothing is run. @throws as analyzeExperiment */
export async function explainExperiment(
  context: QueryContext,
  input: unknown,
  sources: MetricSources = NO_SOURCES,
): Promise<Explanation> {
  const question = await readQuestion(context, sources, input);
  const { range, goals, beforeMs } = question;
  const statements = [printExposed(context, question, Date.now()), ...(await printGoals(context, question))];
  return explainStatements(context, statements, {
    source: 'raw',
    from: formatInstant(range.fromMs),
    to: formatInstant(range.toMs),
    pre_period_ms: beforeMs,
    goals: goals.map(({ name, kind, windowMs }) => ({
      name,
      strategy: STRATEGIES[kind],
      window_ms: windowMs,
    })),
  });
}
