/**
 * What `weir verify` finds out about one project: the books hour by hour, and where they do not balance, which events and
 * batches are to blame. It only reads, and may run beside everything else: of batches that are not acknowledged yet
 * nothing is asked.
 *
 *   hours            accepted = stored + duplicates + rejected + pending, for each hour of receipt
 *   duplicated       event ids with two stored rows received within the deduplication window, and the batches of these rows
 *   torn_batches     acknowledged batches whose rows are not as many as their outcome says, and the payloads it may be: those
 *                    received in a millisecond of which the rows do not add up. Outcomes are remembered for a day
 *   rejected_twice   rejected events that are kept more than once
 *   rollups          whatever the checks passed in say
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import { BoundaryError } from '../errors.js';
import type { Redis } from '../redis/client.js';
import type { StreamOptions } from '../stream/options.js';
import { partitionOf } from '../stream/partition.js';
import {
  checkIntegrity,
  type IntegrityReport,
  type RollupCheck,
  type RollupIntegrity,
  widenSpan,
} from './integrity.js';
import { compareBatches, groupBy, type Span, type TornBatch } from './verify-batches.js';

const HOUR_MS = 3_600_000;
/** Findings of each kind that are named; `truncated` says that there are more. */
const FINDINGS_MAX = 1_000;
/** Events whose ids are counted in one go: about 100 bytes of the engine's memory each. */
const IDS_PER_BUCKET = 5_000_000;
/** Ids in one question about their rows: they travel in the URL. */
const IDS_PER_QUERY = 200;

export interface VerifyDeps {
  redis: Redis;
  clickhouse: Pick<ClickHouse, 'query'>;
  stream: { options: Pick<StreamOptions, 'partitions' | 'countersTtlMs'> };
  dedupWindowMs: number;
  rollupChecks?: readonly RollupCheck[];
}

export interface VerifyRequest {
  project: string;
  /** Times of receipt in ms; default: the last 24 hours. Widened to whole hours. */
  fromMs?: number;
  toMs?: number;
}

export interface DuplicatedEvent {
  event_id: string;
  copies: { batch: string; received_at: string }[];
}

export interface RejectedTwice {
  payload_id: string;
  index: number;
  event_id: string;
  copies: number;
}

export type HourReport = Omit<IntegrityReport, 'rollups' | 'from' | 'to'> & { hour: string };

export interface VerifyReport {
  project: string;
  from: string;
  to: string;
  /** Hours in which something was accepted, stored or rejected. */
  hours: HourReport[];
  duplicated: DuplicatedEvent[];
  torn_batches: TornBatch[];
  /** Acknowledged batches that were compared with their rows. */
  batches_compared: number;
  rejected_twice: RejectedTwice[];
  rollups: RollupIntegrity[];
  /** Some list has FINDINGS_MAX members, and there are more. */
  truncated: boolean;
  ok: boolean;
}

async function checkHours(deps: VerifyDeps, span: Span): Promise<HourReport[]> {
  const hours: HourReport[] = [];
  for (let hourMs = span.fromMs; hourMs < span.toMs; hourMs += HOUR_MS) {
    const report = await checkIntegrity(deps, {
      project: span.project,
      fromMs: hourMs,
      toMs: hourMs + HOUR_MS,
    });
    const { from, to: _, rollups: __, ...books } = report;
    if (!books.ok || books.accepted + books.stored + books.rejected + books.dropped > 0)
      hours.push({ hour: from, ...books });
  }
  return hours;
}

interface CopyRow {
  event_id: string;
  batch_partition: number;
  batch_seq: string;
  received_ms: string | number;
}

/** Whether two neighbours were received within the window of each other: then the second should not have been stored. */
const isTooClose = (rows: readonly CopyRow[], windowMs: number): boolean =>
  rows.some((row, i) => i > 0 && Number(row.received_ms) - Number(rows[i - 1]!.received_ms) <= windowMs);

async function listRepeatedIds(
  deps: VerifyDeps,
  params: Readonly<Record<string, unknown>>,
  events: number,
): Promise<string[]> {
  const buckets = Math.max(1, Math.ceil(events / IDS_PER_BUCKET));
  const ids: string[] = [];
  for (let bucket = 0; bucket < buckets && ids.length <= FINDINGS_MAX; bucket++) {
    const { rows } = await deps.clickhouse.query<{ event_id: string }>(
      loadSql('clickhouse/verify-repeated-ids.sql'),
      { params: { ...params, buckets, bucket, limit: FINDINGS_MAX + 1 } },
    );
    for (const row of rows) ids.push(row.event_id);
  }
  return ids;
}

/** Ids stored twice, of which a copy was received in the span; what was received within the window before it counts too. */
async function findDuplicated(deps: VerifyDeps, span: Span): Promise<DuplicatedEvent[]> {
  const from = Math.max(0, span.fromMs - deps.dedupWindowMs);
  const params = { project: span.project, from, to: span.toMs };
  const counted = await deps.clickhouse.query<{ events: string | number }>(
    loadSql('clickhouse/integrity-stored.sql'),
    { params: { ...params, partition: span.partition, acked_seq: String(2n ** 64n - 1n) } },
  );
  const ids = await listRepeatedIds(deps, params, Number(counted.rows[0]?.events ?? 0));
  const duplicated: DuplicatedEvent[] = [];
  for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
    const { rows } = await deps.clickhouse.query<CopyRow>(loadSql('clickhouse/verify-copies.sql'), {
      params: { ...params, ids: ids.slice(start, start + IDS_PER_QUERY) },
    });
    for (const copies of groupBy(rows, (row) => row.event_id).values()) {
      const isInSpan = copies.some((copy) => Number(copy.received_ms) >= span.fromMs);
      if (isInSpan && isTooClose(copies, deps.dedupWindowMs)) duplicated.push(describeCopies(copies));
    }
  }
  return duplicated;
}

const describeCopies = (copies: readonly CopyRow[]): DuplicatedEvent => ({
  event_id: copies[0]!.event_id,
  copies: copies.map((copy) => ({
    batch: `${copy.batch_partition}/${copy.batch_seq}`,
    received_at: new Date(Number(copy.received_ms)).toISOString(),
  })),
});

async function findRejectedTwice(deps: VerifyDeps, span: Span): Promise<RejectedTwice[]> {
  const { rows } = await deps.clickhouse.query<{
    payload_id: string;
    event_index: number;
    event_id: string;
    copies: string | number;
  }>(loadSql('clickhouse/verify-rejected-twice.sql'), {
    params: { project: span.project, from: span.fromMs, to: span.toMs, limit: FINDINGS_MAX + 1 },
  });
  return rows.map((row) => ({
    payload_id: row.payload_id,
    index: row.event_index,
    event_id: row.event_id,
    copies: Number(row.copies),
  }));
}

/** A check that cannot be made is a finding of its own: it must not hide the others. */
async function checkAllRollups(deps: VerifyDeps, span: Span): Promise<RollupIntegrity[]> {
  const rollups: RollupIntegrity[] = [];
  for (const check of deps.rollupChecks ?? []) {
    try {
      rollups.push(...(await check(span.project, span.fromMs, span.toMs)));
    } catch (error) {
      if (!(error instanceof BoundaryError)) throw error;
      rollups.push({ name: `(not checked: ${error.message})`, ok: false });
    }
  }
  return rollups;
}

/** Verifies one project. Throws RequestError for a wrong span, StreamError, EngineError. */
export async function verifyProject(deps: VerifyDeps, request: VerifyRequest): Promise<VerifyReport> {
  const { project } = request;
  const { fromMs, toMs } = widenSpan(request, deps.stream.options.countersTtlMs);
  const span = { project, partition: partitionOf(project, deps.stream.options.partitions), fromMs, toMs };
  const hours = await checkHours(deps, span);
  const duplicated = await findDuplicated(deps, span);
  const { torn, compared } = await compareBatches(deps, span, FINDINGS_MAX);
  const rejectedTwice = await findRejectedTwice(deps, span);
  const rollups = await checkAllRollups(deps, span);
  const lists = [duplicated, torn, rejectedTwice];
  return {
    project,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    hours,
    duplicated: duplicated.slice(0, FINDINGS_MAX),
    torn_batches: torn.slice(0, FINDINGS_MAX),
    batches_compared: compared,
    rejected_twice: rejectedTwice.slice(0, FINDINGS_MAX),
    rollups,
    truncated: lists.some((list) => list.length > FINDINGS_MAX),
    ok:
      hours.every((hour) => hour.ok) &&
      lists.every((list) => list.length === 0) &&
      rollups.every((rollup) => rollup.ok),
  };
}
