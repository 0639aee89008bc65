/**
 * The first part of every statement: `facts`, the events a question is about, one row each, with what the rest needs of
 * them; and `reached`, the same with the conversions followed. One scan, whatever the number of measures and dimensions.
 *
 *   at         the event's time, epoch milliseconds
 *   bucket     the start of its bucket
 *   d0 d1 …    dimensions, as JSON
 *   s0 s1 …    whether it belongs to that selection
 *   x0 x1 …    values aggregates read
 *   who        the unit persons are counted by
 *   moment     the order of first and last
 *   reached0 … whether its person went on to the conversion's goal
 */

import { listEventNames } from '../plan/query.js';
import type { Measure, Population, Predicate, QueryPlan, Selection } from '../plan/types.js';
import { type Form, needsMoment, printAggregate } from './aggregate.js';
import { hasDays } from './days.js';
import { listProperties, printPredicate } from './predicate.js';
import { type Binder, joinSql, type Sql, sql, word } from './sql.js';
import { PERSON, printEvents, printGroup, printPeople, printRead } from './storage.js';

export interface FactsPlan {
  readonly metric: Population;
  readonly dimensions: QueryPlan['dimensions'];
  readonly where: Predicate | undefined;
  readonly merged?: boolean | undefined;
}

/** What a statement over facts is made of. `project` and everything bound is already in `binder`. */
export interface Facts {
  /** The common table expressions, in order. */
  readonly tables: readonly { readonly name: Sql; readonly body: Sql }[];
  /** The last of them. */
  readonly from: Sql;
  /** The bucket and the dimensions as columns of `from`, and the number of events behind its rows. */
  readonly bucket: Sql;
  dimension(i: number): Sql;
  readonly weight: Sql;
  /** A measure over rows of `from`, those where `condition` holds. */
  printMeasure(measure: Measure, form: Form, condition?: Sql): Sql;
}

export const dimensionName = (i: number): Sql => word(`d${i}`);
const selectionName = (i: number): Sql => word(`s${i}`);
const valueName = (i: number): Sql => word(`x${i}`);
const reachedName = (i: number): Sql => word(`reached${i}`);

const AT = sql`toUnixTimestamp64Milli(timestamp)`;

/** Times are compared as the column's own type, so that partitions and marks are pruned. */
export const printInstant = (ms: number, binder: Binder): Sql =>
  sql`fromUnixTimestamp64Milli(${binder.bind('Int64', ms)}, 'UTC')`;

/** The days of a span, as the sort key has them; none when the key does not have them in their order. */
export const printDays = (fromMs: number, toMs: number, binder: Binder): readonly Sql[] =>
  hasDays(fromMs, toMs)
    ? [
        sql`toDate(timestamp) between toDate(${printInstant(fromMs, binder)}) and toDate(${printInstant(toMs, binder)})`,
      ]
    : [];

interface Layout {
  readonly plan: FactsPlan;
  readonly values: readonly Sql[];
  /** Measures' conditions are needed: there are several populations. */
  readonly several: boolean;
}

function listValues(measures: readonly Measure[]): readonly Sql[] {
  const read = measures.flatMap(({ value }) => (value ? [printRead(value)] : []));
  return read.filter((value, i) => read.findIndex((other) => other.text === value.text) === i);
}

/**
 * Prints the facts of a plan. `bucket` is the expression of the bucket, if any; `range` limits the time of the events
 * read, and rows at or after `countToMs` are read for conversions only.
 */
export function printFacts(
  plan: FactsPlan,
  project: Sql,
  bucket: Sql | undefined,
  range: readonly Sql[],
  countToMs: number | undefined,
  binder: Binder,
): Facts {
  const { selections, measures, conversions } = plan.metric;
  const layout: Layout = { plan, values: listValues(measures), several: selections.length > 1 };
  const columns = listColumns(layout, bucket, binder);
  const conditions = [...listConditions(plan, project, binder), ...range];
  const body = sql`${printPeople(plan.merged)}select
  ${joinSql(
    columns.map(({ name, body }) => sql`${body} as ${name}`),
    ',\n',
  )}
from ${printEvents(project, plan.merged, listUserNames(plan), binder)}
where ${joinSql(conditions, '\n  and ')}`;
  const tables = [{ name: sql`facts`, body }];
  if (conversions.length > 0)
    tables.push({
      name: sql`followed`,
      body: printFollowed(
        plan,
        columns.map(({ name }) => name),
        binder,
      ),
    });
  const before =
    conversions.length > 0 && countToMs !== undefined
      ? sql`at < ${binder.bind('Int64', countToMs)}`
      : undefined;
  return {
    tables,
    from: conversions.length > 0 ? (before ? sql`followed\nwhere ${before}` : sql`followed`) : sql`facts`,
    bucket: sql`bucket`,
    dimension: dimensionName,
    weight: sql`count()`,
    printMeasure: (measure, form, condition) => printMeasure(layout, measure, form, condition),
  };
}

/** The names of the users' properties that are read, in the order of their letters. */
export function listUserNames(plan: FactsPlan): readonly string[] {
  const { selections, measures } = plan.metric;
  const read = [
    ...listProperties(plan.where),
    ...selections.flatMap((selection) => listProperties(selection.condition)),
    ...measures.flatMap((measure) => (measure.value ? [measure.value.property] : [])),
    ...plan.dimensions.map((dimension) => dimension.property),
  ];
  const names = read.flatMap((property) => (property.kind === 'user' ? [property.segments[0]!] : []));
  return [...new Set(names)].sort();
}

interface Column {
  readonly name: Sql;
  readonly body: Sql;
}

function listColumns(layout: Layout, bucket: Sql | undefined, binder: Binder): readonly Column[] {
  const { plan, values, several } = layout;
  const { selections, measures, conversions } = plan.metric;
  const follows = conversions.length > 0;
  const persons =
    follows || measures.some((measure) => measure.aggregate.startsWith('uniq') && !measure.value);
  const column = (name: Sql, body: Sql): Column => ({ name, body });
  return [
    ...(follows || bucket === undefined ? [column(sql`at`, AT)] : []),
    ...(bucket ? [column(sql`bucket`, bucket)] : []),
    ...plan.dimensions.map(({ property }, i) => column(dimensionName(i), printGroup(property))),
    ...(several || follows
      ? selections.map((selection, i) => column(selectionName(i), printSelection(selection, binder)))
      : []),
    ...values.map((value, i) => column(valueName(i), value)),
    ...(persons ? [column(sql`who`, PERSON)] : []),
    ...(measures.some((measure) => needsMoment(measure.aggregate))
      ? [column(sql`moment`, sql`(timestamp, event_id)`)]
      : []),
  ];
}

/** Whether a row belongs to a selection: its event and its condition. */
function printSelection(selection: Selection, binder: Binder): Sql {
  const event = selection.event === undefined ? [] : [sql`event = ${binder.bind('String', selection.event)}`];
  const condition = selection.condition ? [printPredicate(selection.condition, binder)] : [];
  const tests = [...event, ...condition];
  return tests.length === 0 ? sql`true` : tests.length === 1 ? tests[0]! : sql`(${joinSql(tests, ' and ')})`;
}

/** Only rows of some selection are read: by event name first, which the table is sorted by, then by condition. */
function listConditions(plan: FactsPlan, project: Sql, binder: Binder): readonly Sql[] {
  const { selections } = plan.metric;
  const names = listEventNames(selections);
  const conditions = [sql`project = ${project}`];
  if (names && names.length > 0) {
    const bound = names.map((name) => binder.bind('String', name));
    conditions.push(bound.length === 1 ? sql`event = ${bound[0]!}` : sql`event in (${joinSql(bound, ', ')})`);
  }
  if (selections.length === 1 && selections[0]!.condition)
    conditions.push(printPredicate(selections[0]!.condition, binder));
  else if (selections.some((selection) => selection.condition) && selections.length > 1) {
    const any = selections.map((_, i) => selectionName(i));
    const isNarrower = !selections.some((selection) => !selection.condition && selection.event === undefined);
    if (isNarrower) conditions.push(sql`(${joinSql(any, ' or ')})`);
  }
  if (selections.length === 0) conditions.push(sql`false`);
  if (plan.where) conditions.push(printPredicate(plan.where, binder));
  return conditions;
}

/**
 * Each start with whether its person reached the goal: another event of the goal at the same instant, or the next later
 * one within the window.
 */
function printFollowed(plan: FactsPlan, columns: readonly Sql[], binder: Binder): Sql {
  const { conversions } = plan.metric;
  const reached = conversions.map(({ goal, windowMs }, i) => {
    const flag = selectionName(goal);
    const others = sql`countIf(${flag}) over (partition by who, at) > toUInt64(${flag})`;
    const next = sql`min(if(${flag}, at, null)) over (partition by who order by at desc range between unbounded preceding and 1 preceding)`;
    return sql`${others} or ifNull(${next} <= at + ${binder.bind('Int64', windowMs)}, false) as ${reachedName(i)}`;
  });
  return sql`select
  ${joinSql([...columns, ...reached], ',\n')}
from facts`;
}

function printMeasure(layout: Layout, measure: Measure, form: Form, condition: Sql | undefined): Sql {
  const { plan, values, several } = layout;
  const conversions = plan.metric.conversions.length > 0;
  const conditions = [
    ...(several || conversions ? [selectionName(measure.selection)] : []),
    ...(measure.reached === undefined ? [] : [reachedName(measure.reached)]),
    ...(condition ? [condition] : []),
  ];
  const read = measure.value && printRead(measure.value);
  const index = read ? values.findIndex((value) => value.text === read.text) : -1;
  const input = {
    value: index >= 0 ? valueName(index) : sql`who`,
    condition: conditions.length === 0 ? undefined : joinSql(conditions, ' and '),
  };
  return printAggregate(measure.aggregate, input, form);
}
