/** A period of a question as statements: the rows, and the totals. */
import { LIMITS } from '../../mdl/limits.js';
import { countLookback, type Planned, planQuery } from '../../mdl/plan/query.js';
import type { MetricPlan, QueryPlan } from '../../mdl/plan/types.js';
import { printQuery, type Shape } from '../../mdl/print/query.js';
import type { RollupSource } from '../../mdl/print/rollup-facts.js';
import type { QueryContext } from '../context.js';
import { hasMergedPeople } from '../people.js';
import type { Printed } from '../printed.js';
import { refuseField } from '../request.js';
import type { Statement } from '../run.js';
import { createCalendar } from '../time/calendar.js';
import { withMembers } from './cohorts.js';
import { toPredicate } from './predicate.js';
import type { Period, Question } from './request.js';

/**
 * The metric printer's text is printed text of this room too: it comes from the only other place that may compose SQL.
 */
export function toStatement(plan: QueryPlan, source?: RollupSource, shape?: Shape): Statement {
  const { sql, params } = printQuery(plan, source, shape);
  // More groups than this are refused instead of held in memory: the largest cannot be told among them.
  const settings = {
    max_rows_to_group_by: LIMITS.groupsScanned,
    group_by_overflow_mode: 'throw',
    // Numbers in the JSON of a rollup's dimensions, and those of the request, to their last digit.
    precise_float_parsing: 1,
  };
  return withMembers({ sql: sql as Printed, params, settings }, plan);
}

function accept<T>(planned: Planned<T>): T {
  if (planned.ok) return planned.plan;
  const { message, hint } = planned.problem;
  const field = {
    invalid_range: 'to',
    too_many_groups: 'breakdown_limit',
    too_many_dimensions: 'dimensions',
  }[planned.problem.code as string];
  throw refuseField(field ?? 'grain', `${message[0]!.toUpperCase()}${message.slice(1)}; ${hint}.`);
}

/** Starts of the buckets before the first, as many as the formula looks back. */
function listEarlier(question: Question, firstMs: number, count: number): readonly number[] {
  if (count === 0 || question.grain === 'all') return [];
  const calendar = createCalendar(question.grain, question.zone, question.weekStart);
  const starts = [firstMs];
  while (starts.length <= count) starts.unshift(calendar.floor(starts[0]! - 1));
  return starts.slice(0, -1);
}

/** Plans the rows of one period. @throws RequestError 422 */
export function planPeriod(
  context: QueryContext,
  metric: MetricPlan,
  question: Question,
  period: Period,
): QueryPlan {
  const lookback = accept(countLookback(metric, question.grain));
  const { bounds } = period.buckets;
  return accept(
    planQuery(metric, {
      project: context.project,
      merged: hasMergedPeople(context),
      ...period.range,
      grain: question.grain,
      bounds: [...listEarlier(question, bounds[0]!, lookback), ...bounds],
      dimensions: question.dimensions,
      where: question.where && toPredicate(question.where),
      groupLimit: question.groupLimit,
    }),
  );
}

/** Plans the total of one period: the metric over all of it, without groups. */
export const planTotal = (
  context: QueryContext,
  metric: MetricPlan,
  question: Question,
  period: Period,
): QueryPlan =>
  accept(
    planQuery(metric, {
      project: context.project,
      merged: hasMergedPeople(context),
      ...period.range,
      grain: 'all',
      bounds: [],
      dimensions: [],
      where: question.where && toPredicate(question.where),
    }),
  );
