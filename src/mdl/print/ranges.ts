/** The grain `all`: one row a group, each leaf the state of a measure over its own range of time. */
import type { QueryPlan, RangedLeaf } from '../plan/types.js';
import { printMerge } from './aggregate.js';
import { dimensionName, type Facts } from './facts.js';
import { alias, groupName, leafName, type Parts, printGroups, stateName, toLeaf } from './names.js';
import { type Binder, joinSql, type Sql, sql } from './sql.js';

/** One row a group: each leaf is the state of a measure over its own range of time. */
export function printRanges(plan: QueryPlan, facts: Facts, binder: Binder): Parts {
  const leaves = plan.leaves as readonly RangedLeaf[];
  const states = leaves.map((leaf, i) => {
    if (leaf.measure === 'seconds') return undefined;
    const whole = leaf.fromMs <= plan.scanFromMs && leaf.toMs >= plan.toMs;
    const within = sql`at >= ${binder.bind('Int64', leaf.fromMs)} and at < ${binder.bind('Int64', leaf.toMs)}`;
    return sql`${facts.printMeasure(plan.metric.measures[leaf.measure]!, whole ? undefined : within)} as ${stateName(i)}`;
  });
  const columns = states.filter((state) => state !== undefined);
  const bucket = binder.bind('Int64', plan.fromMs);
  const length = (leaf: RangedLeaf): Sql => binder.bind('Float64', (leaf.toMs - leaf.fromMs) / 1000);
  const printLeaves = (merge: (aggregate: string, i: number) => Sql): readonly Sql[] =>
    leaves.map((leaf, i) =>
      leaf.measure === 'seconds'
        ? length(leaf)
        : toLeaf(plan, leaf.measure, merge(plan.metric.measures[leaf.measure]!.aggregate, i)),
    );
  if (plan.dimensions.length === 0) {
    const body = sql`select
  ${joinSql([sql`${bucket} as bucket`, ...columns, sql`${facts.weight} as weight`], ',\n')}
from ${facts.from}`;
    return {
      tables: [{ name: sql`cells`, body }],
      from: sql`cells`,
      leaves: printLeaves((_, i) => sql`finalizeAggregation(${stateName(i)})`),
    };
  }
  const dimensions = plan.dimensions.map((_, i) => dimensionName(i));
  const cells = sql`select
  ${joinSql([...dimensions.map((name, i) => alias(facts.dimension(i), name)), ...columns, sql`${facts.weight} as weight`], ',\n')}
from ${facts.from}
group by ${joinSql(dimensions, ', ')}`;
  const names = states.flatMap((state, i) => (state ? [stateName(i)] : []));
  const ranked = sql`select
  ${joinSql([...dimensions, ...names, sql`row_number() over (order by weight desc, ${joinSql(dimensions, ', ')}) as place`], ',\n')}
from cells`;
  const groups = printGroups(plan, binder);
  const values = printLeaves((aggregate, i) => printMerge(aggregate, stateName(i)));
  const dense = sql`select
  ${joinSql([sql`${bucket} as bucket`, ...groups, ...values.map((value, i) => sql`${value} as ${leafName(i)}`)], ',\n')}
from ranked
group by ${joinSql(
    plan.dimensions.map((_, i) => groupName(i)),
    ', ',
  )}`;
  const tables = [
    { name: sql`cells`, body: cells },
    { name: sql`ranked`, body: ranked },
    { name: sql`dense`, body: dense },
  ];
  return { tables, from: sql`dense`, leaves: leaves.map((_, i) => leafName(i)) };
}
