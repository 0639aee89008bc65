/**
 * A consumer's side of one partition: every operation that changes it is one script that checks the lease's token, so
 * a consumer that lost its lease without noticing can change nothing.
 *
 * The partition in Redis, from old to new:
 *
 *     acked           sealed_to          newest
 *       |  sealed batches  |  not yet read  |
 *   ----+---------+--------+----------------+-->  entries
 *
 * Entries up to `acked` are trimmed. What lies between `acked` and `sealed_to` belongs to batches in the sealed list; whoever
 * takes the lease processes them again, oldest first, with the same entries and the same seq. An acknowledgement is only
 * accepted for the oldest one.
 */
import { StreamError } from '../errors.js';
import type { ContentEncoding, Entry, PayloadFormat } from '../event/types.js';
import { fromRoot } from '../paths.js';
import { loadScript, type Redis } from '../redis/client.js';
import { type CountDelta, countArguments } from './count-delta.js';
import { entryMs } from './entry-id.js';
import { partitionKeys } from './keys.js';
import type { LiveNote } from './live-record.js';
import { type StreamOptions, weighEntry } from './options.js';
import { type EntryOutcome, type EntryReject, encodeOutcome } from './outcome-record.js';
import { readStream } from './reply.js';

const script = (name: string) => loadScript(fromRoot('src/stream/lua', `${name}.lua`));
const ACQUIRE = script('acquire');
const RENEW = script('renew');
const RELEASE = script('release');
const POSITION = script('position');
const SEAL = script('seal');
const ACK = script('ack');
const LIVE = script('live');

/**
 * What one read should bring, in bytes: Redis does nothing else while it copies them, about a millisecond for 2 MB. How many
 * entries that is has to be guessed from those before; a script could count bytes, but takes ten times as long over it.
 */
const READ_BYTES = 2 * 1024 * 1024;
const READ_ENTRIES_MAX = 2_000;
/** What an entry is taken for before one was seen: a read brings sixteen. */
const ENTRY_BYTES_GUESS = READ_BYTES / 16;

/** What the next entries are taken for: the average, and never much less than the largest of late. */
function estimateEntry(before: number, entries: readonly Entry[]): number {
  if (entries.length === 0) return before;
  const bytes = entries.map((entry) => weighEntry(entry.body.length));
  const average = bytes.reduce((sum, one) => sum + one, 0) / bytes.length;
  return Math.max(average, Math.max(...bytes) / 4, before / 2);
}

/** A batch fixed in Redis: these entries, under this number. */
export interface SealedBatch {
  seq: number;
  firstId: string;
  lastId: string;
  entries: number;
  /** What the entries weigh, by weighEntry. */
  bytes: number;
  /** As the fronts counted them. */
  events: number;
}

/** A lease as it stands. */
export interface Lease {
  owner: string;
  token: string;
  beat: string;
  /** "run id:client id" of the holder's connection. */
  connection: string;
}

export type { CountDelta } from './count-delta.js';

/** What waits in a partition: how much, and for how long the oldest has. */
export interface Backlog {
  entries: number;
  bytes: number;
  lagMs: number;
}

export interface PartitionPosition {
  /** Entry id to read on after. */
  sealedTo: string;
  /** Sealed and not acknowledged, oldest first. */
  sealed: SealedBatch[];
  /** No entry that waits, or will come, was received before this. */
  nextMs: number;
}

export interface PartitionConsumer {
  readonly partition: number;
  /** The lease, or undefined when the partition is free. */
  readLease(): Promise<Lease | undefined>;
  /** Takes a free partition, or that of a holder seen dead. Undefined: somebody else has it. */
  acquire(owner: string, connection: string, dead?: Lease): Promise<string | undefined>;
  /** False when the lease is somebody else's by now. */
  renew(token: string, connection: string): Promise<boolean>;
  release(token: string): Promise<void>;
  readPosition(): Promise<PartitionPosition>;
  readBacklog(): Promise<Backlog>;
  /** New entries after an id, as many as can be had at once: about `bytesMax`, and a few READ_BYTES. */
  read(afterId: string, bytesMax: number): Promise<{ entries: Entry[]; isAll: boolean }>;
  /** The entries of a sealed batch. */
  readBatch(batch: SealedBatch): Promise<Entry[]>;
  /** Resolves when there is an entry after this id, or after `blockMs`. Uses a connection of its own. */
  waitForEntry(connection: Redis, afterId: string, blockMs: number): Promise<boolean>;
  /** Throws StreamError `fenced` when the lease was lost. */
  seal(token: string, batch: Omit<SealedBatch, 'seq'>): Promise<number>;
  /** Tells live views of a sealed batch. Repeating it changes nothing. Throws StreamError `fenced` when the lease was lost. */
  publishLive(token: string, seq: number, note: LiveNote): Promise<void>;
  /**
   * Throws StreamError `fenced` when the lease was lost. Repeating it changes nothing. `liveDigest`: of what live views should have
   * been told; when they were not, they are told to read the tables. `touched`: by encodeTouched.
   */
  ack(
    token: string,
    seq: number,
    counts: readonly CountDelta[],
    entries: readonly EntryOutcome[],
    rejects: readonly EntryReject[],
    liveDigest?: string,
    touched?: string,
  ): Promise<void>;
}

type RawEntry = [id: Buffer, fields: Buffer[]];

function readEntry(partition: number, [rawId, fields]: RawEntry): Entry {
  const byName = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) byName.set(fields[i]!.toString(), fields[i + 1]!);
  const text = (name: string) => byName.get(name)?.toString() ?? '';
  const id = rawId.toString();
  return {
    partition,
    id,
    project: text('p'),
    format: text('f') as PayloadFormat,
    encoding: text('e') as ContentEncoding,
    eventCount: Number(text('n')),
    receivedAtMs: entryMs(id),
    ip: text('i'),
    userAgent: text('u'),
    body: byName.get('b') ?? new Uint8Array(0),
  };
}

function readSealed(text: string): SealedBatch {
  const [seq, firstId, lastId, entries, bytes, events] = text.split(' ') as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    seq: Number(seq),
    firstId,
    lastId,
    entries: Number(entries),
    bytes: Number(bytes),
    events: Number(events),
  };
}

function refuse(partition: number, reply: string, what: string): never {
  throw reply === 'fenced'
    ? new StreamError(`partition ${partition}: lease lost before ${what}`, 'fenced', false)
    : new StreamError(`partition ${partition}: ${what} is out of order`, 'order', false);
}

/** Operations on one partition. All throw StreamError. */
export function createPartitionConsumer(
  redis: Redis,
  partition: number,
  options: StreamOptions,
): PartitionConsumer {
  const keys = partitionKeys(partition);
  let entryBytes = ENTRY_BYTES_GUESS;
  const readEntries = (entries: readonly RawEntry[]) => entries.map((entry) => readEntry(partition, entry));
  return {
    partition,
    async readLease() {
      const fields = ['owner', 'token', 'beat', 'connection'];
      const reply = await redis.command<(string | null)[]>(['HMGET', keys.lease, ...fields]);
      const [owner, token, beat, connection] = reply;
      return token
        ? { owner: owner ?? '', token, beat: beat ?? '', connection: connection ?? '' }
        : undefined;
    },
    async acquire(owner, connection, dead) {
      const watched = dead ? `${dead.token}/${dead.beat}` : '';
      const reply = await redis.script<[string, string?]>(
        ACQUIRE,
        [keys.lease, keys.state],
        [owner, connection, watched],
      );
      return reply[0] === 'ok' ? reply[1] : undefined;
    },
    async renew(token, connection) {
      return (await redis.script<string>(RENEW, [keys.lease], [token, connection])) === 'ok';
    },
    async release(token) {
      await redis.script(RELEASE, [keys.lease], [token]);
    },
    async readPosition() {
      const [state, list, first, time] = await redis.script<[string | null, string[], string | null, string]>(
        POSITION,
        [keys.state, keys.sealed, keys.events],
        [],
      );
      const sealed = list.map(readSealed);
      const oldest = sealed[0]?.firstId ?? state ?? first;
      return { sealedTo: state ?? '0-0', sealed, nextMs: oldest ? entryMs(oldest) : Number(time) };
    },
    async readBacklog() {
      const [, , first, time, entries, bytes] = await redis.script<
        [string | null, string[], string | null, string, number, string]
      >(POSITION, [keys.state, keys.sealed, keys.events], []);
      // Entry ids run ahead of the clock when it was set back.
      const lagMs = first ? Math.max(0, Number(time) - entryMs(first)) : 0;
      return { entries, bytes: Number(bytes), lagMs };
    },
    async read(afterId, bytesMax) {
      const count = Math.max(
        1,
        Math.min(READ_ENTRIES_MAX, Math.floor(Math.min(bytesMax, READ_BYTES) / entryBytes)),
      );
      const range = ['XRANGE', keys.events, `(${afterId}`, '+', 'COUNT', String(count)];
      const entries = readEntries(await redis.command<RawEntry[]>(range, { binary: true }));
      entryBytes = estimateEntry(entryBytes, entries);
      return { entries, isAll: entries.length < count };
    },
    async readBatch(batch) {
      const range = ['XRANGE', keys.events, batch.firstId, batch.lastId];
      return readEntries(await redis.command<RawEntry[]>(range, { binary: true }));
    },
    async waitForEntry(connection, afterId, blockMs) {
      // The entry itself is read again by read(), which knows when to stop.
      const args = ['XREAD', 'COUNT', '1', 'BLOCK', String(blockMs), 'STREAMS', keys.events, afterId];
      const reply = await connection.command<Record<string, unknown[]> | null>(args, {
        binary: true,
        timeoutMs: 0,
      });
      return readStream(reply).length > 0;
    },
    async seal(token, batch) {
      const { firstId, lastId, entries, bytes, events } = batch;
      const args = [token, firstId, lastId, String(entries), String(bytes), String(events)];
      const reply = await redis.script<[string, string?]>(SEAL, [keys.lease, keys.state, keys.sealed], args);
      return reply[0] === 'ok' ? Number(reply[1]) : refuse(partition, reply[0], 'sealing');
    },
    async publishLive(token, seq, { digest, header, columns, samples, keep }) {
      const reply = await redis.script<string>(
        LIVE,
        [keys.lease, keys.state, keys.live],
        [token, String(seq), digest, header, columns, samples, String(keep)],
      );
      if (reply === 'fenced') refuse(partition, reply, 'telling live views');
    },
    async ack(token, seq, counts, entries, rejects, liveDigest = '', touched = '') {
      const reply = await redis.script<string>(
        ACK,
        [keys.lease, keys.state, keys.sealed, keys.events, keys.outcomes, keys.waiting, keys.live],
        [
          token,
          String(seq),
          keys.counts,
          String(options.countersTtlMs),
          String(options.outcomesKeepMs),
          String(options.outcomesMax),
          liveDigest,
          touched,
          String(counts.length),
          ...countArguments(counts),
          ...encodeOutcome(entries, rejects),
          // Which batch it was, for whoever compares records with tables.
          'b',
          String(seq),
        ],
      );
      if (reply !== 'ok' && reply !== 'already') refuse(partition, reply, 'acknowledging');
    },
  };
}
