/** What metrics need from other rooms: the definitions stored in a project and its registered event types. */
import type { JsonValue } from '../../event/json.js';

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

export interface MetricSources {
  /** Throws MetadataError. */
  listMetrics(project: string): Promise<readonly StoredMetric[]>;
  listTypes(project: string): readonly RegisteredType[];
  isStrict(project: string): boolean;
}

/** Nothing stored and nothing registered. */
export const NO_SOURCES: MetricSources = {
  listMetrics: async () => [],
  listTypes: () => [],
  isStrict: () => false,
};
