/** A request's condition as a predicate of the metric language. The two mean the same; a test holds them together. */
import type { Property as MetricProperty, Predicate } from '../../mdl/plan/types.js';
import type { Condition } from '../condition/condition.js';
import { EVENT_COLUMNS, type Property } from '../condition/property.js';
import { refuseField } from '../request.js';

export function toMetricProperty(property: Property): MetricProperty {
  if (property.kind === 'cohort')
    throw refuseField('dimensions', 'A metric is not broken down by a cohort; ask for it with a where.');
  return property.kind === 'column' ? { ...property, type: EVENT_COLUMNS[property.name] } : property;
}

export function toPredicate(condition: Condition): Predicate {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, parts: condition.parts.map(toPredicate) };
    case 'not':
      return { kind: 'not', part: toPredicate(condition.part) };
    case 'compare':
      if (condition.property.kind === 'cohort') return { kind: 'cohort', id: condition.property.cohort.id };
      return { ...condition, property: toMetricProperty(condition.property) };
    default:
      return { ...condition, property: toMetricProperty(condition.property) };
  }
}
