/**
 * Rollups as SQL: the table, the view that feeds it, the statements that fill it with what was stored before.
 *
 * Without a gap or a double while events arrive: an event belongs to the view or to the filling by when it was received,
 * before or after one instant, the cut. The view takes what is received from the cut on; filling takes the rest, once
 * everything received before the cut is stored.
 *
 * The two lie in partitions of their own (`filled` 0 and 1, then the month of the bucket). A month is filled into a table
 * beside and put in place as a whole, replacing what was there: doing it twice, or half and again, comes to the same.
 *
 * The table's column types are those of the view's own select, so the two cannot differ. A repeated insert, which the
 * events table drops by its token, is dropped by this table too (its deduplication window).
 */

import type { RollupPlan } from '../plan/rollup.js';
import { dimensionName, type Facts, printFacts, printInstant } from './facts.js';
import { stateName } from './names.js';
import { type Binder, createBinder, joinSql, type PrintedQuery, quoteName, type Sql, sql } from './sql.js';

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

/** Which rows of the events, and what they are marked with. */
interface Share {
  readonly filled: 0 | 1;
  readonly conditions: (binder: Binder) => readonly Sql[];
}

/** What comes by the view. */
const fromView = ({ cutMs }: RollupTarget): Share => ({
  filled: 0,
  conditions: (binder) => [sql`received_at >= ${printInstant(cutMs, binder)}`],
});

const NOTHING: Share = { filled: 0, conditions: () => [] };

const beforeCut = ({ cutMs }: RollupTarget, binder: Binder): Sql =>
  sql`received_at < ${printInstant(cutMs, binder)}`;

/** The events a rollup is made of, with their buckets, dimensions and values; those the conditions hold for. */
export function printRows(
  { rollup, project }: Pick<RollupTarget, 'rollup' | 'project'>,
  conditions: readonly Sql[],
  binder: Binder,
): Facts {
  const { metric, dimensions, grainMs } = rollup;
  const unit = sql`toUnixTimestamp64Milli(timestamp) - positiveModulo(toUnixTimestamp64Milli(timestamp), ${grainMs})`;
  return printFacts(
    { metric, dimensions, where: undefined },
    binder.bind('String', project),
    unit,
    conditions,
    undefined,
    binder,
  );
}

function printStates(target: RollupTarget, share: Share, binder: Binder): Sql {
  const { metric, dimensions } = target.rollup;
  const project = binder.bind('String', target.project);
  const facts = printRows(target, share.conditions(binder), binder);
  const keys = [sql`bucket`, ...dimensions.map((_, i) => dimensionName(i))];
  const states = metric.measures.map(
    (measure, i) => sql`${facts.printMeasure(measure, 'state')} as ${stateName(i)}`,
  );
  const marks = [
    sql`toUInt8(${share.filled}) as filled`,
    sql`cast(${project}, 'LowCardinality(String)') as project`,
  ];
  return sql`select
  ${joinSql([...marks, ...keys, ...states, sql`countState() as weight`], ',\n')}
from
(
  ${facts.tables[0]!.body}
)
group by ${joinSql([sql`filled`, sql`project`, ...keys], ', ')}`;
}

/** Parts are fsynced as those of events are: an acknowledged batch is in its rollups too. */
const SETTINGS = sql`settings
  allow_nullable_key = 1,
  non_replicated_deduplication_window = 10000,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1,
  min_compressed_bytes_to_fsync_after_merge = 1`;

/** The statements that make a rollup and its view, in order. */
export function printRollup(target: RollupTarget): readonly PrintedQuery[] {
  const tableBinder = createBinder();
  const keys = [sql`project`, sql`bucket`, ...target.rollup.dimensions.map((_, i) => dimensionName(i))];
  const table = sql`create table if not exists ${quoteName(target.table)}
engine = AggregatingMergeTree
partition by (filled, toYYYYMM(fromUnixTimestamp64Milli(bucket, 'UTC')))
order by (${joinSql(keys, ', ')})
${SETTINGS}
empty as
${printStates(target, NOTHING, tableBinder)}`;
  const viewBinder = createBinder();
  const view = sql`create materialized view if not exists ${viewName(target.table)} to ${quoteName(target.table)} as
${printStates(target, fromView(target), viewBinder)}`;
  return [finish(table, tableBinder), finish(view, viewBinder)];
}

/** The months (202401) that have something to fill, ascending, as the column `month`; those after `after`. */
export function printMonths(target: RollupTarget, after: number): PrintedQuery {
  const binder = createBinder();
  const conditions = [beforeCut(target, binder), sql`toYYYYMM(timestamp) > ${after}`];
  const facts = printRows(target, conditions, binder);
  return finish(
    sql`select distinct toYYYYMM(fromUnixTimestamp64Milli(bucket, 'UTC')) as month
from
(
  ${facts.tables[0]!.body}
)
order by month`,
    binder,
  );
}

/** One month's filling, statement by statement. */
export interface Filling {
  /** Makes a table beside the rollup and fills it. */
  readonly fill: readonly PrintedQuery[];
  /** Puts what was filled in the month's place; when nothing was, `empty` does. */
  readonly place: PrintedQuery;
  readonly empty: PrintedQuery;
  /** Removes the table beside. */
  readonly clear: PrintedQuery;
}

/**
 * Fills one month with what was received before the cut, by way of a table of its own, `staging`, which nobody else may use.
 * To be run when all of that is stored.
 */
export function printFilling(target: RollupTarget, month: number, staging: string): Filling {
  const [table, beside] = [quoteName(target.table), quoteName(staging)];
  const binder = createBinder();
  const share: Share = {
    filled: 1,
    conditions: (b) => [beforeCut(target, b), sql`toYYYYMM(timestamp) = ${month}`],
  };
  const plain = (statement: Sql): PrintedQuery => finish(statement, createBinder());
  return {
    fill: [
      plain(sql`create table ${beside} as ${table}`),
      finish(
        sql`insert into ${beside}
${printStates(target, share, binder)}`,
        binder,
      ),
    ],
    place: plain(sql`alter table ${table} replace partition (1, ${month}) from ${beside}`),
    empty: plain(sql`alter table ${table} drop partition (1, ${month})`),
    clear: plain(sql`drop table if exists ${beside}`),
  };
}

/** The statements that remove a rollup, the view first. */
export function printRemoval(table: string): readonly PrintedQuery[] {
  return [sql`drop view if exists ${viewName(table)}`, sql`drop table if exists ${quoteName(table)}`].map(
    (statement) => finish(statement, createBinder()),
  );
}
