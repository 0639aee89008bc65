/**
 * Proof that nothing was lost or doubled: accepted = stored + duplicates + rejected + pending, for a project and a span of time.
 *
 * The sides are counted in different places. Accepted and duplicates are counters in Redis, written in the same script as
 * the payload and its acknowledgement. Stored and rejected are counted in the tables, by time of receipt, which is the
 * entry's own id and therefore means the same in both places. Pending is counted in the stream, entry by entry, unless too
 * many wait; then it is the counter that each append raises and each acknowledgement lowers.
 *
 * It holds while ingest runs: one script reads counters, stream and the newest acknowledged batch at one instant, and the
 * tables are asked about batches up to that one, of which nothing is missing and nothing is added later.
 *
 * Counters are hourly, so a span is widened to whole hours; the answer says which. Erasing a person's events lowers what
 * is stored: whoever erases has to record how many, by hour of receipt, and add them here.
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import { RequestError } from '../errors.js';
import type { Redis } from '../redis/client.js';
import { readCounters } from '../stream/counters.js';
import type { StreamOptions } from '../stream/options.js';

const HOUR_MS = 3_600_000;
const DEFAULT_SPAN_MS = 24 * HOUR_MS;

export interface IntegrityRequest {
  project: string;
  /** Times of receipt in ms; default: the last 24 hours. */
  fromMs?: number;
  toMs?: number;
}

export interface RollupIntegrity {
  name: string;
  ok: boolean;
}

/** Compares a project's rollups with the raw table over a span of time. Throws EngineError, MetadataError. */
export type RollupCheck = (project: string, fromMs: number, toMs: number) => Promise<RollupIntegrity[]>;

export interface IntegrityReport {
  /** The span that was checked, whole hours, ISO 8601; `to` is not included. */
  from: string;
  to: string;
  accepted: number;
  stored: number;
  duplicates: number;
  rejected: number;
  pending: number;
  /** Discarded on purpose by a stage of the pipeline; not part of `accepted`. */
  dropped: number;
  rollups: RollupIntegrity[];
  ok: boolean;
}

export interface IntegrityDeps {
  redis: Redis;
  clickhouse: Pick<ClickHouse, 'query'>;
  stream: { options: Pick<StreamOptions, 'partitions' | 'countersTtlMs'> };
  /** Checks each rollup against the raw table; absent: there are none. */
  checkRollups?: RollupCheck;
}

/** The whole hours around a span. Throws RequestError when it is none, or longer than counters are kept. */
export function widenSpan(
  request: Pick<IntegrityRequest, 'fromMs' | 'toMs'>,
  keptMs: number,
): { fromMs: number; toMs: number } {
  const toMs = Math.ceil((request.toMs ?? Date.now()) / HOUR_MS) * HOUR_MS;
  const fromMs = Math.floor((request.fromMs ?? toMs - DEFAULT_SPAN_MS) / HOUR_MS) * HOUR_MS;
  if (!(fromMs < toMs)) {
    throw new RequestError(422, 'invalid_range', '"from" must lie before "to".');
  }
  if (toMs - fromMs > keptMs) {
    const days = Math.floor(keptMs / (24 * HOUR_MS));
    throw new RequestError(
      422,
      'range_too_long',
      `Counters are kept for ${days} days; ask for a shorter span.`,
    );
  }
  return { fromMs, toMs };
}

/** Checks one project. Throws RequestError for a wrong span, StreamError and EngineError when either side cannot be asked. */
export async function checkIntegrity(
  deps: IntegrityDeps,
  request: IntegrityRequest,
): Promise<IntegrityReport> {
  const { project } = request;
  const { fromMs, toMs } = widenSpan(request, deps.stream.options.countersTtlMs);
  const counters = await readCounters(deps.redis, deps.stream.options, project, fromMs, toMs);
  const params = {
    project,
    from: fromMs,
    to: toMs,
    partition: counters.partition,
    acked_seq: String(counters.ackedSeq),
  };
  const count = async (file: string): Promise<number> => {
    const { rows } = await deps.clickhouse.query<{ events: string | number }>(loadSql(file), { params });
    return Number(rows[0]?.events ?? 0);
  };
  const [stored, rejected, rollups] = await Promise.all([
    count('clickhouse/integrity-stored.sql'),
    count('clickhouse/integrity-rejected.sql'),
    deps.checkRollups?.(project, fromMs, toMs) ?? [],
  ]);
  const { accepted, duplicates, dropped } = counters;
  const pending = counters.waiting ?? counters.pending;
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    accepted,
    stored,
    duplicates,
    rejected,
    pending,
    dropped,
    rollups,
    ok:
      accepted === stored + duplicates + rejected + pending &&
      stored === counters.stored &&
      rejected === counters.rejected &&
      pending === counters.pending &&
      rollups.every((rollup) => rollup.ok),
  };
}
