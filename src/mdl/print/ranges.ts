/** The grain `all`: one row a group, each leaf a measure over its own range of time. */
import type { QueryPlan, RangedLeaf } from '../plan/types.js';
import { type Form, printMerge } from './aggregate.js';
import type { Facts } from './facts.js';
import {
  alias,
  leafName,
  listDimensions,
  listGroups,
  type Parts,
  printAllGroups,
  printGroups,
  stateName,
  toLeaf,
} from './names.js';
import { type Binder, joinSql, type Sql, sql } from './sql.js';

export function printRanges(plan: QueryPlan, facts: Facts, few: boolean, binder: Binder): Parts {
  if (plan.dimensions.length === 0) return printOne(plan, facts, binder);
  return few ? printGroupsAtOnce(plan, facts, binder) : printRankedGroups(plan, facts, binder);
}

/** The measure of each leaf over its range; undefined: the leaf is the length of its range. */
function listMeasured(
  plan: QueryPlan,
  facts: Facts,
  form: Form,
  binder: Binder,
): readonly (Sql | undefined)[] {
  return (plan.leaves as readonly RangedLeaf[]).map((leaf) => {
    if (leaf.measure === 'seconds') return undefined;
    const whole = leaf.fromMs <= plan.scanFromMs && leaf.toMs >= plan.toMs;
    const within = sql`at >= ${binder.bind('Int64', leaf.fromMs)} and at < ${binder.bind('Int64', leaf.toMs)}`;
    return facts.printMeasure(plan.metric.measures[leaf.measure]!, form, whole ? undefined : within);
  });
}

/** Each leaf: its length, or what `print` says of a measure. */
const printLeaves = (
  plan: QueryPlan,
  binder: Binder,
  print: (measure: number, i: number) => Sql,
): readonly Sql[] =>
  (plan.leaves as readonly RangedLeaf[]).map(({ measure, fromMs, toMs }, i) =>
    measure === 'seconds' ? binder.bind('Float64', (toMs - fromMs) / 1000) : print(measure, i),
  );

/** One row, whether there are events or not: `cells` has no keys. */
function printOne(plan: QueryPlan, facts: Facts, binder: Binder): Parts {
  const measured = listMeasured(plan, facts, 'value', binder);
  const leaves = printLeaves(plan, binder, (measure, i) => toLeaf(plan, measure, measured[i]!));
  const bucket = binder.bind('Int64', plan.fromMs);
  const values = leaves.map((leaf, i) => sql`${leaf} as ${leafName(i)}`);
  const body = sql`select
  ${joinSql([sql`${bucket} as bucket`, ...values, sql`${facts.weight} as weight`], ',\n')}
from ${facts.from}`;
  return {
    tables: [{ name: sql`cells`, body }],
    from: sql`cells`,
    bucket: sql`bucket`,
    groups: [],
    leaves: leaves.map((_, i) => leafName(i)),
  };
}

function printGroupsAtOnce(plan: QueryPlan, facts: Facts, binder: Binder): Parts {
  const measured = listMeasured(plan, facts, 'value', binder);
  return {
    tables: [],
    from: facts.from,
    bucket: sql`${binder.bind('Int64', plan.fromMs)} as bucket`,
    groups: printAllGroups(plan, facts),
    leaves: printLeaves(plan, binder, (measure, i) => toLeaf(plan, measure, measured[i]!)),
    keys: listGroups(plan),
  };
}

function printRankedGroups(plan: QueryPlan, facts: Facts, binder: Binder): Parts {
  const states = listMeasured(plan, facts, 'state', binder).flatMap((state, i) =>
    state ? [sql`${state} as ${stateName(i)}`] : [],
  );
  const dimensions = listDimensions(plan);
  const columns = dimensions.map((name, i) => alias(facts.dimension(i), name));
  const cells = sql`select
  ${joinSql([...columns, ...states, sql`${facts.weight} as weight`], ',\n')}
from ${facts.from}
group by ${joinSql(dimensions, ', ')}`;
  const held = (plan.leaves as readonly RangedLeaf[]).flatMap((leaf, i) =>
    leaf.measure === 'seconds' ? [] : [stateName(i)],
  );
  const ranked = sql`select
  ${joinSql([...dimensions, ...held, sql`row_number() over (order by weight desc, ${joinSql(dimensions, ', ')}) as place`], ',\n')}
from cells`;
  return {
    tables: [
      { name: sql`cells`, body: cells },
      { name: sql`ranked`, body: ranked },
    ],
    from: sql`ranked`,
    bucket: sql`${binder.bind('Int64', plan.fromMs)} as bucket`,
    groups: printGroups(plan, binder),
    leaves: printLeaves(plan, binder, (measure, i) =>
      toLeaf(plan, measure, printMerge(plan.metric.measures[measure]!.aggregate, stateName(i), 'value')),
    ),
    keys: listGroups(plan),
  };
}
