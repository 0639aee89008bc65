/**
 * A question's facts from a rollup instead of the events: states in place of rows. What of the range lies in no whole bucket of
 * the rollup comes from the events, as states of the same form, so the rest of the statement cannot tell the two apart.
 */
import { findDimension, findMeasure, type RollupPlan, splitRange } from '../plan/rollup.js';
import type { Measure, QueryPlan } from '../plan/types.js';
import { printMerge } from './aggregate.js';
import { dimensionName, type Facts, printFacts, printInstant } from './facts.js';
import { readHeld } from './held.js';
import { stateName } from './names.js';
import { printPredicate } from './predicate.js';
import { type Binder, joinSql, quoteName, type Sql, sql, word } from './sql.js';

/** Where a question is answered from when not from the events. */
export interface RollupSource {
  readonly rollup: RollupPlan;
  readonly table: string;
}

const groupName = (i: number): Sql => word(`k${i}`);
const heldName = (i: number): Sql => word(`r${i}`);

/** The rollup's rows in the place of events; the question must have no obstacle (plan/rollup.ts). */
export function printRollupFacts(
  plan: QueryPlan,
  source: RollupSource,
  project: Sql,
  bounds: Sql | undefined,
  binder: Binder,
): Facts {
  const whole = printWhole(plan, source, project, bounds, binder);
  const { hasEdges } = splitRange(source.rollup, plan);
  const body = hasEdges
    ? sql`${whole}
union all
${printEdges(plan, source.rollup, project, bounds, binder)}`
    : whole;
  return {
    tables: [{ name: sql`facts`, body }],
    from: sql`facts`,
    bucket: sql`start`,
    dimension: groupName,
    weight: sql`countMerge(weight)`,
    printMeasure: (measure: Measure, form, condition) =>
      printMerge(measure.aggregate, heldName(plan.metric.measures.indexOf(measure)), form, condition),
  };
}

function printWhole(
  plan: QueryPlan,
  { rollup, table }: RollupSource,
  project: Sql,
  bounds: Sql | undefined,
  binder: Binder,
): Sql {
  const { fromMs, toMs } = splitRange(rollup, plan);
  const columns = [
    bounds ? sql`roundDown(bucket, ${bounds}) as start` : sql`bucket as at`,
    ...plan.dimensions.map(
      ({ property }, i) => sql`${dimensionName(findDimension(rollup, property))} as ${groupName(i)}`,
    ),
    ...plan.metric.measures.map(
      (measure, i) => sql`${stateName(findMeasure(rollup, measure))} as ${heldName(i)}`,
    ),
    sql`weight`,
  ];
  const conditions = [
    sql`project = ${project}`,
    sql`bucket >= ${binder.bind('Int64', fromMs)}`,
    sql`bucket < ${binder.bind('Int64', toMs)}`,
    ...(plan.where ? [printPredicate(plan.where, binder, readHeld(rollup))] : []),
  ];
  return sql`select
  ${joinSql(columns, ',\n')}
from ${quoteName(table)}
where ${joinSql(conditions, '\n  and ')}`;
}

/** The events before the first whole bucket and after the last, one row a bucket of the answer and group. */
function printEdges(
  plan: QueryPlan,
  rollup: RollupPlan,
  project: Sql,
  bounds: Sql | undefined,
  binder: Binder,
): Sql {
  const { fromMs, toMs } = splitRange(rollup, plan);
  const instant = (ms: number): Sql => printInstant(ms, binder);
  const at = sql`toUnixTimestamp64Milli(timestamp)`;
  // Without buckets a row only has to lie on the right side of the boundaries, which are never inside an edge.
  const start = bounds
    ? sql`roundDown(${at}, ${bounds})`
    : sql`if(${at} < ${binder.bind('Int64', fromMs)}, ${binder.bind('Int64', plan.scanFromMs)}, ${binder.bind('Int64', toMs)})`;
  const range = [
    sql`timestamp >= ${instant(plan.scanFromMs)}`,
    sql`timestamp < ${instant(plan.toMs)}`,
    sql`(timestamp < ${instant(fromMs)} or timestamp >= ${instant(toMs)})`,
  ];
  const { metric, dimensions, where } = plan;
  const facts = printFacts({ metric, dimensions, where }, project, start, range, undefined, binder);
  const groups = dimensions.map((_, i) => dimensionName(i));
  const columns = [
    sql`bucket as ${bounds ? sql`start` : sql`at`}`,
    ...groups.map((name, i) => sql`${name} as ${groupName(i)}`),
    ...metric.measures.map((measure, i) => sql`${facts.printMeasure(measure, 'state')} as ${heldName(i)}`),
    sql`countState() as weight`,
  ];
  return sql`select
  ${joinSql(columns, ',\n')}
from
(
  ${facts.tables[0]!.body}
)
group by ${joinSql([sql`bucket`, ...groups], ', ')}`;
}
