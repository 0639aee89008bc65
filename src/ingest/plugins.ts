/** Gives the worker threads the plugin folder's plugins, and tells the front how they fare. */
import type { Config } from '../config.js';
import { writeReport } from '../plugins/report.js';
import { watchPlugins } from '../plugins/watch.js';
import type { PreparePool } from '../pool/prepare-pool.js';
import type { Redis } from '../redis/client.js';
import type { IngestTelemetry } from './telemetry.js';

/** How often a process reports; also how late a count in GET /v1/plugins is. */
const REPORT_INTERVAL_MS = 1_000;

export interface PluginFeed {
  /** Resolves when the plugins are known: before that nothing may be stored. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface PluginFeedOptions {
  config: Config['plugins'];
  consumerId: string;
  redis: Redis;
  pool: PreparePool;
  telemetry: IngestTelemetry;
}

/** Feeds the pool until closed. */
export function feedPlugins({ config, consumerId, redis, pool, telemetry }: PluginFeedOptions): PluginFeed {
  const { folder, ...settings } = config;
  const watch = watchPlugins({
    folder,
    settings,
    onChange: (set) => {
      pool.setPlugins(set, settings);
      report();
    },
    onError: (error) => {
      telemetry.failed('plugins', 'refused', error);
      report();
    },
  });
  function report(): void {
    const set = watch.current();
    writeReport(redis, consumerId, {
      atMs: Date.now(),
      folder,
      revision: set?.revision ?? '',
      plugins: set?.plugins ?? [],
      error: watch.error() ?? '',
      errors: telemetry.listPluginErrors(),
    }).catch(() => {});
  }
  const timer = setInterval(report, REPORT_INTERVAL_MS);
  timer.unref();
  return {
    ready: watch.ready,
    async close() {
      clearInterval(timer);
      await watch.close();
    },
  };
}
