/** What ingest says about itself while it works. Metrics are in src/telemetry/metrics.ts; logs say what a person must know. */
import { StreamError } from '../errors.js';
import type { PreparedBatch } from '../event/prepared.js';
import type { RejectCode } from '../event/types.js';
import type { Logger } from '../telemetry/log.js';
import {
  batchRows,
  errorsTotal,
  eventsTotal,
  fingerprintBytes,
  ingestLagSeconds,
  lookedUpTotal,
  pluginErrorsTotal,
  rejectsTotal,
  stageSeconds,
  streamBytes,
  streamEntries,
} from '../telemetry/metrics.js';

export interface IngestTelemetry {
  /** A batch was acknowledged. */
  acknowledged(counts: {
    rows: number;
    stored: number;
    duplicates: number;
    rejected: number;
    dropped: number;
  }): void;
  rejected(codes: ReadonlyMap<RejectCode, number>): void;
  /** Time of one batch in one stage. */
  stage(name: string, ms: number): void;
  /** Plugins failed on events of an acknowledged batch. */
  pluginErrors(errors: PreparedBatch['pluginErrors']): void;
  /** How often each plugin failed since the process started. */
  listPluginErrors(): PreparedBatch['pluginErrors'];
  /** Ids of a batch that the fingerprints could not call new. */
  lookedUp(ids: number): void;
  /** What waits in a partition held here: age of the oldest payload, 0 when none waits. */
  backlog(partition: number, lagMs: number, entries: number, bytes: number): void;
  /** Memory that a partition's fingerprints take. */
  fingerprints(partition: number, bytes: number): void;
  /** The partition is somebody else's now. */
  forget(partition: number): void;
  /** Something outside failed; it will be tried again. */
  failed(component: string, code: string, error: unknown): void;
}

/** The same failure is logged at most this often. */
const LOG_INTERVAL_MS = 10_000;

/** Telemetry into the process's metrics and log. */
export function createIngestTelemetry(log: Logger): IngestTelemetry {
  const loggedAt = new Map<string, number>();
  const pluginCounts = new Map<string, PreparedBatch['pluginErrors'][number]>();
  return {
    acknowledged({ rows, stored, duplicates, rejected, dropped }) {
      batchRows.observe(rows);
      eventsTotal.inc({ outcome: 'stored' }, stored);
      eventsTotal.inc({ outcome: 'duplicate' }, duplicates);
      eventsTotal.inc({ outcome: 'rejected' }, rejected);
      eventsTotal.inc({ outcome: 'dropped' }, dropped);
    },
    rejected(codes) {
      for (const [code, count] of codes) rejectsTotal.inc({ code }, count);
    },
    stage(name, ms) {
      stageSeconds.observe({ stage: name }, ms / 1_000);
    },
    pluginErrors(errors) {
      for (const { plugin, code, count } of errors) {
        pluginErrorsTotal.inc({ plugin, code }, count);
        const key = `${plugin} ${code}`;
        pluginCounts.set(key, { plugin, code, count: (pluginCounts.get(key)?.count ?? 0) + count });
      }
    },
    listPluginErrors: () => [...pluginCounts.values()],
    lookedUp(ids) {
      if (ids > 0) lookedUpTotal.inc(ids);
    },
    backlog(partition, lagMs, entries, bytes) {
      const labels = { partition: String(partition) };
      ingestLagSeconds.set(labels, lagMs / 1_000);
      streamEntries.set(labels, entries);
      streamBytes.set(labels, bytes);
    },
    fingerprints(partition, bytes) {
      fingerprintBytes.set({ partition: String(partition) }, bytes);
    },
    forget(partition) {
      const labels = { partition: String(partition) };
      for (const gauge of [ingestLagSeconds, streamEntries, streamBytes, fingerprintBytes])
        gauge.remove(labels);
    },
    failed(component, code, error) {
      errorsTotal.inc({ component, code });
      const key = `${component} ${code}`;
      const now = performance.now();
      if (now - (loggedAt.get(key) ?? -LOG_INTERVAL_MS) < LOG_INTERVAL_MS) return;
      loggedAt.set(key, now);
      const isOurs = component === 'integrity' || (error instanceof StreamError && !error.retryable);
      log[isOurs ? 'error' : 'warn'](
        { err: error, component, code },
        `${component} failed (${code}); trying again`,
      );
    },
  };
}
