/** Acknowledged batches against their rows: what the outcome records say is stored, and what the tables hold. */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import { formatPayloadId } from '../event/types.js';
import type { Redis } from '../redis/client.js';
import { entryMs } from '../stream/entry-id.js';
import { type AcknowledgedBatch, readAcknowledged } from '../stream/outcome-log.js';
import type { EntryOutcome } from '../stream/outcome-record.js';

export interface BatchDeps {
  redis: Redis;
  clickhouse: Pick<ClickHouse, 'query'>;
}

/** A project's time of receipt, [fromMs, toMs). */
export interface Span {
  project: string;
  partition: number;
  fromMs: number;
  toMs: number;
}

export interface TornBatch {
  /** "partition/number". */
  batch: string;
  table: 'events' | 'rejected_events';
  /** Rows that its outcome says it has, and rows that are there. */
  expected: number;
  found: number;
  payload_ids: string[];
}

/** The members of a list by key, each group in the list's order. */
export function groupBy<K, T>(list: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of list) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
}

const TABLES = [
  { table: 'events', field: 'stored' },
  { table: 'rejected_events', field: 'rejected' },
] as const;
type Table = (typeof TABLES)[number];

/** The project's entries of a batch that were received in the span. */
const entriesIn = (batch: AcknowledgedBatch, span: Span): EntryOutcome[] =>
  batch.entries.filter(({ project, entryId }) => {
    const ms = entryMs(entryId);
    return project === span.project && ms >= span.fromMs && ms < span.toMs;
  });

/** Payloads of a batch received in a millisecond in which the table has more or fewer rows than they have events. */
async function findTornPayloads(
  deps: BatchDeps,
  span: Span,
  { table, field }: Table,
  seq: string,
  entries: readonly EntryOutcome[],
): Promise<string[]> {
  const { rows } = await deps.clickhouse.query<{ received_ms: string | number; events: string | number }>(
    loadSql('clickhouse/verify-receipts.sql'),
    { params: { table, project: span.project, partition: span.partition, seq } },
  );
  const found = new Map(rows.map((row) => [Number(row.received_ms), Number(row.events)]));
  const byMs = groupBy(entries, ({ entryId }) => entryMs(entryId));
  return [...byMs].flatMap(([ms, together]) => {
    const expected = together.reduce((sum, entry) => sum + entry[field], 0);
    return expected === (found.get(ms) ?? 0)
      ? []
      : together.map(({ entryId }) => formatPayloadId(span.partition, entryId));
  });
}

async function compareTable(
  deps: BatchDeps,
  span: Span,
  one: Table,
  batches: readonly { seq: string; entries: EntryOutcome[] }[],
): Promise<TornBatch[]> {
  const { table, field } = one;
  const { project, partition, fromMs: from, toMs: to } = span;
  const { rows } = await deps.clickhouse.query<{ seq: string | number; events: string | number }>(
    loadSql('clickhouse/verify-batches.sql'),
    { params: { table, project, partition, from, to, seqs: batches.map(({ seq }) => Number(seq)) } },
  );
  const counts = new Map(rows.map((row) => [String(row.seq), Number(row.events)]));
  const torn: TornBatch[] = [];
  for (const { seq, entries } of batches) {
    const expected = entries.reduce((sum, entry) => sum + entry[field], 0);
    const found = counts.get(seq) ?? 0;
    if (expected === found) continue;
    const payloadIds = await findTornPayloads(deps, span, one, seq, entries);
    torn.push({ batch: `${partition}/${seq}`, table, expected, found, payload_ids: payloadIds });
  }
  return torn;
}

/** Compares the acknowledged batches of a span with their rows, until more than `findingsMax` differ. */
export async function compareBatches(
  deps: BatchDeps,
  span: Span,
  findingsMax: number,
): Promise<{ torn: TornBatch[]; compared: number }> {
  const torn: TornBatch[] = [];
  let compared = 0;
  for await (const page of readAcknowledged(deps.redis, span.partition, span.fromMs, span.toMs)) {
    const batches = page
      .map((batch) => ({ seq: batch.seq, entries: entriesIn(batch, span) }))
      .filter(({ entries }) => entries.length > 0);
    if (batches.length === 0) continue;
    compared += batches.length;
    for (const one of TABLES) torn.push(...(await compareTable(deps, span, one, batches)));
    if (torn.length > findingsMax) break;
  }
  return { torn, compared };
}
