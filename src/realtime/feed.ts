/**
 * Live views of one partition: each counts from the tables up to a batch, and from the live stream after it, every batch once.
 *
 *   loading   the view reads the tables up to the newest acknowledged batch S; records that arrive meanwhile are held
 *   live      records are applied as they come
 *
 *   loading --read--> records after S that the stream still has, then those held, are applied --> live
 *   loading --tables or Redis away--> loading again after a pause; an older state of the view stays readable
 *   live --a record is missing, or says that it cannot be told--> loading
 *   live --reconcile--> loading
 *
 * The number of the batch is all there is to it: what is in the tables has a number up to S, what is applied a greater one, so
 * several fronts that load at different times come to the same numbers, and nothing is counted twice after a crash.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.js';
import type { Redis } from '../redis/client.js';
import type { LiveRecord, LiveRows } from '../stream/live-record.js';
import { HELD_RECORDS_MAX } from './limits.js';
import { followPartition, type LiveTail } from './tail.js';

/** Pause when records came faster than the tables were read, or some were missing. */
const AGAIN_MS = 50;
/** Pause after a failure, before a view is loaded again. */
const RETRY_MS = 1_000;
/** Pauses are this much longer at most, so that many views do not all load at once. */
const RETRY_SPREAD_MS = 500;

/** The rows of one project in one record. */
export interface LiveBatch {
  readonly seq: number;
  readonly rows: LiveRows;
  /** Which of the rows' projects. */
  readonly project: number;
}

/** Something that counts events of a project. */
export interface LiveView {
  readonly project: string;
  /** Begins anew with what the tables hold up to and including batch `seq`. Throws EngineError, RequestError. */
  load(seq: number): Promise<void>;
  /** Counts a later batch. Not called during load. */
  apply(batch: LiveBatch): void;
  /** Called when the view went through what there was, and after each batch. */
  changed(): void;
}

export interface Attachment {
  /** Resolves when the view is live for the first time. */
  readonly ready: Promise<void>;
  readonly isLive: boolean;
  /** The newest batch counted. */
  readonly seq: number;
  /** Reads the tables again. */
  reload(): void;
  detach(): void;
}

export interface FeedListener {
  /** Whether Redis, and the tables, answer. */
  onAnswering(part: 'redis' | 'engine', isAnswering: boolean): void;
}

interface Attached extends Attachment {
  readonly view: LiveView;
  offer(record: LiveRecord): void;
}

export interface PartitionFeed {
  readonly tail: LiveTail;
  attach(view: LiveView): Attachment;
  /** Whether anything is attached. */
  readonly isUsed: boolean;
  close(): Promise<void>;
}

export function createPartitionFeed(redis: Redis, partition: number, listener: FeedListener): PartitionFeed {
  const attached = new Set<Attached>();
  let isClosed = false;
  const tail = followPartition(redis, partition, {
    onRecord(record, missed) {
      for (const one of attached) {
        if (missed || !record.rows) one.reload();
        one.offer(record);
      }
    },
    onAnswering: (isAnswering) => listener.onAnswering('redis', isAnswering),
  });

  function attach(view: LiveView): Attachment {
    let held: LiveRecord[] = [];
    let isLive = false;
    let isDetached = false;
    let loading = false;
    let again = false;
    let seq = 0;
    let reportReady: () => void = () => {};
    const ready = new Promise<void>((resolve) => {
      reportReady = resolve;
    });

    function apply(record: LiveRecord): void {
      if (record.seq <= seq) return;
      seq = record.seq;
      const project = record.rows?.projects.indexOf(view.project) ?? -1;
      if (project !== -1) view.apply({ seq, rows: record.rows!, project });
    }

    /** False: the tables and the stream do not meet, or the view fell too far behind. */
    async function loadOnce(): Promise<boolean> {
      await tail.placed;
      const loaded = await tail.readAcknowledged();
      await view.load(loaded);
      const backlog = await tail.readFrom(loaded, HELD_RECORDS_MAX);
      const next = backlog.find((record) => record.seq > loaded);
      const meets = !next || next.prev === loaded || next.prev === 0 || backlog[0]!.seq === loaded;
      if (!meets || held.length > HELD_RECORDS_MAX || again || backlog.length >= HELD_RECORDS_MAX)
        return false;
      seq = loaded;
      for (const record of [...backlog, ...held]) apply(record);
      return true;
    }

    async function load(): Promise<void> {
      if (loading) {
        again = true;
        return;
      }
      loading = true;
      isLive = false;
      while (!isDetached && !isClosed) {
        again = false;
        held = [];
        try {
          if (await loadOnce()) break;
          await sleep(AGAIN_MS, undefined, { ref: false });
        } catch (error) {
          if (error instanceof EngineError) listener.onAnswering('engine', false);
          await sleep(RETRY_MS + Math.random() * RETRY_SPREAD_MS, undefined, { ref: false });
        }
      }
      loading = false;
      held = [];
      if (isDetached || isClosed) return;
      isLive = true;
      reportReady();
      view.changed();
    }

    const one: Attached = {
      view,
      ready,
      get isLive() {
        return isLive;
      },
      get seq() {
        return seq;
      },
      offer(record) {
        if (!isLive) held.push(record);
        else {
          apply(record);
          view.changed();
        }
      },
      reload: () => void load(),
      detach() {
        isDetached = true;
        attached.delete(one);
      },
    };
    attached.add(one);
    void load();
    return one;
  }

  return {
    tail,
    attach,
    get isUsed() {
      return attached.size > 0;
    },
    async close() {
      isClosed = true;
      await tail.close();
    },
  };
}
