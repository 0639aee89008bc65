/** A request's condition as a predicate of the metric language. The two mean the same; a test holds them together. */
import type { Property as MetricProperty, Predicate } from '../../mdl/plan/types.js';
import type { Condition } from '../condition/condition.js';
import { EVENT_COLUMNS, type Property } from '../condition/property.js';

export const toMetricProperty = (property: Property): MetricProperty =>
  property.kind === 'column' ? { ...property, type: EVENT_COLUMNS[property.name] } : property;

export function toPredicate(condition: Condition): Predicate {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, parts: condition.parts.map(toPredicate) };
    case 'not':
      return { kind: 'not', part: toPredicate(condition.part) };
    default:
      return { ...condition, property: toMetricProperty(condition.property) };
  }
}
