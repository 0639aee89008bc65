/**
 * The front's side of Redis Streams: append a payload, ask what became of it, wait for that.
 *
 * A payload is one stream entry, written by one script together with everything that must agree with it (capacity,
 * counters, idempotency key). The answer comes after Redis has synced its append-only file. What consumers do with a
 * partition is in consumer.ts.
 */
import { StreamError } from '../errors.js';
import { formatPayloadId, type Payload, parsePayloadId } from '../event/types.js';
import { fromRoot } from '../paths.js';
import { loadScript, type Redis } from '../redis/client.js';
import { faultPoint } from './fault-point.js';
import { partitionKeys } from './keys.js';
import { PARTITION_RESERVE, STREAM_DEFAULTS, type StreamOptions, weighEntry } from './options.js';
import { createOutcomeReader, type OutcomeReader } from './outcome-reader.js';
import { type BatchOutcome, decodeOutcome, type RejectDetail } from './outcome-record.js';
import { fixPartitionCount, partitionOf } from './partition.js';

const APPEND = loadScript(fromRoot('src/stream/lua/append.lua'));
const OUTCOME = loadScript(fromRoot('src/stream/lua/outcome.lua'));

/** How long a client should wait before it tries a full stream again. */
export const STREAM_FULL_RETRY_S = 5;

/** A payload to append. Its time of receipt is Redis's (the entry id's milliseconds), so `receivedAtMs` is not asked for. */
export type NewPayload = Omit<Payload, 'receivedAtMs'> & { receivedAtMs?: number };

export interface Idempotency {
  /** The client's Idempotency-Key; at most 200 characters are the caller's to check. */
  key: string;
  /** What to give back when the key comes again: any text, such as JSON of what the first answer needs. */
  answer: string;
}

export interface Appended {
  payloadId: string;
  /** Set when the idempotency key came before: the first payload's id is in `payloadId`, nothing was appended. */
  repeated?: { answer: string };
}

/** What became of a payload. received = stored + duplicates + rejected + dropped; conflicts are among the rejected. */
export interface PayloadDone {
  status: 'done';
  project: string;
  received: number;
  stored: number;
  duplicates: number;
  rejected: number;
  conflicts: number;
  /** Discarded on purpose by a stage of the pipeline. */
  dropped: number;
  /** Details of the first rejects; fewer than `rejected` when there were many. All are in rejected_events. */
  rejects: RejectDetail[];
}

/** `unknown`: no such payload, or its outcome has expired. */
export type PayloadOutcome =
  | PayloadDone
  | { status: 'pending'; project: string; received: number }
  | { status: 'unknown' };

/** As PayloadOutcome, when the asker gave up waiting. */
export type AwaitedOutcome = PayloadDone | { status: 'pending' } | { status: 'unknown' };

export interface StreamDepth {
  partition: number;
  entries: number;
  bytes: number;
}

export interface EventStream {
  readonly options: StreamOptions;
  /**
   * Appends a payload; resolves when Redis has it on disk. Throws StreamError: `stream_full` (answer 503 with
   * Retry-After STREAM_FULL_RETRY_S), or with `retryable` when Redis cannot be reached; the payload may then have been appended.
   */
  append(payload: NewPayload, idempotency?: Idempotency): Promise<Appended>;
  /** What became of a payload, now, and whose it is. An id that is not ours is `unknown`. Throws StreamError. */
  getPayloadOutcome(payloadId: string): Promise<PayloadOutcome>;
  /** The outcome as soon as there is one; `pending` after `timeoutMs`, also while Redis is away. Never throws. */
  waitForOutcome(payloadId: string, timeoutMs: number): Promise<AwaitedOutcome>;
  /** What waits in each partition. Throws StreamError. */
  readDepth(): Promise<StreamDepth[]>;
  close(): Promise<void>;
}

function findEntry(batch: BatchOutcome, entryId: string): PayloadDone | undefined {
  const entry = batch.entries.find((candidate) => candidate.entryId === entryId);
  if (!entry) return undefined;
  const { entryId: _, ...counts } = entry;
  return { status: 'done', ...counts, rejects: batch.rejectsOf(entryId) };
}

/**
 * Opens the streams over an existing connection, which stays the caller's to close. Fixes the number of partitions in
 * Redis, or throws StreamError `partitions_differ`.
 */
export async function createStream(
  redis: Redis,
  overrides: Partial<StreamOptions> = {},
): Promise<EventStream> {
  const options: StreamOptions = { ...STREAM_DEFAULTS, ...overrides };
  await fixPartitionCount(redis, options.partitions);
  const readers = new Map<number, OutcomeReader>();

  async function append(payload: NewPayload, idempotency?: Idempotency): Promise<Appended> {
    const partition = partitionOf(payload.project, options.partitions);
    const keys = partitionKeys(partition);
    const idempotencyKey = idempotency
      ? `${keys.idempotency}${payload.project}:${idempotency.key}`
      : keys.state;
    const body = Buffer.from(payload.body.buffer, payload.body.byteOffset, payload.body.byteLength);
    faultPoint('before-append');
    const reply = await redis.script<[string, string, string?]>(
      APPEND,
      [keys.events, keys.state, idempotencyKey, keys.waiting],
      [
        keys.counts,
        String(options.bytesMax),
        String(options.bytesMax * PARTITION_RESERVE),
        String(options.countersTtlMs),
        String(idempotency ? options.idempotencyTtlMs : 0),
        idempotency?.answer ?? '',
        payload.project,
        payload.format,
        payload.encoding,
        String(payload.eventCount),
        payload.ip,
        payload.userAgent,
        body,
        String(weighEntry(body.length)),
        String(options.entriesMax),
      ],
    );
    faultPoint('after-append');
    if (reply[0] === 'full') {
      throw new StreamError(
        `partition ${partition} is full: ${reply[1]} bytes of the project are waiting, ${reply[2]} in all`,
        'stream_full',
        true,
      );
    }
    const payloadId = formatPayloadId(partition, reply[1]);
    return reply[0] === 'repeated' ? { payloadId, repeated: { answer: reply[2] ?? '' } } : { payloadId };
  }

  async function getPayloadOutcome(payloadId: string): Promise<PayloadOutcome> {
    const parsed = parsePayloadId(payloadId);
    if (!parsed || parsed.partition >= options.partitions) return { status: 'unknown' };
    const keys = partitionKeys(parsed.partition);
    const reply = await redis.script<[Buffer] | [Buffer, Buffer, Buffer] | [Buffer, Buffer, Buffer[]]>(
      OUTCOME,
      [keys.events, keys.outcomes],
      [parsed.entryId],
      { binary: true },
    );
    const kind = reply[0].toString();
    const [, first, rest] = reply;
    if (kind === 'pending')
      return { status: 'pending', project: String(first), received: Number(String(rest)) };
    if (!Array.isArray(rest)) return { status: 'unknown' };
    return findEntry(decodeOutcome(rest), parsed.entryId) ?? { status: 'unknown' };
  }

  function readerOf(partition: number): OutcomeReader {
    let reader = readers.get(partition);
    if (!reader) {
      reader = createOutcomeReader(redis, partition);
      readers.set(partition, reader);
    }
    return reader;
  }

  function waitForOutcome(payloadId: string, timeoutMs: number): Promise<AwaitedOutcome> {
    const parsed = parsePayloadId(payloadId);
    if (!parsed || parsed.partition >= options.partitions) return Promise.resolve({ status: 'unknown' });
    return new Promise((resolve) => {
      const finish = (outcome: AwaitedOutcome) => {
        clearTimeout(timer);
        unwatch();
        resolve(outcome);
      };
      const timer = setTimeout(() => finish({ status: 'pending' }), timeoutMs);
      // watch() may call back before it returns.
      let unwatch = () => {};
      unwatch = readerOf(parsed.partition).watch(
        parsed.entryId,
        (batch) => {
          const done = findEntry(batch, parsed.entryId);
          if (done) finish(done);
        },
        () => {
          getPayloadOutcome(payloadId).then(
            (outcome) => outcome.status !== 'pending' && finish(outcome),
            () => {}, // Redis is away: the reader raises the doubt again when it is back.
          );
        },
      );
    });
  }

  async function readDepth(): Promise<StreamDepth[]> {
    return Promise.all(
      Array.from({ length: options.partitions }, async (_, partition) => {
        const keys = partitionKeys(partition);
        const [entries, bytes] = await Promise.all([
          redis.command<number>(['XLEN', keys.events]),
          redis.command<string | null>(['HGET', keys.state, 'bytes']),
        ]);
        return { partition, entries, bytes: Number(bytes ?? 0) };
      }),
    );
  }

  return {
    options,
    append,
    getPayloadOutcome,
    waitForOutcome,
    readDepth,
    async close() {
      await Promise.all([...readers.values()].map((reader) => reader.close()));
    },
  };
}
