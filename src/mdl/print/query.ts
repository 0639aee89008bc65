/**
 * A question as one SQL statement: one scan, one row for each bucket and group. Columns: `bucket` (epoch milliseconds),
 * `g0`, `g1`, … (the JSON of each dimension's value, null where absent, or $other), `value`.
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
import { type Facts, printDays, printFacts, printInstant } from './facts.js';
import { groupName, type Table } from './names.js';
import { printRanges } from './ranges.js';
import { printRollupFacts, type RollupSource } from './rollup-facts.js';
import { type Binder, createBinder, joinSql, type PrintedQuery, type Sql, sql } from './sql.js';
import { printValue } from './value.js';

/** Prints a planned question, from the events or from a rollup in whose way nothing stands (plan/rollup.ts). */
export function printQuery(plan: QueryPlan, source?: RollupSource): PrintedQuery {
  const binder = createBinder();
  const project = binder.bind('String', plan.project);
  const bounds = plan.grain === 'all' ? undefined : printBounds(plan.bounds.slice(0, -1), binder);
  const facts = source
    ? printRollupFacts(plan, source, project, bounds, binder)
    : printEventFacts(plan, project, bounds, binder);
  const { tables, from, leaves } = bounds
    ? printBuckets(plan, facts, bounds, binder)
    : printRanges(plan, facts, binder);
  const statement = sql`with
  ${joinSql([...facts.tables, ...tables].map(printTable), ',\n')}
${printAnswer(plan, binder, from, leaves)}`;
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
