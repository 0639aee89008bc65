/** What metrics need from other rooms: the definitions stored in a project and its registered event types. */
import type { JsonValue } from '../../event/json.js';
import type { CohortEntry } from '../../mdl/catalogue.js';
import type { RollupPlan } from '../../mdl/plan/rollup.js';
import type { EventScope } from '../people.js';

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
  /** Why it may lack events that are acknowledged, and so does not answer; it will be looked into. */
  readonly doubt?: string;
}

export interface MetricSources {
  /** Throws MetadataError. */
  listMetrics(project: string): Promise<readonly StoredMetric[]>;
  /** Throws MetadataError. */
  listRollups(project: string): Promise<readonly AnsweringRollup[]>;
  /**
   * The cohorts of a project by name; those among `names` with who belongs to them as of now. @throws RequestError 422 for
   * more than a question may name; MetadataError
   */
  findCohorts(scope: EventScope, names: ReadonlySet<string>): Promise<ReadonlyMap<string, CohortEntry>>;
  listTypes(project: string): readonly RegisteredType[];
  isStrict(project: string): boolean;
}

/** Nothing stored and nothing registered. */
export const NO_SOURCES: MetricSources = {
  listMetrics: async () => [],
  listRollups: async () => [],
  findCohorts: async () => new Map(),
  listTypes: () => [],
  isStrict: () => false,
};
