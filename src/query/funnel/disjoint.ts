/**
 * Proofs that no event fulfils two conditions. A proof may be missed, never wrong: what is not proved is taken to overlap.
 *
 * Two matchers are disjoint when they have no event type in common, or when each requires something of one property that the
 * other rules out: different values, disjoint lists, or ranges that do not meet.
 */
import type { Condition, Scalar, Test } from '../condition/condition.js';
import { formatProperty } from '../condition/property.js';
import type { Matcher } from './classes.js';

/** Tests that must all hold for the condition to hold. */
function listRequired(condition: Condition | undefined): readonly Test[] {
  if (condition === undefined) return [];
  switch (condition.kind) {
    case 'and':
      return condition.parts.flatMap(listRequired);
    case 'or':
    case 'not':
      return [];
    default:
      return [condition];
  }
}

function listValues(test: Test): readonly Scalar[] | undefined {
  if (test.kind === 'in') return test.values;
  return test.kind === 'compare' && test.op === 'eq' ? [test.value] : undefined;
}

const fulfils = (value: Scalar, test: Test): boolean => {
  if (test.kind !== 'compare') return true;
  if (typeof value !== typeof test.value) return false;
  // Strings are compared by the engine's byte order, which is not repeated here: take them to fulfil any range.
  if (typeof value === 'string' && test.op !== 'eq') return true;
  if (test.op === 'gt') return value > test.value;
  if (test.op === 'gte') return value >= test.value;
  if (test.op === 'lt') return value < test.value;
  return test.op === 'lte' ? value <= test.value : value === test.value;
};

/** Whether no number is above one bound and below the other. */
function areApart(low: Test, high: Test): boolean {
  if (low.kind !== 'compare' || high.kind !== 'compare') return false;
  if (typeof low.value !== 'number' || typeof high.value !== 'number') return false;
  if (!['gt', 'gte'].includes(low.op) || !['lt', 'lte'].includes(high.op)) return false;
  return low.value > high.value || (low.value === high.value && (low.op === 'gt' || high.op === 'lt'));
}

function excludeEachOther(a: Test, b: Test): boolean {
  if (formatProperty(a.property) !== formatProperty(b.property)) return false;
  const values = listValues(a);
  const others = listValues(b);
  if (values && others) return values.every((value) => !others.includes(value));
  if (values) return values.every((value) => !fulfils(value, b));
  if (others) return others.every((value) => !fulfils(value, a));
  return areApart(a, b) || areApart(b, a);
}

export function areDisjoint(a: Matcher, b: Matcher): boolean {
  if (!a.events.some((event) => b.events.includes(event))) return true;
  const required = listRequired(b.where);
  return listRequired(a.where).some((one) => required.some((other) => excludeEachOther(one, other)));
}
