/**
 * Waiting for outcomes. For each partition that somebody waits on there is one connection and one loop that reads the
 * outcomes stream, whatever the number of waiting requests.
 *
 * States of a loop, one for each partition:
 *   asleep    nobody has waited yet; no connection. The first waiter starts it.
 *   placing   finding the newest record, to read what comes after it. A waiter asks for its entry's outcome only
 *             after the loop has been placed, so a record is either found by the question or read by the loop.
 *   reading   XREAD BLOCK after the last record seen; each record answers the waiters it holds entries of.
 *   lost      Redis went away. The loop keeps its place, so nothing is missed when it returns; because old records may
 *             have been trimmed in between, all waiters ask once more.
 *   closed    close() was called; waiters get 'pending'.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from '../redis/client.js';
import { partitionKeys } from './keys.js';
import { type BatchOutcome, decodeOutcome } from './outcome-record.js';
import { readStream } from './reply.js';

/** How long one blocking read lasts; also how soon a closed loop ends. */
const BLOCK_MS = 1_000;
/** Records a read brings at most. */
const READ_COUNT = 100;
/** Pause after a failed read. */
const RETRY_MS = 200;

type StreamReply = Record<string, [id: Buffer, fields: Buffer[]][]>;

export interface OutcomeReader {
  /**
   * Calls `onOutcome` when a record holding the entry is read, and `onDoubt` when the caller should ask for the outcome
   * itself: once after the loop has been placed, and after every reconnect. Returns a function that stops waiting.
   */
  watch(entryId: string, onOutcome: (batch: BatchOutcome) => void, onDoubt: () => void): () => void;
  close(): Promise<void>;
}

interface Watch {
  onOutcome: (batch: BatchOutcome) => void;
  onDoubt: () => void;
}

export function createOutcomeReader(redis: Redis, partition: number): OutcomeReader {
  const key = partitionKeys(partition).outcomes;
  const watches = new Map<string, Set<Watch>>();
  let place: string | undefined;
  let closed = false;
  let loop: Promise<void> | undefined;

  function raiseDoubt(): void {
    for (const set of [...watches.values()]) for (const watch of [...set]) watch.onDoubt();
  }

  function deliver(batch: BatchOutcome): void {
    for (const entry of batch.entries) {
      const set = watches.get(entry.entryId);
      if (set) for (const watch of [...set]) watch.onOutcome(batch);
    }
  }

  async function findPlace(connection: Redis): Promise<string> {
    const newest = await connection.command<[string, string[]][]>(['XREVRANGE', key, '+', '-', 'COUNT', '1']);
    return newest[0]?.[0] ?? '0-0';
  }

  async function readOnce(connection: Redis): Promise<void> {
    const args = ['XREAD', 'COUNT', String(READ_COUNT), 'BLOCK', String(BLOCK_MS), 'STREAMS', key, place!];
    const reply = await connection.command<StreamReply | null>(args, {
      binary: true,
      timeoutMs: 0,
    });
    for (const [id, fields] of readStream(reply)) {
      place = id.toString();
      if (watches.size > 0) deliver(decodeOutcome(fields));
    }
  }

  async function run(): Promise<void> {
    const connection = redis.duplicate();
    let doubtful = true;
    while (!closed) {
      try {
        place ??= await findPlace(connection);
        if (doubtful) raiseDoubt();
        doubtful = false;
        await readOnce(connection);
      } catch {
        // Redis is away; the connection mends itself, and the place is kept.
        doubtful = true;
        await sleep(RETRY_MS);
      }
    }
    await connection.close();
  }

  return {
    watch(entryId, onOutcome, onDoubt) {
      const watch = { onOutcome, onDoubt };
      const set = watches.get(entryId) ?? new Set();
      watches.set(entryId, set.add(watch));
      loop ??= run();
      if (place !== undefined) onDoubt();
      return () => {
        set.delete(watch);
        if (set.size === 0 && watches.get(entryId) === set) watches.delete(entryId);
      };
    },
    async close() {
      closed = true;
      await loop;
    },
  };
}
