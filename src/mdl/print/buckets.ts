/**
 * Grains with buckets: states in cells, every bucket of every group filled, states merged over each leaf's frame.
 *
 * A formula without functions over time takes the value of its own row's states. One with them needs the states of
 * other rows: a window over the group's rows in the order of their buckets, which are dense, so a bucket is a row.
 */
import type { FramedLeaf, QueryPlan } from '../plan/types.js';
import { printMerge, printMergeState } from './aggregate.js';
import { dimensionName, type Facts } from './facts.js';
import {
  alias,
  groupName,
  leafName,
  type Parts,
  printGroups,
  stateName,
  type Table,
  toLeaf,
} from './names.js';
import { type Binder, joinSql, type Sql, sql } from './sql.js';

/** The tables of a question with buckets; `bounds` is the list of their starts. */
export function printBuckets(plan: QueryPlan, facts: Facts, bounds: Sql, binder: Binder): Parts {
  const leaves = plan.leaves as readonly FramedLeaf[];
  const framed = leaves.some((leaf) => !isPlain(leaf));
  const tables: Table[] = [{ name: sql`cells`, body: printCells(plan, facts) }];
  const dimensioned = plan.dimensions.length > 0;
  if (dimensioned) tables.push({ name: sql`ranked`, body: printRanked(plan) });
  const direct = dimensioned && !framed;
  tables.push({
    name: sql`dense`,
    body: dimensioned ? printDenseGroups(plan, leaves, direct, bounds, binder) : printDense(plan, bounds),
  });
  if (direct) return { tables, from: sql`dense`, leaves: leaves.map((_, i) => leafName(i)) };
  if (!framed) return { tables, from: sql`dense`, leaves: leaves.map((leaf) => toOwnLeaf(plan, leaf)) };
  tables.push({ name: sql`framed`, body: printFramed(plan, leaves, binder) });
  return { tables, from: sql`framed`, leaves: leaves.map((_, i) => leafName(i)) };
}

/** A measure of its own bucket. */
const isPlain = (leaf: FramedLeaf): boolean =>
  leaf.measure !== 'seconds' && leaf.first === 0 && leaf.last === 0;

const toOwnLeaf = (plan: QueryPlan, leaf: FramedLeaf): Sql =>
  toLeaf(plan, leaf.measure as number, sql`finalizeAggregation(${stateName(leaf.measure as number)})`);

const listDimensions = (plan: QueryPlan): readonly Sql[] => plan.dimensions.map((_, i) => dimensionName(i));
const listGroups = (plan: QueryPlan): readonly Sql[] => plan.dimensions.map((_, i) => groupName(i));
const listStates = (plan: QueryPlan): readonly Sql[] => plan.metric.measures.map((_, i) => stateName(i));

function printCells(plan: QueryPlan, facts: Facts): Sql {
  const keys = [sql`cell`, ...listDimensions(plan)];
  const dimensions = listDimensions(plan).map((name, i) => alias(facts.dimension(i), name));
  const states = plan.metric.measures.map(
    (measure, i) => sql`${facts.printMeasure(measure)} as ${stateName(i)}`,
  );
  const weight = plan.dimensions.length > 0 ? [sql`${facts.weight} as weight`] : [];
  return sql`select
  ${joinSql([sql`${facts.bucket} as cell`, ...dimensions, ...states, ...weight], ',\n')}
from ${facts.from}
group by ${joinSql(keys, ', ')}`;
}

/** `place` orders the groups by their events, the largest 1; `ordinal` counts the cells of a group. */
function printRanked(plan: QueryPlan): Sql {
  const dimensions = joinSql(listDimensions(plan), ', ');
  const columns = [sql`cell`, ...listDimensions(plan), ...listStates(plan)];
  return sql`select
  ${joinSql(columns, ',\n')},
  dense_rank() over (order by total desc, ${dimensions}) as place,
  row_number() over (partition by ${dimensions} order by cell) as ordinal
from
(
  select
    ${joinSql(columns, ',\n')},
    sum(weight) over (partition by ${dimensions}) as total
  from cells
)`;
}

/** Without dimensions: a row a bucket, the states of a bucket without events empty. */
function printDense(plan: QueryPlan, bounds: Sql): Sql {
  return sql`select
  ${joinSql([sql`slots.bucket as bucket`, ...listStates(plan)], ',\n')}
from (select arrayJoin(${bounds}) as bucket) as slots
left join cells on cells.cell = slots.bucket`;
}

/**
 * With dimensions: the first cell of each group brings along every bucket, without its states. `direct`: the leaves'
 * values, else states for the frames to merge.
 */
function printDenseGroups(
  plan: QueryPlan,
  leaves: readonly FramedLeaf[],
  direct: boolean,
  bounds: Sql,
  binder: Binder,
): Sql {
  const own = sql`slot.2`;
  const merged = direct
    ? leaves.map(
        (leaf, i) =>
          sql`${toLeaf(plan, leaf.measure as number, printMerge(findAggregate(plan, leaf), stateName(leaf.measure as number), own))} as ${leafName(i)}`,
      )
    : plan.metric.measures.map(
        (measure, i) => sql`${printMergeState(measure.aggregate, stateName(i), own)} as ${stateName(i)}`,
      );
  return sql`select
  ${joinSql([sql`slot.1 as bucket`, ...printGroups(plan, binder), ...merged], ',\n')}
from ranked
array join arrayConcat(
  [(cell, true)],
  if(ordinal = 1 and place <= ${plan.groupLimit + 1}, arrayMap(start -> (start, false), ${bounds}), [])
) as slot
group by ${joinSql([sql`bucket`, ...listGroups(plan)], ', ')}`;
}

const findAggregate = (plan: QueryPlan, leaf: FramedLeaf): string =>
  plan.metric.measures[leaf.measure as number]!.aggregate;

// --- frames

function printFramed(plan: QueryPlan, leaves: readonly FramedLeaf[], binder: Binder): Sql {
  const columns = leaves.map((leaf, i) => sql`${printLeaf(plan, leaf, binder)} as ${leafName(i)}`);
  return sql`select
  ${joinSql([sql`bucket`, ...listGroups(plan), ...columns], ',\n')}
from dense`;
}

function printLeaf(plan: QueryPlan, leaf: FramedLeaf, binder: Binder): Sql {
  if (leaf.measure === 'seconds') return printSeconds(plan, leaf, binder);
  if (isPlain(leaf)) return toOwnLeaf(plan, leaf);
  const state = stateName(leaf.measure);
  const since =
    leaf.first === undefined ? sql`bucket >= ${binder.bind('Int64', plan.shownFromMs)}` : undefined;
  return toLeaf(
    plan,
    leaf.measure,
    sql`${printMerge(findAggregate(plan, leaf), state, since)} over ${printWindow(plan, leaf)}`,
  );
}

const printWindow = (plan: QueryPlan, leaf: { first: number | undefined; last: number }): Sql => {
  const groups = listGroups(plan);
  const partition = groups.length > 0 ? sql`partition by ${joinSql(groups, ', ')} ` : sql``;
  const first = leaf.first === undefined ? sql`unbounded preceding` : printOffset(leaf.first);
  return sql`(${partition}order by bucket rows between ${first} and ${printOffset(leaf.last)})`;
};

/** Rows back as a bound of a frame; a negative number is ahead. */
const printOffset = (back: number): Sql =>
  back > 0 ? sql`${back} preceding` : back === 0 ? sql`current row` : sql`${-back} following`;

/** The length of a frame, as far as it lies in the range that is read: from its first row to the row after its last. */
function printSeconds(plan: QueryPlan, leaf: FramedLeaf, binder: Binder): Sql {
  const end = binder.bind('Int64', plan.bounds[plan.bounds.length - 1]!);
  const after = sql`ifNull(minOrNull(bucket) over ${printWindow(plan, { first: leaf.last - 1, last: leaf.last - 1 })}, ${end})`;
  const isCumulative = leaf.first === undefined;
  const rows = isCumulative
    ? sql`minOrNullIf(bucket, bucket >= ${binder.bind('Int64', plan.shownFromMs)})`
    : sql`minOrNull(bucket)`;
  const start = sql`${rows} over ${printWindow(plan, leaf)}`;
  const from = binder.bind('Int64', isCumulative ? plan.fromMs : plan.scanFromMs);
  return sql`(least(${after}, ${binder.bind('Int64', plan.toMs)}) - greatest(${start}, ${from})) / 1000`;
}
