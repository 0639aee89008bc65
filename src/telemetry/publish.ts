/**
 * How a process without an HTTP server gets its figures into the front's /metrics: it writes them as JSON under a key of its
 * own every few seconds, and the front adds up what it finds. The key expires, so a process that died leaves nothing.
 */
import { AggregatorRegistry, Registry } from 'prom-client';
import { registry } from './metrics.js';

/** How often a process publishes; a figure in /metrics is at most this much older than the process. */
const PUBLISH_INTERVAL_MS = 5_000;
/** How long a published figure outlives its process. */
const PUBLISH_TTL_MS = 3 * PUBLISH_INTERVAL_MS;

export const METRICS_KEY_PREFIX = 'weir:metrics:';
/** Set of the names of processes that publish: the keys are found through it, not by a scan. */
export const METRICS_MEMBERS_KEY = 'weir:metrics:members';

/** The little of Redis that publishing needs; src/redis's client fits. */
export interface MetricsStore {
  command<T>(args: readonly string[]): Promise<T>;
}

/** Publishes this process's figures under `name` until the returned function is called. Failures are silent: they cost figures only. */
export function publishMetrics(store: MetricsStore, name: string): () => void {
  const publish = async (): Promise<void> => {
    const json = JSON.stringify(await registry.getMetricsAsJSON());
    await store.command(['SADD', METRICS_MEMBERS_KEY, name]);
    await store.command(['SET', METRICS_KEY_PREFIX + name, json, 'PX', String(PUBLISH_TTL_MS)]);
  };
  const timer = setInterval(() => publish().catch(() => {}), PUBLISH_INTERVAL_MS);
  timer.unref();
  publish().catch(() => {});
  return () => clearInterval(timer);
}

type MetricsJson = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** What other processes published. A store that cannot be reached gives nothing. */
async function readPublished(store: MetricsStore): Promise<MetricsJson[]> {
  try {
    const names = await store.command<string[]>(['SMEMBERS', METRICS_MEMBERS_KEY]);
    const found: MetricsJson[] = [];
    for (const name of names) {
      const json = await store.command<string | null>(['GET', METRICS_KEY_PREFIX + name]);
      if (json === null) await store.command(['SREM', METRICS_MEMBERS_KEY, name]);
      else found.push(JSON.parse(json) as MetricsJson);
    }
    return found;
  } catch {
    return [];
  }
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** The text of /metrics: this process's figures and those other processes published, added up. */
export async function renderMetrics(store: MetricsStore): Promise<string> {
  const all = [await registry.getMetricsAsJSON(), ...(await readPublished(store))];
  return AggregatorRegistry.aggregate(all).metrics();
}
