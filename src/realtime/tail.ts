/**
 * Follows the live stream of one partition: one connection, one blocking read at a time, whatever the number of projects and
 * sockets. A record whose `prev` is not the record read before means that something was missed (the front slept, Redis was
 * restored, records were trimmed): the listener is told, and reads the tables again.
 *
 *   placing   finding the newest record, to read what comes after it
 *   reading   XREAD BLOCK after the last record
 *   lost      Redis is away; the place is kept, the read is tried again
 *   closed
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from '../redis/client.js';
import { partitionKeys } from '../stream/keys.js';
import { decodeLiveRecord, type LiveRecord } from '../stream/live-record.js';
import { readStream } from '../stream/reply.js';

/** How long one blocking read lasts; also how soon a closed tail ends. */
const BLOCK_MS = 500;
/** Records one read brings at most. */
const READ_COUNT = 50;
/** Pause after a failed read. */
const RETRY_MS = 200;

type RawEntry = [id: Buffer, fields: Buffer[]];

export interface TailListener {
  /** A record, in order. `missed`: records before it were not read. */
  onRecord(record: LiveRecord, missed: boolean): void;
  /** Whether Redis answers. Called at each change. */
  onAnswering(isAnswering: boolean): void;
}

export interface LiveTail {
  readonly partition: number;
  /** Resolves when the tail has its place: what comes from now on is not missed. */
  readonly placed: Promise<void>;
  /** Records of a batch and those after it, oldest first; at most `limit`. Throws StreamError. */
  readFrom(seq: number, limit: number): Promise<LiveRecord[]>;
  /** The newest records, newest first. Throws StreamError. */
  readNewest(limit: number): Promise<LiveRecord[]>;
  /** The newest acknowledged batch: the tables hold everything up to it. Throws StreamError. */
  readAcknowledged(): Promise<number>;
  close(): Promise<void>;
}

const decodeAll = (entries: readonly RawEntry[]): LiveRecord[] =>
  entries.map(([id, fields]) => decodeLiveRecord(id.toString(), fields));

/** Begins to follow a partition. */
export function followPartition(redis: Redis, partition: number, listener: TailListener): LiveTail {
  const keys = partitionKeys(partition);
  const connection = redis.duplicate();
  let place: string | undefined;
  let lastSeq: number | undefined;
  let isClosed = false;
  let isAnswering = true;
  let reportPlaced: () => void = () => {};
  const placed = new Promise<void>((resolve) => {
    reportPlaced = resolve;
  });

  function report(answering: boolean): void {
    if (answering === isAnswering) return;
    isAnswering = answering;
    listener.onAnswering(answering);
  }

  async function findPlace(): Promise<void> {
    const command = ['XREVRANGE', keys.live, '+', '-', 'COUNT', '1'];
    const newest = await connection.command<[string, string[]][]>(command);
    place = newest[0]?.[0] ?? '0-0';
    lastSeq = Number(place.slice(0, place.indexOf('-')));
    reportPlaced();
  }

  async function readOnce(): Promise<void> {
    const args = ['XREAD', 'COUNT', String(READ_COUNT), 'BLOCK', String(BLOCK_MS), 'STREAMS', keys.live];
    const reply = await connection.command<Record<string, RawEntry[]> | null>([...args, place!], {
      binary: true,
      timeoutMs: 0,
    });
    report(true);
    for (const [id, fields] of readStream(reply)) {
      place = id.toString();
      const record = decodeLiveRecord(place, fields);
      const missed = record.prev !== lastSeq;
      lastSeq = record.seq;
      if (!isClosed) listener.onRecord(record, missed);
    }
  }

  async function run(): Promise<void> {
    await connection.waitReady(RETRY_MS).catch(() => {});
    while (!isClosed) {
      try {
        if (place === undefined) await findPlace();
        await readOnce();
      } catch {
        report(false);
        await sleep(RETRY_MS);
      }
    }
    await connection.close();
  }
  const running = run();

  return {
    partition,
    placed,
    async readFrom(seq, limit) {
      const command = ['XRANGE', keys.live, `${seq}-0`, '+', 'COUNT', String(limit)];
      return decodeAll(await redis.command<RawEntry[]>(command, { binary: true }));
    },
    async readNewest(limit) {
      const command = ['XREVRANGE', keys.live, '+', '-', 'COUNT', String(limit)];
      return decodeAll(await redis.command<RawEntry[]>(command, { binary: true }));
    },
    async readAcknowledged() {
      return Number((await redis.command<string | null>(['HGET', keys.state, 'acked_seq'])) ?? 0);
    },
    async close() {
      isClosed = true;
      await running;
    },
  };
}
