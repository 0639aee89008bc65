/** Keeps the worker threads' event types current: what Postgres holds, as soon as it changes. */
import { createLiveRegistry } from '../event-types/live-registry.js';
import type { Metadata } from '../metadata/metadata.js';
import type { PreparePool } from '../pool/prepare-pool.js';
import type { Redis } from '../redis/client.js';
import type { IngestTelemetry } from './telemetry.js';

export interface EventTypeWatch {
  /** Resolves when the event types are known: before that nothing may be judged. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface EventTypeWatchOptions {
  /** Undefined: there are no event types here, every event is stored as it is. */
  metadata: Metadata | undefined;
  redis: Redis;
  pool: PreparePool;
  telemetry: IngestTelemetry;
}

/** Hands every revision of the event types to the pool until closed. */
export function watchEventTypes(options: EventTypeWatchOptions): EventTypeWatch {
  const { metadata, redis, pool, telemetry } = options;
  if (!metadata) return { ready: Promise.resolve(), close: async () => {} };
  const onError = (error: Error): void => {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unexpected';
    telemetry.failed('event-types', code, error);
  };
  const registry = createLiveRegistry({
    metadata,
    redis,
    onChange: (snapshot) => pool.setRegistry(snapshot),
    onError,
  });
  return { ready: registry.ready, close: () => registry.close() };
}
