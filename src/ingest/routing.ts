/** Routes in the ingest process: which are in force, told to the worker threads; delivery of batches; webhooks' outboxes. */
import type { ClickHouse } from '../clickhouse/client.js';
import type { Metadata } from '../metadata/metadata.js';
import type { PreparePool } from '../pool/prepare-pool.js';
import type { Redis } from '../redis/client.js';
import { createDeliverer, type Deliverer } from '../routing/deliver.js';
import { createOutboxSender } from '../routing/outbox.js';
import type { Route } from '../routing/route.js';
import { createLiveRoutes } from '../routing/store.js';
import { partitionOf } from '../stream/partition.js';
import { createWebhookSender } from '../webhook/sender.js';
import type { IngestTelemetry } from './telemetry.js';

export interface Routing extends Deliverer {
  /** Resolves when the routes are known: before that nothing may be stored. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface RoutingOptions {
  /** Undefined: there are no routes here. */
  metadata: Metadata | undefined;
  allowPrivate: boolean;
  partitions: number;
  heldPartitions: () => readonly number[];
  clickhouse: ClickHouse;
  redis: Redis;
  pool: PreparePool;
  telemetry: IngestTelemetry;
}

/** Which types of each project some route names. */
function listRoutedTypes(routes: readonly Route[]): Record<string, string[]> {
  const types = new Map<string, string[]>();
  for (const { project, events } of routes) types.set(project, [...(types.get(project) ?? []), ...events]);
  return Object.fromEntries(types);
}

export function createRouting(options: RoutingOptions): Routing {
  const { metadata, clickhouse, redis, pool, telemetry, partitions, heldPartitions } = options;
  if (!metadata) return { ready: Promise.resolve(), deliver: async () => {}, close: async () => {} };
  const onError = (error: Error): void => {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unexpected';
    telemetry.failed('routing', code, error);
  };
  const routes = createLiveRoutes({
    metadata,
    redis,
    onChange: (all) => pool.setRoutes(listRoutedTypes(all)),
    onError,
  });
  const outbox = createOutboxSender({
    redis,
    sender: createWebhookSender({ allowPrivate: options.allowPrivate }),
    routes: routes.all,
    heldPartitionOf(project) {
      const partition = partitionOf(project, partitions);
      return heldPartitions().includes(partition) ? partition : undefined;
    },
    onError,
  });
  return {
    ...createDeliverer({ clickhouse, redis, routesOf: routes.of }),
    ready: routes.ready,
    async close() {
      await outbox.close();
      await routes.close();
    },
  };
}
