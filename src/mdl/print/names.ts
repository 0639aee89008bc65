/** Names of columns and tables between facts and the answer, and what a statement is put together from. */
import type { QueryPlan } from '../plan/types.js';
import { dimensionName, type Facts } from './facts.js';
import { type Binder, type Sql, sql, word } from './sql.js';

export const stateName = (i: number): Sql => word(`m${i}`);
export const leafName = (i: number): Sql => word(`v${i}`);
const groupName = (i: number): Sql => word(`g${i}`);

export interface Table {
  readonly name: Sql;
  readonly body: Sql;
}

/** What the last select is made of: the tables before it, the one it reads, and its columns as expressions over the rows of that. */
export interface Parts {
  readonly tables: readonly Table[];
  readonly from: Sql;
  readonly bucket: Sql;
  readonly groups: readonly Sql[];
  readonly leaves: readonly Sql[];
  /** What it groups by; leaves are aggregates then. Undefined: its rows are those of `from`. */
  readonly keys?: readonly Sql[];
}

/** `body as name`, or the name alone where that is the body. */
export const alias = (body: Sql, name: Sql): Sql =>
  body.text === name.text ? name : sql`${body} as ${name}`;

/** The value of a merged state as the formula takes it: Float64 or, where the whole value is a text, a text. */
export function toLeaf({ metric }: QueryPlan, measure: number, merged: Sql): Sql {
  if (metric.valueType === 'text') return merged;
  // Of the functions that count, this one alone says null when there was nothing but absent values.
  return metric.measures[measure]!.aggregate === 'uniq_approx'
    ? sql`ifNull(toFloat64(${merged}), 0)`
    : sql`toFloat64(${merged})`;
}

/** Each dimension of ranked rows, with the groups behind the limit joined as $other. */
export function printGroups(plan: QueryPlan, binder: Binder): readonly Sql[] {
  const other = binder.bind('String', '$other');
  return plan.dimensions.map(
    (_, i) => sql`if(place <= ${plan.groupLimit}, ${dimensionName(i)}, ${other}) as ${groupName(i)}`,
  );
}

/** Each dimension of rows that are not ranked. */
export const printAllGroups = (plan: QueryPlan, facts: Facts): readonly Sql[] =>
  plan.dimensions.map((_, i) => sql`${facts.dimension(i)} as ${groupName(i)}`);

export const listGroups = (plan: QueryPlan): readonly Sql[] => plan.dimensions.map((_, i) => groupName(i));
export const listStates = (plan: QueryPlan): readonly Sql[] =>
  plan.metric.measures.map((_, i) => stateName(i));
export const listDimensions = (plan: QueryPlan): readonly Sql[] =>
  plan.dimensions.map((_, i) => dimensionName(i));
