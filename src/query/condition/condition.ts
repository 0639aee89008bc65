/**
 * Conditions on one event: what `where` means.
 *
 * A condition is true or false, never unknown. Values are compared with their JSON type: 5 is not "5". A comparison with a property
 * that is absent, or of another type than the value, is false. `ne`, `not_in`, `not_contains` and `is_not_set` are exactly the
 * opposites of `eq`, `in`, `contains` and `is_set`: an event without the property is `ne` anything.
 *
 *   eq in            string, number or boolean equal to the value (to one of them)
 *   gt gte lt lte    numbers by size, strings by their UTF-8 bytes
 *   contains         a string that has the value in it, or an array with an element equal to it
 *   starts_with ends_with   strings, letter for letter
 *   matches          a string in which the regular expression (RE2 syntax) finds something
 *   is_set           the property has a value or is a non-empty object; null and {} are absent, "" and [] are values
 *
 * Columns that hold a time (event.timestamp) take ISO times or epoch milliseconds and the operators eq … lte, in, is_set.
 */
import type { Property } from './property.js';

export type Scalar = string | number | boolean;

export const OPERATORS = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'not_in',
  'contains',
  'not_contains',
  'starts_with',
  'ends_with',
  'matches',
  'is_set',
  'is_not_set',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** The operators a parsed condition still has; the negative ones became `not`. */
export type Test =
  | {
      readonly kind: 'compare';
      readonly op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte';
      readonly property: Property;
      readonly value: Scalar;
    }
  | { readonly kind: 'in'; readonly property: Property; readonly values: readonly Scalar[] }
  | { readonly kind: 'contains'; readonly property: Property; readonly value: Scalar }
  | {
      readonly kind: 'text';
      readonly op: 'starts_with' | 'ends_with' | 'matches';
      readonly property: Property;
      readonly value: string;
    }
  | { readonly kind: 'set'; readonly property: Property };

export type Condition =
  | Test
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition };

/** Holds for every event. */
export const ALWAYS: Condition = { kind: 'and', parts: [] };

export const isAlways = (condition: Condition): boolean =>
  condition.kind === 'and' && condition.parts.every(isAlways);
