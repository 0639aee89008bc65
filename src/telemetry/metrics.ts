/**
 * What Weir measures of itself, for Prometheus. Every name begins with `weir_`; times are in seconds, sizes in bytes.
 * Labels come from closed sets (routes as they are declared, never as they were asked for), so the number of series is bounded.
 *
 * The front serves /metrics for the whole instance: processes without an HTTP server publish what they measured (see
 * publish.ts) and the front merges it.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export const registry = new Registry();

const registers = [registry];

const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const STAGE_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const ROWS_BUCKETS = [1, 10, 100, 500, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000];

/** By what failed, such as "redis", "clickhouse", "postgres", "http"; `code` is the failure's stable code. */
export const errorsTotal = new Counter({
  name: 'weir_errors_total',
  help: 'Failures by component and code',
  labelNames: ['component', 'code'] as const,
  registers,
});

// The front.

export const httpRequestSeconds = new Histogram({
  name: 'weir_http_request_seconds',
  help: 'Time from the request line to the last byte handed to the socket',
  labelNames: ['route', 'method', 'status'] as const,
  buckets: LATENCY_BUCKETS_S,
  registers,
});

export const httpReceivingBytes = new Gauge({
  name: 'weir_http_receiving_bytes',
  help: 'Bytes of request bodies held in memory',
  registers,
});

export const liveSockets = new Gauge({
  name: 'weir_live_sockets',
  help: 'Sockets of live views open on this front',
  registers,
});

export const acceptedPayloadsTotal = new Counter({
  name: 'weir_accepted_payloads_total',
  help: 'Payloads that are on disk in Redis',
  labelNames: ['format'] as const,
  registers,
});

export const acceptedEventsTotal = new Counter({
  name: 'weir_accepted_events_total',
  help: 'Events in accepted payloads',
  labelNames: ['format'] as const,
  registers,
});

export const acceptedBytesTotal = new Counter({
  name: 'weir_accepted_bytes_total',
  help: 'Bytes of accepted payloads as they came',
  registers,
});

// Ingest.

export const eventsTotal = new Counter({
  name: 'weir_events_total',
  help: 'Events by outcome: stored, duplicate, rejected, dropped',
  labelNames: ['outcome'] as const,
  registers,
});

export const rejectsTotal = new Counter({
  name: 'weir_rejected_events_total',
  help: 'Rejected events by reject code',
  labelNames: ['code'] as const,
  registers,
});

/** plugin: a file of the plugin folder names it, so the set is bounded; '' when none is to blame. */
export const pluginErrorsTotal = new Counter({
  name: 'weir_plugin_errors_total',
  help: 'Events that a plugin failed on, by plugin and reject code',
  labelNames: ['plugin', 'code'] as const,
  registers,
});

export const lookedUpTotal = new Counter({
  name: 'weir_looked_up_ids_total',
  help: 'Event ids that the fingerprints could not call new and the table was asked about',
  registers,
});

export const fingerprintBytes = new Gauge({
  name: 'weir_fingerprint_bytes',
  help: 'Memory that remembers the event ids of the deduplication window',
  labelNames: ['partition'] as const,
  registers,
});

export const batchRows = new Histogram({
  name: 'weir_batch_rows',
  help: 'Events in one inserted batch',
  buckets: ROWS_BUCKETS,
  registers,
});

/** stage: read, decode, deduplicate, insert, acknowledge, a pipeline stage's own name, or "plugin:" and a plugin's. */
export const stageSeconds = new Histogram({
  name: 'weir_stage_seconds',
  help: 'Time a batch spends in each stage of ingest',
  labelNames: ['stage'] as const,
  buckets: STAGE_BUCKETS_S,
  registers,
});

export const ingestLagSeconds = new Gauge({
  name: 'weir_ingest_lag_seconds',
  help: 'Age of the oldest payload that is not stored yet; 0 when none waits',
  labelNames: ['partition'] as const,
  registers,
});

export const streamEntries = new Gauge({
  name: 'weir_stream_entries',
  help: 'Payloads that wait in a partition of the stream',
  labelNames: ['partition'] as const,
  registers,
});

export const streamBytes = new Gauge({
  name: 'weir_stream_bytes',
  help: 'Bytes of payloads that wait in a partition of the stream',
  labelNames: ['partition'] as const,
  registers,
});

/** Every process shows what the last check found; the worst of them counts until all have read it. */
export const integrityOk = new Gauge({
  name: 'weir_integrity_ok',
  help: '1 when accepted = stored + duplicates + rejected + pending held at the last check, else 0',
  labelNames: ['project'] as const,
  aggregator: 'min',
  registers,
});

/** Of the front that keeps rollups; the others show none. */
export const rollups = new Gauge({
  name: 'weir_rollups',
  help: 'Rollups of metrics, by how far they are',
  labelNames: ['state'] as const,
  aggregator: 'max',
  registers,
});

export const metricRunsTotal = new Counter({
  name: 'weir_metric_runs_total',
  help: 'Scheduled runs of metrics that ended',
  labelNames: ['state'] as const,
  registers,
});

export const modelTrainingsTotal = new Counter({
  name: 'weir_model_trainings_total',
  help: 'Trainings of predictive models that ended',
  labelNames: ['state'] as const,
  registers,
});

export const alertEvaluationsTotal = new Counter({
  name: 'weir_alert_evaluations_total',
  help: 'Evaluations of alerts by outcome: done, failed',
  labelNames: ['outcome'] as const,
  registers,
});

/** level: l1 (this process), l2 (Redis); result: hit, stale (an older answer that was allowed), miss. */
export const cacheRequestsTotal = new Counter({
  name: 'weir_cache_requests_total',
  help: 'Looks for a kept answer, by level and result',
  labelNames: ['level', 'result'] as const,
  registers,
});

// Outside systems, as seen from here.

export const redisSeconds = new Histogram({
  name: 'weir_redis_seconds',
  help: 'Time of a Redis operation, its fsync included',
  labelNames: ['operation'] as const,
  buckets: STAGE_BUCKETS_S,
  registers,
});

export const clickhouseSeconds = new Histogram({
  name: 'weir_clickhouse_seconds',
  help: 'Time of a ClickHouse operation',
  labelNames: ['operation'] as const,
  buckets: LATENCY_BUCKETS_S,
  registers,
});

let collecting = false;

/** Adds the process's own figures (memory, CPU, event loop) under the name weir_process_…; once a process. */
export function collectProcessMetrics(): void {
  if (collecting) return;
  collecting = true;
  collectDefaultMetrics({ register: registry, prefix: 'weir_' });
}
