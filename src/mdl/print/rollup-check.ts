/**
 * A rollup and the events it was made of, asked for the same cells in the same form, so that the two can be compared:
 * `bucket`, `d0` …, `v0` … (the values of the measures) and `events` (how many are behind the cell), in the order of the keys.
 */
import { printMerge } from './aggregate.js';
import { dimensionName, printInstant } from './facts.js';
import { leafName, stateName } from './names.js';
import { printRows, type RollupTarget } from './rollup.js';
import { createBinder, joinSql, type PrintedQuery, quoteName, type Sql, sql } from './sql.js';

/** Half-open, epoch milliseconds, whole buckets. */
export interface CellRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const listKeys = ({ rollup }: RollupTarget, detailed: boolean): readonly Sql[] => [
  sql`bucket`,
  ...(detailed ? rollup.dimensions.map((_, i) => dimensionName(i)) : []),
];

function printCells(from: Sql, keys: readonly Sql[], values: readonly Sql[], events: Sql): Sql {
  const columns = [
    ...keys,
    ...values.map((value, i) => sql`finalizeAggregation(${value}) as ${leafName(i)}`),
  ];
  return sql`select
  ${joinSql([...columns, sql`${events} as events`], ',\n')}
from ${from}
group by ${joinSql(keys, ', ')}
order by ${joinSql(keys, ', ')}`;
}

/** Cells of a range as the events have them. `detailed`: by dimension and with values, else only how many events a bucket has. */
export function printEventCells(target: RollupTarget, range: CellRange, detailed: boolean): PrintedQuery {
  const binder = createBinder();
  const conditions = [
    sql`timestamp >= ${printInstant(range.fromMs, binder)}`,
    sql`timestamp < ${printInstant(range.toMs, binder)}`,
  ];
  const facts = printRows(target, conditions, binder);
  const values = detailed
    ? target.rollup.metric.measures.map((measure) => facts.printMeasure(measure, 'state'))
    : [];
  const statement = printCells(
    sql`
(
  ${facts.tables[0]!.body}
)`,
    listKeys(target, detailed),
    values,
    sql`count()`,
  );
  return { sql: statement.text, params: binder.params };
}

/** The same cells as the rollup has them. */
export function printRollupCells(target: RollupTarget, range: CellRange, detailed: boolean): PrintedQuery {
  const binder = createBinder();
  const values = detailed
    ? target.rollup.metric.measures.map(({ aggregate }, i) => printMerge(aggregate, stateName(i), 'state'))
    : [];
  const statement = printCells(
    sql`${quoteName(target.table)}
where bucket >= ${binder.bind('Int64', range.fromMs)} and bucket < ${binder.bind('Int64', range.toMs)}`,
    listKeys(target, detailed),
    values,
    sql`countMerge(weight)`,
  );
  return { sql: statement.text, params: binder.params };
}

/** Which batch of events. */
export interface BatchName {
  readonly partition: number;
  readonly seq: number;
  /** Between which times of receipt its entries lie, both included; epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The buckets a batch of events touches, as the column `bucket`. */
export function printTouched(target: RollupTarget, batch: BatchName): PrintedQuery {
  const binder = createBinder();
  const conditions = [
    sql`batch_partition = ${batch.partition}`,
    sql`batch_seq = ${batch.seq}`,
    sql`received_at >= ${printInstant(batch.fromMs, binder)}`,
    sql`received_at <= ${printInstant(batch.toMs, binder)}`,
  ];
  const facts = printRows(target, conditions, binder);
  const statement = sql`select distinct bucket
from
(
  ${facts.tables[0]!.body}
)
order by bucket`;
  return { sql: statement.text, params: binder.params };
}
