/** Conditions of a definition as predicates over events: brackets gone, negative forms turned into `not`. */
import type { Catalogue } from '../catalogue.js';
import { readTime } from '../check/conditions.js';
import type { CompareOperator, EventCondition, EventOperand, LiteralNode, PathNode } from '../tree.js';
import { EVENT_COLUMNS } from '../vocabulary.js';
import type { Comparison, Predicate, Property, Scalar } from './types.js';

/** Holds for no event: what is left of a test that was reported. */
const NEVER: Predicate = { kind: 'or', parts: [] };

const negateIf = (negated: boolean, part: Predicate): Predicate => (negated ? { kind: 'not', part } : part);

/** Where a path leads. `event.name` is the column `event`, `user.id` the person. */
export function planProperty(path: PathNode): Property {
  const name = path.segments.join('.');
  switch (path.root) {
    case 'event': {
      const column = name === 'name' ? 'event' : name;
      return { kind: 'column', name: column, type: EVENT_COLUMNS[column] ?? 'text' };
    }
    case 'user':
      return name === 'id'
        ? { kind: 'column', name: 'person', type: 'text' }
        : { kind: 'user', moment: 'now', segments: path.segments };
    case 'user_then':
      return { kind: 'user', moment: 'then', segments: path.segments };
    default:
      return { kind: 'path', column: path.root, segments: path.segments };
  }
}

/** The predicate of a checked condition. */
export function planCondition(condition: EventCondition, catalogue: Pick<Catalogue, 'cohorts'>): Predicate {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, parts: condition.items.map((item) => planCondition(item, catalogue)) };
    case 'brackets':
      return planCondition(condition.inner, catalogue);
    case 'not':
      return { kind: 'not', part: planCondition(condition.inner, catalogue) };
    case 'compare':
      return planComparison(condition.operator, condition.left, condition.right);
    case 'is_null':
      if (condition.operand.kind !== 'path') return NEVER;
      return negateIf(!condition.negated, { kind: 'set', property: planProperty(condition.operand) });
    case 'in':
      return condition.operand.kind === 'path'
        ? planIn(condition.operand, condition.values, condition.negated)
        : NEVER;
    case 'text': {
      if (condition.operand.kind !== 'path') return NEVER;
      const property = planProperty(condition.operand);
      const { operator: op, pattern: value } = condition;
      return negateIf(
        condition.negated,
        op === 'contains' ? { kind: 'contains', property, value } : { kind: 'text', op, property, value },
      );
    }
    case 'cohort': {
      const cohort = catalogue.cohorts.get(condition.cohort);
      return cohort ? negateIf(condition.negated, { kind: 'cohort', ...cohort }) : NEVER;
    }
    case 'invalid':
      return NEVER;
  }
}

/** A literal as the property's column holds it: times are milliseconds. */
const toScalar = (property: Property, literal: LiteralNode): Scalar =>
  property.kind === 'column' && property.type === 'time'
    ? (readTime(literal.value) ?? Number.NaN)
    : literal.value;

function planIn(path: PathNode, values: readonly LiteralNode[], negated: boolean): Predicate {
  const property = planProperty(path);
  return negateIf(negated, {
    kind: 'in',
    property,
    values: values.map((value) => toScalar(property, value)),
  });
}

const COMPARISONS: Readonly<Record<CompareOperator, Comparison>> = {
  '=': 'eq',
  '!=': 'eq',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
};
const FLIPPED: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  lt: 'gt',
  lte: 'gte',
  gt: 'lt',
  gte: 'lte',
};

function planComparison(operator: CompareOperator, left: EventOperand, right: EventOperand): Predicate {
  const op = COMPARISONS[operator];
  const negated = operator === '!=';
  if (left.kind === 'path' && right.kind === 'path') {
    return negateIf(negated, {
      kind: 'compare_properties',
      op,
      left: planProperty(left),
      right: planProperty(right),
    });
  }
  if (left.kind === 'path' && right.kind === 'literal') {
    const property = planProperty(left);
    return negateIf(negated, { kind: 'compare', op, property, value: toScalar(property, right) });
  }
  if (left.kind === 'literal' && right.kind === 'path') {
    const property = planProperty(right);
    return negateIf(negated, { kind: 'compare', op: FLIPPED[op], property, value: toScalar(property, left) });
  }
  return NEVER;
}
