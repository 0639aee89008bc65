/** Names of columns and tables between facts and the answer, and what a statement is put together from. */
import type { QueryPlan } from '../plan/types.js';
import { dimensionName } from './facts.js';
import { type Binder, type Sql, sql, word } from './sql.js';

export const stateName = (i: number): Sql => word(`m${i}`);
export const leafName = (i: number): Sql => word(`v${i}`);
export const groupName = (i: number): Sql => word(`g${i}`);

export interface Table {
  readonly name: Sql;
  readonly body: Sql;
}

/** The tables between facts and the answer, the last of them, and each leaf as an expression over its rows. */
export interface Parts {
  readonly tables: readonly Table[];
  readonly from: Sql;
  readonly leaves: readonly Sql[];
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

/** Each dimension, with the groups behind the limit joined as $other. */
export function printGroups(plan: QueryPlan, binder: Binder): readonly Sql[] {
  const other = binder.bind('String', '$other');
  return plan.dimensions.map(
    (_, i) => sql`if(place <= ${plan.groupLimit}, ${dimensionName(i)}, ${other}) as ${groupName(i)}`,
  );
}
