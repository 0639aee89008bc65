/** Walking over values: their leaves, and the same value over other leaves. */
import type { Value, ValueCondition } from './types.js';

/** The leaves of a value, in order. */
export function listLeaves<L>(value: Value<L>): readonly L[] {
  switch (value.kind) {
    case 'leaf':
      return [value.leaf];
    case 'number':
    case 'null':
      return [];
    default:
      return listOperands(value).flatMap(listLeaves);
  }
}

function listOperands<L>(value: Value<L>): readonly Value<L>[] {
  switch (value.kind) {
    case 'arithmetic':
      return [value.left, value.right];
    case 'negate':
      return [value.operand];
    case 'fill':
      return [value.value, value.instead];
    case 'round':
    case 'abs':
      return [value.value];
    case 'least':
    case 'greatest':
      return value.values;
    case 'choice':
      return [...listCompared(value.condition), value.whenTrue, value.whenFalse];
    default:
      return [];
  }
}

function listCompared<L>(condition: ValueCondition<L>): readonly Value<L>[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.flatMap(listCompared);
    case 'not':
      return listCompared(condition.part);
    case 'compare':
      return [condition.left, condition.right];
    case 'is_null':
      return [condition.value];
  }
}

/** The same value over other leaves. */
export function mapLeaves<A, B>(value: Value<A>, change: (leaf: A) => B): Value<B> {
  const map = (inner: Value<A>): Value<B> => mapLeaves(inner, change);
  switch (value.kind) {
    case 'number':
    case 'null':
      return value;
    case 'leaf':
      return { kind: 'leaf', leaf: change(value.leaf) };
    case 'arithmetic':
      return { ...value, left: map(value.left), right: map(value.right) };
    case 'negate':
      return { ...value, operand: map(value.operand) };
    case 'fill':
      return { ...value, value: map(value.value), instead: map(value.instead) };
    case 'round':
    case 'abs':
      return { ...value, value: map(value.value) };
    case 'least':
    case 'greatest':
      return { ...value, values: value.values.map(map) };
    case 'choice':
      return {
        ...value,
        condition: mapCompared(value.condition, map),
        whenTrue: map(value.whenTrue),
        whenFalse: map(value.whenFalse),
      };
  }
}

function mapCompared<A, B>(
  condition: ValueCondition<A>,
  map: (value: Value<A>) => Value<B>,
): ValueCondition<B> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { ...condition, parts: condition.parts.map((part) => mapCompared(part, map)) };
    case 'not':
      return { ...condition, part: mapCompared(condition.part, map) };
    case 'compare':
      return { ...condition, left: map(condition.left), right: map(condition.right) };
    case 'is_null':
      return { ...condition, value: map(condition.value) };
  }
}
