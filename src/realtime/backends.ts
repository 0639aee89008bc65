/** What live views work with. */
import type { ClickHouse } from '../clickhouse/client.js';
import type { Metadata } from '../metadata/metadata.js';
import { openQueryContext, type QueryContext } from '../query/context.js';
import type { MetricSources } from '../query/metric/sources.js';
import type { Redis } from '../redis/client.js';

export interface LiveBackends {
  readonly clickhouse: ClickHouse;
  readonly redis: Redis;
  readonly metadata: Metadata;
  readonly metrics: MetricSources;
  readonly partitions: number;
  openContext(project: string): Promise<QueryContext>;
  /** Told whether the engine answered. */
  onEngine(isAnswering: boolean): void;
}

/** What the front gives. */
export type LiveParts = Omit<LiveBackends, 'openContext' | 'onEngine'>;

export const createLiveBackends = (parts: LiveParts, onEngine: LiveBackends['onEngine']): LiveBackends => ({
  ...parts,
  onEngine,
  openContext: (project) => openQueryContext({ clickhouse: parts.clickhouse, project }),
});
