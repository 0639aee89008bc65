/**
 * A question as one SQL statement: one scan of the events, one row for each bucket and group.
 *
 *   facts    the events, with what is needed of them                                        facts.ts
 *   cells    a state of every measure for each bucket and group that has events
 *   ranked   the groups in the order of their events; those behind the limit become $other
 *   dense    every bucket of every group, states of empty cells empty; states merged where groups became one
 *   framed   the leaves of the formula: states merged over each leaf's frame of rows
 *
 * Parts a question does not need are left out: without dimensions nothing is ranked, without functions over time
 * nothing is framed, and with the grain `all` there are no buckets to fill, so leaves are cells of a range of time.
 */
import type { QueryPlan } from '../plan/types.js';
import { printBounds } from './bounds.js';
import { printBuckets } from './buckets.js';
import { printFacts, printInstant } from './facts.js';
import { groupName, type Table } from './names.js';
import { printRanges } from './ranges.js';
import { type Bindable, type Binder, createBinder, joinSql, type Sql, sql } from './sql.js';
import { printValue } from './value.js';

/** A statement ready to run. Columns of a row: `bucket` (epoch milliseconds), one text or null a dimension, `value`. */
export interface PrintedQuery {
  readonly sql: string;
  readonly params: Readonly<Record<string, Bindable>>;
}

/** Prints a planned question. */
export function printQuery(plan: QueryPlan): PrintedQuery {
  const binder = createBinder();
  const project = binder.bind('String', plan.project);
  const range = [
    sql`timestamp >= ${printInstant(plan.scanFromMs, binder)}`,
    sql`timestamp < ${printInstant(plan.scanToMs, binder)}`,
  ];
  const bounds = plan.grain === 'all' ? undefined : printBounds(plan.bounds.slice(0, -1), binder);
  const bucket = bounds && sql`roundDown(toUnixTimestamp64Milli(timestamp), ${bounds})`;
  const facts = printFacts(plan, project, bucket, range, plan.toMs, binder);
  const { tables, from, leaves } = bounds
    ? printBuckets(plan, facts, bounds, binder)
    : printRanges(plan, facts, binder);
  const statement = sql`with
  ${joinSql([...facts.tables, ...tables].map(printTable), ',\n')}
${printAnswer(plan, binder, from, leaves)}`;
  return { sql: statement.text, params: binder.params };
}

const printTable = ({ name, body }: Table): Sql => sql`${name} as
(
  ${body}
)`;

/** Rows of the answer in order. Infinity, which arithmetic may reach, is null in the engine's JSON. */
function printAnswer(plan: QueryPlan, binder: Binder, from: Sql, leaves: readonly Sql[]): Sql {
  const value = printValue(plan.value, leaves, binder);
  const groups = plan.dimensions.map((_, i) => groupName(i));
  const order = [sql`bucket`, ...groups.map((group) => sql`${group} asc nulls last`)];
  const lookedBack = plan.bounds[0] !== undefined && plan.bounds[0] < plan.shownFromMs;
  const shown = lookedBack ? sql`\nwhere bucket >= ${binder.bind('Int64', plan.shownFromMs)}` : sql``;
  return sql`select
  ${joinSql([sql`bucket`, ...groups, sql`${value} as value`], ',\n')}
from ${from}${shown}
order by ${joinSql(order, ', ')}`;
}
