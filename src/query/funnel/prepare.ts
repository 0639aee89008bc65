/** From a request to a funnel that can be run: read, compile, plan, print; and the plan told instead of run. */
import type { QueryContext } from '../context.js';
import { findSessionKind } from '../event-rows.js';
import { type Explanation, explainStatements } from '../explain.js';
import { estimateStatement, refuseOverLimit, type Statement } from '../run.js';
import type { Range } from '../time/buckets.js';
import { formatInstant } from '../time/instant.js';
import { type Compiled, compileFunnel } from './compile.js';
import { type FunnelPlan, planFunnel } from './plan.js';
import { printHistories, printWindowFunnel } from './print.js';
import { type FunnelQuestion, readFunnelQuestion } from './request.js';

export interface Planned {
  readonly question: FunnelQuestion;
  readonly compiled: Compiled;
  readonly plan: FunnelPlan;
}

export interface Prepared extends Planned {
  readonly statement: Statement;
  /** Rows the engine expects to read. */
  readonly rowsRead: number;
}

/** Compiles and plans a question; nothing is printed yet. @throws RequestError 422 */
export async function planQuestion(context: QueryContext, question: FunnelQuestion): Promise<Planned> {
  const compiled = compileFunnel(question);
  const { definition, range } = question;
  const read = { fromMs: range.fromMs, toMs: range.toMs + definition.windowMs };
  const unit = definition.count === 'sessions' ? await findSessionKind(context, read) : 'person';
  return { question, compiled, plan: planFunnel(question, compiled, unit) };
}

const printPlan = (context: QueryContext, { plan }: Planned): Statement =>
  (plan.strategy === 'window-funnel' ? printWindowFunnel : printHistories)(plan, context);

async function finish(context: QueryContext, planned: Planned, statement: Statement): Promise<Prepared> {
  const estimate = await estimateStatement(context, statement);
  refuseOverLimit(context, estimate);
  return { ...planned, statement, rowsRead: estimate.rows };
}

/** @throws RequestError 422, also when it would read more than allowed */
export async function prepareQuestion(context: QueryContext, question: FunnelQuestion): Promise<Prepared> {
  const planned = await planQuestion(context, question);
  return finish(context, planned, printPlan(context, planned));
}

/** A question as units' histories, whatever the plan for its counts would be. @throws as prepareQuestion */
export async function prepareFold(context: QueryContext, question: FunnelQuestion): Promise<Prepared> {
  const planned = await planQuestion(context, question);
  return finish(context, planned, printHistories(planned.plan, context));
}

/** The question of the period before. */
export const askPrevious = (question: FunnelQuestion, range: Range): FunnelQuestion => ({
  ...question,
  range,
  trend: undefined,
  previous: undefined,
});

const describePlan = ({ plan, compiled }: Planned) => ({
  source: 'raw',
  strategy: plan.strategy,
  reason: plan.reason,
  unit: plan.unit,
  from: formatInstant(plan.range.fromMs),
  to: formatInstant(plan.range.toMs),
  reads_until: formatInstant(plan.untilMs),
  window_ms: plan.definition.windowMs,
  disjoint_steps: compiled.program.disjoint,
  conditions: plan.matchers.list.length,
  classes: plan.matchers.packedClasses ?? 'numbered as they occur',
  routes: compiled.program.routes.length,
});

/** The plan, its SQL and what it would read; nothing is run. @throws RequestError 422 */
export async function explainFunnel(context: QueryContext, input: unknown): Promise<Explanation> {
  const question = readFunnelQuestion(input);
  const planned = await planQuestion(context, question);
  const statements = [printPlan(context, planned)];
  if (question.previous)
    statements.push(
      printPlan(context, await planQuestion(context, askPrevious(question, question.previous))),
    );
  return explainStatements(context, statements, describePlan(planned));
}

/** Of questions that `prepareFold` prepares, one statement each: as explainFunnel. @throws RequestError 422 */
export async function explainFolds(
  context: QueryContext,
  questions: readonly [FunnelQuestion, ...FunnelQuestion[]],
): Promise<Explanation> {
  const [first, ...others] = questions;
  const planned = await planQuestion(context, first);
  const plans = [planned.plan];
  for (const question of others) plans.push((await planQuestion(context, question)).plan);
  return explainStatements(
    context,
    plans.map((plan) => printHistories(plan, context)),
    { ...describePlan(planned), strategy: 'fold', reason: 'it is asked of units, not of how many there are' },
  );
}
