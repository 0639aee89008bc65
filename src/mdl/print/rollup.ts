/**
 * Rollups as SQL: the table, the view that feeds it, the statement that fills it with what was stored before, and the
 * cells of a question read from it.
 *
 * Without a gap or a double while events arrive: an event belongs to the view or to the filling by when it was received,
 * before or after one instant, the cut. The view takes what is received from the cut on; filling takes the rest, once
 * everything received before the cut is stored.
 *
 * The table's column types are those of the view's own select, so the two cannot differ. A repeated insert, which the
 * events table drops by its token, is dropped by this table too (its deduplication window).
 */

import { findDimension, type RollupPlan } from '../plan/rollup.js';
import type { Measure, QueryPlan } from '../plan/types.js';
import { printMergeState } from './aggregate.js';
import { dimensionName, type Facts, printFacts, printInstant } from './facts.js';
import { stateName } from './names.js';
import {
  type Binder,
  createBinder,
  joinSql,
  type PrintedQuery,
  quoteName,
  type Sql,
  sql,
  word,
} from './sql.js';

export interface RollupTarget {
  readonly rollup: RollupPlan;
  readonly project: string;
  /** The table; the view is named after it. */
  readonly table: string;
  /** Epoch milliseconds: events received from here on come by the view. */
  readonly cutMs: number;
}

const viewName = (table: string): Sql => quoteName(`${table}_feed`);

const finish = (statement: Sql, binder: Binder): PrintedQuery => ({
  sql: statement.text,
  params: binder.params,
});

function printStates(target: RollupTarget, received: Sql | undefined, binder: Binder): Sql {
  const { metric, dimensions, grainMs } = target.rollup;
  const project = binder.bind('String', target.project);
  const unit = sql`toUnixTimestamp64Milli(timestamp) - positiveModulo(toUnixTimestamp64Milli(timestamp), ${grainMs})`;
  const facts = printFacts(
    { metric, dimensions, where: undefined },
    project,
    unit,
    received ? [received] : [],
    undefined,
    binder,
  );
  const keys = [sql`bucket`, ...dimensions.map((_, i) => dimensionName(i))];
  const states = metric.measures.map((measure, i) => sql`${facts.printMeasure(measure)} as ${stateName(i)}`);
  return sql`select
  ${joinSql([sql`cast(${project}, 'LowCardinality(String)') as project`, ...keys, ...states, sql`countState() as weight`], ',\n')}
from
(
  ${facts.tables[0]!.body}
)
group by ${joinSql([sql`project`, ...keys], ', ')}`;
}

/** The statements that make a rollup and its view, in order. */
export function printRollup(target: RollupTarget): readonly PrintedQuery[] {
  const tableBinder = createBinder();
  const keys = [sql`project`, sql`bucket`, ...target.rollup.dimensions.map((_, i) => dimensionName(i))];
  const table = sql`create table if not exists ${quoteName(target.table)}
engine = AggregatingMergeTree
partition by toYYYYMM(fromUnixTimestamp64Milli(bucket, 'UTC'))
order by (${joinSql(keys, ', ')})
settings allow_nullable_key = 1, non_replicated_deduplication_window = 10000
empty as
${printStates(target, undefined, tableBinder)}`;
  const viewBinder = createBinder();
  const received = sql`received_at >= ${printInstant(target.cutMs, viewBinder)}`;
  const view = sql`create materialized view if not exists ${viewName(target.table)} to ${quoteName(target.table)} as
${printStates(target, received, viewBinder)}`;
  return [finish(table, tableBinder), finish(view, viewBinder)];
}

/** Fills the rollup with what was received before the cut. To be run once, when all of that is stored. */
export function printFilling(target: RollupTarget): PrintedQuery {
  const binder = createBinder();
  const received = sql`received_at < ${printInstant(target.cutMs, binder)}`;
  return finish(
    sql`insert into ${quoteName(target.table)}
${printStates(target, received, binder)}`,
    binder,
  );
}

/** The statements that remove a rollup, the view first. */
export function printRemoval(table: string): readonly PrintedQuery[] {
  return [sql`drop view if exists ${viewName(table)}`, sql`drop table if exists ${quoteName(table)}`].map(
    (statement) => finish(statement, createBinder()),
  );
}

/** The rollup's rows in the place of events; the question must have no obstacle (plan/rollup.ts). */
export function printRollupFacts(
  plan: QueryPlan,
  rollup: RollupPlan,
  table: string,
  project: Sql,
  bounds: Sql | undefined,
  binder: Binder,
): Facts {
  const columns = [
    bounds ? sql`roundDown(bucket, ${bounds}) as start` : sql`bucket as at`,
    ...plan.dimensions.map(
      (dimension, i) => sql`${dimensionName(findDimension(rollup, dimension))} as ${word(`k${i}`)}`,
    ),
    ...plan.metric.measures.map((_, i) => sql`${stateName(i)} as ${word(`r${i}`)}`),
    sql`weight`,
  ];
  const body = sql`select
  ${joinSql(columns, ',\n')}
from ${quoteName(table)}
where project = ${project}
  and bucket >= ${binder.bind('Int64', plan.scanFromMs)}
  and bucket < ${binder.bind('Int64', plan.toMs)}`;
  return {
    tables: [{ name: sql`facts`, body }],
    from: sql`facts`,
    bucket: sql`start`,
    dimension: (i) => word(`k${i}`),
    weight: sql`countMerge(weight)`,
    printMeasure: (measure: Measure, condition) =>
      printMergeState(measure.aggregate, word(`r${plan.metric.measures.indexOf(measure)}`), condition),
  };
}
