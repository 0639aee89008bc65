/**
 * What ingest asks of the tables: which ids are there, what they hold of a batch, the hashes of stored ids; and the two
 * inserts. Statements are in sql/clickhouse/, one a file.
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import { EVENT_COLUMNS } from '../event/columns.js';
import { hashEventId } from '../event/hash.js';
import type { RejectedEvent } from '../event/types.js';

/** The part of the ClickHouse client that ingest uses. Throws EngineError. */
export type EngineClient = Pick<ClickHouse, 'query' | 'insertNative' | 'insertKept' | 'insertRows'>;

/** A stored event, as deduplication sees it: the two words of its content's hash, and when it was received. */
export interface StoredEvent {
  low: number;
  high: number;
  receivedMs: number;
}

/** A batch, and between which times of receipt its entries lie. */
export interface BatchRange {
  partition: number;
  seq: number;
  fromMs: number;
  toMs: number;
}

export interface KeptReject {
  payloadId: string;
  index: number;
}

/** A span of time with this many events. */
export interface LoadSpan {
  fromMs: number;
  toMs: number;
  events: number;
}

export interface IngestTables {
  /** Stored events with these ids, received in [fromMs, toMs], of earlier batches: by id. */
  findEventIds(
    project: string,
    ids: readonly string[],
    range: { fromMs: number; toMs: number; beforeSeq: number },
  ): Promise<Map<string, StoredEvent[]>>;
  /** What is stored of a batch, by eventKey. */
  readBatchRows(batch: BatchRange): Promise<Map<string, StoredEvent[]>>;
  /** Rejected events of a batch that are kept. */
  readBatchRejects(batch: BatchRange): Promise<KeptReject[]>;
  /** When a partition's events were received since `fromMs`, oldest first, in spans of about LOAD_EVENTS. */
  listLoadSpans(partition: number, fromMs: number, spanMsMax: number): Promise<LoadSpan[]>;
  /** Hashes of the ids received in a span, [low, high] each. */
  loadHashes(partition: number, span: LoadSpan): Promise<Uint32Array>;
  insertEvents(block: Uint8Array, token: string): Promise<void>;
  /** Inserts the rows of a block with a `keep` column (keep-column.ts) where that is 1. */
  insertKeptEvents(block: Uint8Array, token: string): Promise<void>;
  /** `formatOf` tells the wire form of a payload. */
  insertRejects(
    batch: BatchRange,
    rejects: readonly RejectedEvent[],
    formatOf: (payloadId: string) => string,
    token: string,
  ): Promise<void>;
}

/** Characters of event ids in one look-up: they travel in the URL, of which ClickHouse takes 1 MB, a value 128 kB. */
const LOOKUP_CHARACTERS_MAX = 40_000;
/** Ids in one look-up: every id asks the bloom filter of every granule in the range. */
const LOOKUP_IDS_MAX = 1_000;
/** Look-ups by id, one after another; more ids than these hold are looked up by hash, which reads every id of the range. */
const BLOOM_LOOKUPS_MAX = 2;
/** Hashes in one look-up: 5.3 characters each in the URL, of which ClickHouse takes 128 kB a value. */
const LOOKUP_HASHES_MAX = 20_000;
/** Events whose hashes are loaded by one query: 10.7 bytes each in its answer. */
const LOAD_EVENTS = 1_000_000;
/** The finest span that loading cuts time into. */
const LOAD_SPAN_MS = 300_000;
/** Rejected events in one insert, and characters of their texts: what an insert's JSON takes in memory. */
const REJECTS_PER_INSERT = 20_000;
const REJECT_CHARACTERS_PER_INSERT = 16_000_000;

/**
 * The whole block is one insert with one token: nothing may split it, neither by rows nor over threads, and however
 * many months it touches it must not be refused for that.
 */
const EVENTS_INSERT_SETTINGS = {
  max_insert_threads: 1,
  max_insert_block_size: 10_000_000,
  min_insert_block_size_rows: 10_000_000,
  min_insert_block_size_bytes: 4_294_967_296,
  max_partitions_per_insert_block: 0,
  async_insert: 0,
} as const;

const COLUMN_NAMES = EVENT_COLUMNS.map((column) => column.name);

/** Names an event among those of several projects. */
export const eventKey = (project: string, eventId: string): string => `${project}\u0000${eventId}`;

function* chunkIds(ids: readonly string[]): Generator<string[]> {
  let chunk: string[] = [];
  let characters = 0;
  for (const id of ids) {
    if (
      chunk.length >= LOOKUP_IDS_MAX ||
      (chunk.length > 0 && characters + id.length > LOOKUP_CHARACTERS_MAX)
    ) {
      yield chunk;
      chunk = [];
      characters = 0;
    }
    chunk.push(id);
    characters += id.length;
  }
  if (chunk.length > 0) yield chunk;
}

/** The high words of the ids' hashes, as find-event-hashes.sql wants them. */
function packHashes(project: string, ids: readonly string[]): string {
  const packed = Buffer.allocUnsafe(ids.length * 4);
  ids.forEach((id, i) => {
    packed.writeUInt32LE(hashEventId(project, id)[1], i * 4);
  });
  return packed.toString('base64');
}

/** Joins neighbouring spans until each holds about LOAD_EVENTS or is as long as it may be. */
function joinSpans(spans: readonly LoadSpan[], spanMsMax: number): LoadSpan[] {
  const joined: LoadSpan[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last && last.events + span.events <= LOAD_EVENTS && span.toMs - last.fromMs <= spanMsMax) {
      last.toMs = span.toMs;
      last.events += span.events;
    } else {
      joined.push({ ...span });
    }
  }
  return joined;
}

interface FoundRow {
  event_id: string;
  content_low: number;
  content_high: number;
  received_ms: string | number;
}

function addStored(found: Map<string, StoredEvent[]>, key: string, row: FoundRow): void {
  const event = { low: row.content_low, high: row.content_high, receivedMs: Number(row.received_ms) };
  const list = found.get(key);
  if (list) list.push(event);
  else found.set(key, [event]);
}

function* chunkRejects(rejects: readonly RejectedEvent[]): Generator<RejectedEvent[]> {
  let chunk: RejectedEvent[] = [];
  let characters = 0;
  for (const reject of rejects) {
    if (chunk.length >= REJECTS_PER_INSERT || characters >= REJECT_CHARACTERS_PER_INSERT) {
      yield chunk;
      chunk = [];
      characters = 0;
    }
    chunk.push(reject);
    characters += reject.raw.length + reject.message.length;
  }
  if (chunk.length > 0) yield chunk;
}

const describeRejectRow = (batch: BatchRange, reject: RejectedEvent, format: string): object => ({
  project: reject.project,
  received_at: new Date(reject.receivedAtMs).toISOString().replace('T', ' ').replace('Z', ''),
  payload_id: reject.payloadId,
  event_index: reject.index,
  event: reject.event,
  event_id: reject.eventId,
  code: reject.code,
  path: reject.path,
  message: reject.message,
  raw: reject.raw,
  format,
  batch_partition: batch.partition,
  batch_seq: String(batch.seq),
});

/** The tables behind a ClickHouse client. */
export function createIngestTables(client: EngineClient): IngestTables {
  const rangeParams = (batch: BatchRange) => ({
    partition: batch.partition,
    seq: String(batch.seq),
    from: batch.fromMs,
    to: batch.toMs,
  });
  return {
    async findEventIds(project, ids, range) {
      const found = new Map<string, StoredEvent[]>();
      const common = { project, from: range.fromMs, to: range.toMs, before_seq: String(range.beforeSeq) };
      const ask = async (file: string, params: Record<string, unknown>) => {
        const { rows } = await client.query<FoundRow>(loadSql(file), { params: { ...common, ...params } });
        return rows;
      };
      if (ids.length <= LOOKUP_IDS_MAX * BLOOM_LOOKUPS_MAX) {
        for (const chunk of chunkIds(ids)) {
          for (const row of await ask('clickhouse/find-event-ids.sql', { ids: chunk }))
            addStored(found, row.event_id, row);
        }
        return found;
      }
      const wanted = new Set(ids);
      for (let start = 0; start < ids.length; start += LOOKUP_HASHES_MAX) {
        const hashes = packHashes(project, ids.slice(start, start + LOOKUP_HASHES_MAX));
        for (const row of await ask('clickhouse/find-event-hashes.sql', { hashes })) {
          if (wanted.has(row.event_id)) addStored(found, row.event_id, row);
        }
      }
      return found;
    },
    async readBatchRows(batch) {
      const { rows } = await client.query<FoundRow & { project: string }>(
        loadSql('clickhouse/batch-rows.sql'),
        { params: rangeParams(batch) },
      );
      const stored = new Map<string, StoredEvent[]>();
      for (const row of rows) addStored(stored, eventKey(row.project, row.event_id), row);
      return stored;
    },
    async readBatchRejects(batch) {
      const { rows } = await client.query<{ payload_id: string; event_index: number }>(
        loadSql('clickhouse/batch-rejects.sql'),
        { params: rangeParams(batch) },
      );
      return rows.map((row) => ({ payloadId: row.payload_id, index: row.event_index }));
    },
    async listLoadSpans(partition, fromMs, spanMsMax) {
      const params = { partition, from: fromMs, span_ms: LOAD_SPAN_MS };
      const { rows } = await client.query<{ from_ms: string | number; events: string | number }>(
        loadSql('clickhouse/fingerprint-spans.sql'),
        { params },
      );
      const spans = rows.map((row) => ({
        fromMs: Number(row.from_ms),
        toMs: Number(row.from_ms) + LOAD_SPAN_MS,
        events: Number(row.events),
      }));
      return joinSpans(spans, spanMsMax);
    },
    async loadHashes(partition, span) {
      const params = { partition, from: span.fromMs, to: span.toMs };
      const { rows } = await client.query<{ hashes: string }>(loadSql('clickhouse/load-fingerprints.sql'), {
        params,
      });
      const bytes = Buffer.from(rows[0]?.hashes ?? '', 'base64');
      const hashes = new Uint32Array(bytes.length / 4);
      for (let i = 0; i < hashes.length; i++) hashes[i] = bytes.readUInt32LE(i * 4);
      return hashes;
    },
    async insertEvents(block, token) {
      await client.insertNative('events', COLUMN_NAMES, block, { token, settings: EVENTS_INSERT_SETTINGS });
    },
    async insertKeptEvents(block, token) {
      await client.insertKept('events', EVENT_COLUMNS, block, { token, settings: EVENTS_INSERT_SETTINGS });
    },
    async insertRejects(batch, rejects, formatOf, token) {
      for (const chunk of chunkRejects(rejects)) {
        const rows = chunk.map((reject) => describeRejectRow(batch, reject, formatOf(reject.payloadId)));
        // A later attempt may have fewer to insert: its chunks are other inserts, and must not pass for these.
        const { payloadId, index } = chunk[0]!;
        await client.insertRows('rejected_events', rows, {
          token: `${token}-${payloadId}-${index}-${chunk.length}`,
        });
      }
    },
  };
}
