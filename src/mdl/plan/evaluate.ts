/** A value computed from the numbers of its leaves: what the engine would answer, for when there is nothing to ask it. */
import type { CompareOperator } from '../tree.js';
import { AGGREGATES } from '../vocabulary.js';
import type { MetricPlan, QueryPlan, Value, ValueCondition } from './types.js';

type Number = number | null;

/** What a measure answers over no events. */
const answerOfNothing = (metric: MetricPlan, measure: number): Number =>
  (AGGREGATES[metric.measures[measure]!.aggregate]?.empty ?? 'zero') === 'zero' ? 0 : null;

/** What a question's formula comes to over a span without any event, epoch ms: a bucket that no row was answered for. */
export function answerWithoutEvents(
  { metric, leaves, value }: QueryPlan,
  fromMs: number,
  toMs: number,
): Number {
  if (metric.valueType === 'text') return null;
  return evaluateValue(value, (leaf) => {
    const { measure } = leaves[leaf]!;
    return measure === 'seconds' ? (toMs - fromMs) / 1000 : answerOfNothing(metric, measure);
  });
}

/** Computes a value; null spreads, and division by zero is null. */
export function evaluateValue<L>(value: Value<L>, read: (leaf: L) => Number): Number {
  const inner = (one: Value<L>): Number => evaluateValue(one, read);
  switch (value.kind) {
    case 'number':
      return value.value;
    case 'null':
      return null;
    case 'leaf':
      return read(value.leaf);
    case 'arithmetic':
      return calculate(value.operator, inner(value.left), inner(value.right));
    case 'negate':
      return apply(inner(value.operand), (n) => -n);
    case 'fill':
      return inner(value.value) ?? inner(value.instead);
    case 'round': {
      const scale = 10 ** value.digits;
      return apply(inner(value.value), (n) => (Math.sign(n) * Math.floor(Math.abs(n) * scale + 0.5)) / scale);
    }
    case 'abs':
      return apply(inner(value.value), Math.abs);
    case 'least':
    case 'greatest': {
      const numbers = value.values.map(inner);
      if (numbers.includes(null)) return null;
      return (value.kind === 'least' ? Math.min : Math.max)(...(numbers as number[]));
    }
    case 'choice':
      return inner(holds(value.condition, inner) ? value.whenTrue : value.whenFalse);
  }
}

const apply = (n: Number, change: (n: number) => number): Number => (n === null ? null : change(n));

function calculate(operator: string, a: Number, b: Number): Number {
  if (a === null || b === null) return null;
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? null : a / b;
    default:
      return b === 0 ? null : a - Math.trunc(a / b) * b;
  }
}

function holds<L>(condition: ValueCondition<L>, evaluate: (value: Value<L>) => Number): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => holds(part, evaluate));
    case 'or':
      return condition.parts.some((part) => holds(part, evaluate));
    case 'not':
      return !holds(condition.part, evaluate);
    case 'is_null':
      return evaluate(condition.value) === null;
    case 'compare':
      return compare(condition.operator, evaluate(condition.left), evaluate(condition.right));
  }
}

function compare(operator: CompareOperator, a: Number, b: Number): boolean {
  if (a === null || b === null) return operator === '!=';
  return { '=': a === b, '!=': a !== b, '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[operator];
}
