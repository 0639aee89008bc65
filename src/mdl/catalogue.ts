/**
 * What is known of a project when its metrics are checked: a plain value that the caller gathers from the registry and
 * from what was seen. `seen` counts the events of the last 7 days that had the name.
 */
import type { MetricNode } from './tree.js';

export type PropertyType = 'number' | 'text' | 'boolean' | 'list' | 'object';

export interface PropertyEntry {
  /** Every type it was registered with or seen as; empty when unknown. */
  readonly types: readonly PropertyType[];
  readonly seen: number;
  /** A unit or currency code from the registered schema. */
  readonly unit?: string;
}

export interface EventEntry {
  readonly registered: boolean;
  readonly seen: number;
  /** By dotted path. */
  readonly properties: ReadonlyMap<string, PropertyEntry>;
  /** The registered schema allows no other properties: an unknown one is an error. */
  readonly closed: boolean;
}

/** A cohort by name: what its members are called in a statement, and what who asks knows it by. */
export interface CohortEntry {
  readonly id: string;
  readonly handle?: object;
}

export interface Catalogue {
  readonly events: ReadonlyMap<string, EventEntry>;
  readonly userProperties: ReadonlyMap<string, PropertyEntry>;
  readonly contextProperties: ReadonlyMap<string, PropertyEntry>;
  /** Cohorts by name. */
  readonly cohorts: ReadonlyMap<string, CohortEntry>;
  /** Definitions already stored, by name. */
  readonly metrics: ReadonlyMap<string, MetricNode>;
  /** The project accepts registered event types only: an unknown event is an error. */
  readonly strict: boolean;
}

/** The entry of a property over several events: types joined, counts added; undefined when none has it. */
export function joinEntries(entries: readonly PropertyEntry[]): PropertyEntry | undefined {
  if (entries.length === 0) return undefined;
  const units = new Set(entries.map((entry) => entry.unit));
  const [unit] = units;
  return {
    types: [...new Set(entries.flatMap((entry) => entry.types))],
    seen: entries.reduce((sum, entry) => sum + entry.seen, 0),
    ...(units.size === 1 && unit !== undefined ? { unit } : {}),
  };
}
