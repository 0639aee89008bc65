/** A request's condition as a predicate of the metric language. The two mean the same; a test holds them together. */
import type { Dimension, Property as MetricProperty, Predicate } from '../../mdl/plan/types.js';
import type { Condition } from '../condition/condition.js';
import { EVENT_COLUMNS, type Property } from '../condition/property.js';
import { refuseField } from '../request.js';
import { toCohortEntry } from './cohorts.js';

function toMetricProperty(property: Property): MetricProperty {
  if (property.kind === 'cohort') throw refuseField('where', 'A cohort is asked for with in_cohort.');
  return property.kind === 'column' ? { ...property, type: EVENT_COLUMNS[property.name] } : property;
}

/** What a question is broken down by. */
export const toGroup = (property: Property): Dimension['property'] =>
  property.kind === 'cohort'
    ? { kind: 'cohort', ...toCohortEntry(property.cohort) }
    : toMetricProperty(property);

export function toPredicate(condition: Condition): Predicate {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, parts: condition.parts.map(toPredicate) };
    case 'not':
      return { kind: 'not', part: toPredicate(condition.part) };
    case 'compare':
      if (condition.property.kind === 'cohort')
        return { kind: 'cohort', ...toCohortEntry(condition.property.cohort) };
      return { ...condition, property: toMetricProperty(condition.property) };
    default:
      return { ...condition, property: toMetricProperty(condition.property) };
  }
}
