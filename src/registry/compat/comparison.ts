/** What the checks of a kind of keyword are given: the place they look at, and the comparison they are part of. */
import type { JsonObject, JsonValue } from '../../event/json.js';
import type { SchemaDocument, SchemaNode } from '../schema/document.js';
import type { Atom, Conjunction, Demand } from './conjunction.js';
import type { Reason, ReasonCode } from './reason.js';

/** One demand of the new version held against what the old one demanded at the same place. */
export interface Pair {
  old: readonly Demand[];
  /** Types the old version allows there. */
  types: ReadonlySet<Atom>;
  node: JsonObject;
  path: string;
}

export interface Comparison {
  readonly oldDocument: SchemaDocument;
  readonly freshDocument: SchemaDocument;
  report(path: string, code: ReasonCode, message: string): void;
  /** Whether an old schema and a new one are the same. */
  isSame(old: JsonValue | undefined, fresh: JsonValue | undefined): boolean;
  /** Whether lists of old and new schemas are the same, one by one. */
  areSame(old: JsonValue | undefined, fresh: JsonValue | undefined): boolean;
  /** The reasons a comparison would give, without giving them. */
  try(compare: () => void): Reason[];
  /** Compares a place: everything that satisfies `old` must be taken by `fresh`. `splits`: alternatives it already lies in. */
  compare(old: Conjunction, fresh: SchemaNode, path: string, splits?: number): void;
}
