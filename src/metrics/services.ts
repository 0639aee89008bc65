/** What works on metrics by itself in every front: rollups are kept, schedules run. Each thing is done by one front at a time. */
import type { ClickHouse } from '../clickhouse/client.js';
import type { LiveRegistry } from '../event-types/live-registry.js';
import type { Metadata } from '../metadata/metadata.js';
import type { Redis } from '../redis/client.js';
import { createRollupKeeper } from './rollup/keeper.js';
import { createScheduleRunner } from './schedule/runner.js';
import { createMetricSources } from './sources.js';

export interface MetricServicesOptions {
  readonly metadata: Metadata;
  readonly registry: Pick<LiveRegistry, 'snapshot'>;
  readonly clickhouse: ClickHouse;
  readonly redis: Redis;
  /** Number of partitions of the stream. */
  readonly partitions: number;
  readonly onError: (error: Error) => void;
}

export interface MetricServices {
  close(): Promise<void>;
}

/** Starts them; close() ends what is under way between two steps. */
export function startMetricServices({ registry, ...options }: MetricServicesOptions): MetricServices {
  const sources = createMetricSources(options.metadata, registry, options);
  const keeper = createRollupKeeper({ ...options, sources });
  const runner = createScheduleRunner({ ...options, sources });
  return {
    async close() {
      await Promise.all([keeper.close(), runner.close()]);
    },
  };
}
