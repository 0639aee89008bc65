/** From a request about a metric to its plan and the question, and what the answer will depend on. */
import { RequestError } from '../../errors.js';
import type { MetricPlan } from '../../mdl/plan/types.js';
import type { DataReads } from '../../stream/data-version.js';
import type { QueryContext } from '../context.js';
import { compileDefinition, type DefinitionProblem } from './definition.js';
import { type Period, type Question, type RawQuestion, readQuestion, readRawQuestion } from './request.js';
import type { MetricSources } from './sources.js';
import { planPeriod, planTotal } from './statement.js';

interface Compiled {
  readonly plan: MetricPlan;
  readonly warnings: readonly DefinitionProblem[];
}

/** The plan of the metric a question is about. With several in a definition, `metric` names one; else it is the last. */
export async function findPlan(
  context: QueryContext,
  sources: MetricSources,
  raw: RawQuestion,
): Promise<Compiled> {
  if (raw.definition === undefined) {
    const stored = (await sources.listMetrics(context.project)).find(
      ({ id, name }) => id === raw.metric || name === raw.metric,
    );
    if (!stored)
      throw new RequestError(
        404,
        'unknown_metric',
        `There is no metric "${raw.metric}"; GET /v1/analytics/metrics/custom lists those there are.`,
      );
    const { plans, warnings } = await compileDefinition(context, sources, stored.definition, 'saved');
    return { plan: plans.at(-1)!, warnings };
  }
  const { plans, warnings } = await compileDefinition(context, sources, raw.definition);
  const plan = raw.metric === undefined ? plans.at(-1) : plans.find((one) => one.metric === raw.metric);
  if (!plan) throw new RequestError(422, 'unknown_metric', `The definition has no metric "${raw.metric}".`);
  return { plan, warnings };
}

/** A question about a metric whose definition is known. */
export interface AskedMetric {
  readonly plan: MetricPlan;
  readonly question: Question;
  readonly warnings: readonly DefinitionProblem[];
}

/** The period asked for, and the one to compare with. */
export const listPeriods = (question: Question): readonly Period[] => [
  question,
  ...(question.previous ? [question.previous] : []),
];

/** Reads the question and finds its definition. @throws RequestError 404 and 422; EngineError; MetadataError */
export async function readMetricQuestion(
  context: QueryContext,
  sources: MetricSources,
  input: unknown,
): Promise<AskedMetric> {
  const raw = readRawQuestion(input);
  const { plan, warnings } = await findPlan(context, sources, raw);
  return { plan, warnings, question: readQuestion(raw, plan, Date.now()) };
}

/** What the answer depends on; undefined: on more than events and properties of people. */
export function readsOfMetric(context: QueryContext, { plan, question }: AskedMetric): DataReads | undefined {
  const plans = listPeriods(question).flatMap((period) => [
    planPeriod(context, plan, question, period),
    planTotal(context, plan, question, period),
  ]);
  const text = JSON.stringify(plans);
  // Who belongs to a cohort moves with the clock.
  if (text.includes('cohort')) return undefined;
  const events = plan.selections.map(({ event }) => event);
  const windowMs = Math.max(0, ...plan.conversions.map((conversion) => conversion.windowMs));
  return {
    events: events.some((event) => event === undefined)
      ? '*'
      : [...new Set(events.map((event) => event ?? ''))],
    range: {
      fromMs: Math.min(...plans.map(({ scanFromMs }) => scanFromMs)),
      toMs: Math.max(...plans.map(({ scanToMs }) => scanToMs)),
    },
    people: text.includes('"kind":"user"'),
    receipts: question.buckets.bounds.map((end) => end + windowMs),
  };
}
