/** Values over leaves as SQL: arithmetic in Float64 with null for what has no answer. */

import type { Value, ValueCondition } from '../plan/types.js';
import type { CompareOperator } from '../tree.js';
import { type Binder, joinSql, type Sql, sql } from './sql.js';

/** Prints a value; leaf i is the column `leaves[i]`, a Nullable(Float64). */
export function printValue(value: Value<number>, leaves: readonly Sql[], binder: Binder): Sql {
  return print(value, { leaves, binder }, 0);
}

interface Context {
  readonly leaves: readonly Sql[];
  readonly binder: Binder;
}

/** Binding strength of what surrounds an expression: 0 nothing, 1 a sum, 2 a product, 3 the right side of a product. */
type Strength = 0 | 1 | 2 | 3;

function print(value: Value<number>, context: Context, around: Strength): Sql {
  const inner = (one: Value<number>): Sql => print(one, context, 0);
  switch (value.kind) {
    case 'number':
      return context.binder.bind('Float64', value.value);
    case 'null':
      return sql`cast(null, 'Nullable(Float64)')`;
    case 'leaf':
      return context.leaves[value.leaf]!;
    case 'arithmetic':
      return printArithmetic(value, context, around);
    case 'negate':
      return sql`negate(${inner(value.operand)})`;
    case 'fill':
      return sql`ifNull(${inner(value.value)}, ${inner(value.instead)})`;
    case 'round': {
      const scale = 10 ** value.digits;
      return sql`arrayMap(x -> sign(x) * floor(abs(x) * ${scale} + 0.5) / ${scale}, [${inner(value.value)}])[1]`;
    }
    case 'abs':
      return sql`abs(${inner(value.value)})`;
    case 'least':
    case 'greatest': {
      const choose = value.kind === 'least' ? sql`arrayMin(x)` : sql`arrayMax(x)`;
      const values = joinSql(value.values.map(inner), ', ');
      return sql`arrayMap(x -> if(has(x, null), null, ${choose}), [[${values}]])[1]`;
    }
    case 'choice':
      return sql`if(${printCondition(value.condition, context)}, ${inner(value.whenTrue)}, ${inner(value.whenFalse)})`;
  }
}

function printArithmetic(
  value: Value<number> & { kind: 'arithmetic' },
  context: Context,
  around: Strength,
): Sql {
  const { operator } = value;
  const isSum = operator === '+' || operator === '-';
  const own: Strength = isSum ? 1 : 2;
  const left = print(value.left, context, isSum ? 0 : 2);
  const whole = ((): Sql => {
    switch (operator) {
      case '+':
        return sql`${left} + ${print(value.right, context, 2)}`;
      case '-':
        return sql`${left} - ${print(value.right, context, 2)}`;
      case '*':
        return sql`${left} * ${print(value.right, context, 3)}`;
      case '/':
        return sql`${left} / nullIf(${print(value.right, context, 0)}, 0)`;
      case '%':
        return sql`${left} % nullIf(${print(value.right, context, 0)}, 0)`;
    }
  })();
  return around > own ? sql`(${whole})` : whole;
}

function printCondition(condition: ValueCondition<number>, context: Context): Sql {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const parts = condition.parts.map((part) => printCondition(part, context));
      return parts.length === 0
        ? sql`false`
        : sql`(${joinSql(parts, condition.kind === 'and' ? ' and ' : ' or ')})`;
    }
    case 'not':
      return sql`not ${printCondition(condition.part, context)}`;
    case 'compare':
      return printComparison(
        condition.operator,
        print(condition.left, context, 3),
        print(condition.right, context, 3),
      );
    case 'is_null':
      return sql`isNull(${print(condition.value, context, 0)})`;
  }
}

function printComparison(operator: CompareOperator, left: Sql, right: Sql): Sql {
  switch (operator) {
    case '=':
      return sql`ifNull(${left} = ${right}, false)`;
    case '!=':
      return sql`not ifNull(${left} = ${right}, false)`;
    case '<':
      return sql`ifNull(${left} < ${right}, false)`;
    case '<=':
      return sql`ifNull(${left} <= ${right}, false)`;
    case '>':
      return sql`ifNull(${left} > ${right}, false)`;
    case '>=':
      return sql`ifNull(${left} >= ${right}, false)`;
  }
}
