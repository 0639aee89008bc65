/** What metrics need from other rooms: the definitions stored in a project and its registered event types. */
import type { JsonValue } from '../../event/json.js';
import type { RollupPlan } from '../../mdl/plan/rollup.js';

export interface StoredMetric {
  readonly id: string;
  readonly name: string;
  /** The text of the definition, one metric. */
  readonly definition: string;
}

export interface RegisteredType {
  readonly name: string;
  readonly schema: JsonValue;
  readonly mode: string;
}

/** A rollup that answers: its name, and the table that holds what its plan says. */
export interface AnsweringRollup {
  readonly name: string;
  readonly table: string;
  readonly plan: RollupPlan;
}

export interface MetricSources {
  /** Throws MetadataError. */
  listMetrics(project: string): Promise<readonly StoredMetric[]>;
  /** Throws MetadataError. */
  listRollups(project: string): Promise<readonly AnsweringRollup[]>;
  listTypes(project: string): readonly RegisteredType[];
  isStrict(project: string): boolean;
}

/** Nothing stored and nothing registered. */
export const NO_SOURCES: MetricSources = {
  listMetrics: async () => [],
  listRollups: async () => [],
  listTypes: () => [],
  isStrict: () => false,
};
