/**
 * Grains with buckets. Cells without events are left out where nobody looks at them: what is answered for one is known without
 * asking (plan/evaluate.ts).
 *
 * A formula without functions over time takes the value of its own row. One with them needs the states of
 * other rows: a window over the group's rows in the order of their buckets, which are made dense, so that a bucket is a row.
 */
import { isOwnBucket } from '../plan/query.js';
import type { FramedLeaf, QueryPlan } from '../plan/types.js';
import { printMerge } from './aggregate.js';
import type { Facts } from './facts.js';
import {
  alias,
  leafName,
  listDimensions,
  listGroups,
  listStates,
  type Parts,
  printAllGroups,
  printGroups,
  stateName,
  type Table,
  toLeaf,
} from './names.js';
import { type Binder, joinSql, type Sql, sql } from './sql.js';

/** The parts of a question with buckets; `bounds` is the list of their starts. */
export function printBuckets(
  plan: QueryPlan,
  facts: Facts,
  bounds: Sql,
  few: boolean,
  binder: Binder,
): Parts {
  const leaves = plan.leaves as readonly FramedLeaf[];
  if (!leaves.every(isOwnBucket)) return printFrames(plan, facts, leaves, bounds, binder);
  return few || plan.dimensions.length === 0
    ? printPlain(plan, facts)
    : printRankedGroups(plan, facts, binder);
}

/** Each leaf as a value of the measure it is of. */
const printOwn = (plan: QueryPlan, print: (measure: number) => Sql): readonly Sql[] =>
  plan.leaves.map(({ measure }) => toLeaf(plan, measure as number, print(measure as number)));

const printPlain = (plan: QueryPlan, facts: Facts): Parts => ({
  tables: [],
  from: facts.from,
  bucket: alias(facts.bucket, sql`bucket`),
  groups: printAllGroups(plan, facts),
  leaves: printOwn(plan, (i) => facts.printMeasure(plan.metric.measures[i]!, 'value')),
  keys: [sql`bucket`, ...listGroups(plan)],
});

const printRankedGroups = (plan: QueryPlan, facts: Facts, binder: Binder): Parts => ({
  tables: [
    { name: sql`cells`, body: printCells(plan, facts) },
    { name: sql`ranked`, body: printRanked(plan, false) },
  ],
  from: sql`ranked`,
  bucket: sql`cell as bucket`,
  groups: printGroups(plan, binder),
  leaves: printOwn(plan, (i) => printMerge(plan.metric.measures[i]!.aggregate, stateName(i), 'value')),
  keys: [sql`bucket`, ...listGroups(plan)],
});

function printCells(plan: QueryPlan, facts: Facts): Sql {
  const keys = [sql`cell`, ...listDimensions(plan)];
  const dimensions = listDimensions(plan).map((name, i) => alias(facts.dimension(i), name));
  const states = plan.metric.measures.map(
    (measure, i) => sql`${facts.printMeasure(measure, 'state')} as ${stateName(i)}`,
  );
  const weight = plan.dimensions.length > 0 ? [sql`${facts.weight} as weight`] : [];
  return sql`select
  ${joinSql([sql`${facts.bucket} as cell`, ...dimensions, ...states, ...weight], ',\n')}
from ${facts.from}
group by ${joinSql(keys, ', ')}`;
}

/** `place` orders the groups by their events, the largest 1; `ordinal`, if asked for, counts the cells of a group. */
function printRanked(plan: QueryPlan, counted: boolean): Sql {
  const dimensions = joinSql(listDimensions(plan), ', ');
  const columns = [sql`cell`, ...listDimensions(plan), ...listStates(plan)];
  const places = [
    sql`dense_rank() over (order by total desc, ${dimensions}) as place`,
    ...(counted ? [sql`row_number() over (partition by ${dimensions} order by cell) as ordinal`] : []),
  ];
  return sql`select
  ${joinSql([...columns, ...places], ',\n')}
from
(
  select
    ${joinSql([...columns, sql`sum(weight) over (partition by ${dimensions}) as total`], ',\n')}
  from cells
)`;
}

// --- frames

function printFrames(
  plan: QueryPlan,
  facts: Facts,
  leaves: readonly FramedLeaf[],
  bounds: Sql,
  binder: Binder,
): Parts {
  const dimensioned = plan.dimensions.length > 0;
  const tables: readonly Table[] = [
    { name: sql`cells`, body: printCells(plan, facts) },
    ...(dimensioned ? [{ name: sql`ranked`, body: printRanked(plan, true) }] : []),
    {
      name: sql`dense`,
      body: dimensioned ? printDenseGroups(plan, bounds, binder) : printDense(plan, bounds),
    },
    { name: sql`framed`, body: printFramed(plan, leaves, binder) },
  ];
  return {
    tables,
    from: sql`framed`,
    bucket: sql`bucket`,
    groups: listGroups(plan),
    leaves: leaves.map((_, i) => leafName(i)),
  };
}

/** Without dimensions: a row a bucket, the states of a bucket without events empty. */
function printDense(plan: QueryPlan, bounds: Sql): Sql {
  return sql`select
  ${joinSql([sql`slots.bucket as bucket`, ...listStates(plan)], ',\n')}
from (select arrayJoin(${bounds}) as bucket) as slots
left join cells on cells.cell = slots.bucket`;
}

/** With dimensions: the first cell of each group brings along every bucket, without its states. */
function printDenseGroups(plan: QueryPlan, bounds: Sql, binder: Binder): Sql {
  const merged = plan.metric.measures.map(
    ({ aggregate }, i) =>
      sql`${printMerge(aggregate, stateName(i), 'state', sql`slot.2`)} as ${stateName(i)}`,
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

function printFramed(plan: QueryPlan, leaves: readonly FramedLeaf[], binder: Binder): Sql {
  const columns = leaves.map((leaf, i) => sql`${printLeaf(plan, leaf, binder)} as ${leafName(i)}`);
  return sql`select
  ${joinSql([sql`bucket`, ...listGroups(plan), ...columns], ',\n')}
from dense`;
}

function printLeaf(plan: QueryPlan, leaf: FramedLeaf, binder: Binder): Sql {
  if (leaf.measure === 'seconds') return printSeconds(plan, leaf, binder);
  if (isOwnBucket(leaf))
    return toLeaf(plan, leaf.measure, sql`finalizeAggregation(${stateName(leaf.measure)})`);
  const { aggregate } = plan.metric.measures[leaf.measure]!;
  const state = stateName(leaf.measure);
  const since =
    leaf.first === undefined ? sql`bucket >= ${binder.bind('Int64', plan.shownFromMs)}` : undefined;
  return toLeaf(
    plan,
    leaf.measure,
    sql`${printMerge(aggregate, state, 'value', since)} over ${printWindow(plan, leaf)}`,
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
