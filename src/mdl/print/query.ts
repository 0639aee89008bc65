/**
 * A question as one SQL statement: one scan, a row for each bucket and group that has events. Columns: `bucket` (epoch milliseconds),
 * `g0`, `g1`, … (the JSON of each dimension's value, null where absent, or $other), `value`, and `is_total` where the total
 * is asked for too: 1 in the row that has it.
 *
 *   facts    the events, with what is needed of them                                        facts.ts
 *   cells    a state of every measure for each bucket and group that has events
 *   ranked   the groups in the order of their events; those behind the limit become $other
 *   dense    every bucket of every group, states of empty cells empty; states merged where groups became one
 *   framed   the leaves of the formula: states merged over each leaf's frame of rows
 *
 * Parts a question does not need are left out: without dimensions nothing is ranked; without functions over time nothing is dense or
 * framed, and without either the events are grouped at once; with the grain `all` leaves are cells of a range of time.
 */
import type { QueryPlan } from '../plan/types.js';
import { printBounds } from './bounds.js';
import { printBuckets } from './buckets.js';
import { type Facts, printDays, printFacts, printInstant } from './facts.js';
import { listGroups, type Parts, type Table } from './names.js';
import { printRanges } from './ranges.js';
import { printRollupFacts, type RollupSource } from './rollup-facts.js';
import { type Binder, createBinder, EMPTY, joinSql, type PrintedQuery, type Sql, sql } from './sql.js';
import { printValue } from './value.js';

export interface Shape {
  /** A row more comes first: the metric over all rows, which must hold it (plan/query.ts). One row alone is that already. */
  readonly total?: boolean;
  /** There are no more groups than the limit, so that none has to be ranked. Who says so sees from the answer whether it was true. */
  readonly few?: boolean;
}

/** Prints a planned question, from the events or from a rollup in whose way nothing stands (plan/rollup.ts). */
export function printQuery(plan: QueryPlan, source?: RollupSource, shape: Shape = {}): PrintedQuery {
  const { total = false, few = false } = shape;
  const binder = createBinder();
  const project = binder.bind('String', plan.project);
  const bounds = plan.grain === 'all' ? undefined : printBounds(plan.bounds.slice(0, -1), binder);
  const facts = source
    ? printRollupFacts(plan, source, project, bounds, binder)
    : printEventFacts(plan, project, bounds, binder);
  const parts = bounds
    ? printBuckets(plan, facts, bounds, few, binder)
    : printRanges(plan, facts, few, binder);
  const statement = sql`with
  ${joinSql([...facts.tables, ...parts.tables].map(printTable), ',\n')}
${printAnswer(plan, parts, total, binder)}`;
  return { sql: statement.text, params: binder.params };
}

function printEventFacts(plan: QueryPlan, project: Sql, bounds: Sql | undefined, binder: Binder): Facts {
  const range = [
    sql`timestamp >= ${printInstant(plan.scanFromMs, binder)}`,
    sql`timestamp < ${printInstant(plan.scanToMs, binder)}`,
    ...printDays(plan.scanFromMs, plan.scanToMs, binder),
  ];
  const bucket = bounds && sql`roundDown(toUnixTimestamp64Milli(timestamp), ${bounds})`;
  return printFacts(plan, project, bucket, range, plan.toMs, binder);
}

const printTable = ({ name, body }: Table): Sql => sql`${name} as
(
  ${body}
)`;

/** Rows of the answer in order. Infinity, which arithmetic may reach, is null in the engine's JSON. */
function printAnswer(plan: QueryPlan, parts: Parts, total: boolean, binder: Binder): Sql {
  const { bucket, groups, keys } = parts;
  const value = printValue(plan.value, parts.leaves, binder);
  const isTotal = total && keys ? [sql`grouping(${keys[0]!}) as is_total`] : [];
  const order = [
    ...isTotal.map(() => sql`is_total desc`),
    sql`bucket`,
    ...listGroups(plan).map((group) => sql`${group} asc nulls last`),
  ];
  const lookedBack = plan.bounds[0] !== undefined && plan.bounds[0] < plan.shownFromMs;
  const shown = lookedBack ? sql`\nwhere bucket >= ${binder.bind('Int64', plan.shownFromMs)}` : sql``;
  return sql`select
  ${joinSql([bucket, ...groups, sql`${value} as value`, ...isTotal], ',\n')}
from ${parts.from}${shown}${keys ? printGrouping(keys, total) : EMPTY}
order by ${joinSql(order, ', ')}`;
}

function printGrouping(keys: readonly Sql[], total: boolean): Sql {
  const listed = joinSql(keys, ', ');
  return total
    ? sql`
group by grouping sets ((${listed}), ())`
    : sql`
group by ${listed}`;
}
