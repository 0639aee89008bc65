/**
 * Consuming one partition while its lease is held.
 *
 * States, and what ends each:
 *
 *   loading      the hashes of the ids stored within the window are loaded from the events table. Before that nothing is
 *                processed: "surely new" could not be said of anything. Ends when all are there.
 *   recovering   batches that were sealed and not acknowledged, by whoever held the lease before or by this loop before
 *                something failed, are stored again carefully, oldest first, and acknowledged. Ends when none is left.
 *   running      two tasks side by side:
 *                  feeding   reads entries, seals them as batches, starts preparing them; at most DEPTH batches ahead
 *                  draining  takes the batches in order: stores, acknowledges. The acknowledgement of one overlaps
 *                            with storing the next
 *                Ends when either fails, when the lease is lost, or when the partition is to be left.
 *   failed       something unexpected, or Redis went away. What was sealed stays sealed in Redis. After a pause the loop goes
 *                on with recovering, under the same lease; the fingerprints stay, for they may hold too much but never
 *                too little.
 *   leaving      feeding stops, draining finishes what is sealed, the lease is given back. When the engine does not
 *                answer, what is sealed is left for the next holder.
 *   lost         the lease is somebody else's: everything is dropped at once, nothing is written any more.
 *
 * Sealing. A batch is sealed when it has the rows or the bytes for it, or when its first entry has waited. The wait is short
 * after a pause (LINGER_MS: a single event is stored at once) and leaves a third of the time between batches (SPACING), so that
 * a steady trickle does not become a flood of tiny parts; and it lasts while another batch waits to be stored, for until then it
 * brings nothing, and after a crash each sealed batch is stored by itself before the next event. While DEPTH batches are under
 * way nothing is read: under load batches grow to their limits, and memory stays bounded whatever the engine does.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { StreamError } from '../errors.js';
import type { Entry, RejectCode } from '../event/types.js';
import type { Identity } from '../identity/identity.js';
import { PrepareError, type PreparePool } from '../pool/prepare-pool.js';
import type { Redis } from '../redis/client.js';
import type { Deliverer } from '../routing/deliver.js';
import type { PartitionConsumer, SealedBatch } from '../stream/consumer.js';
import { faultPoint } from '../stream/fault-point.js';
import type { LiveNote } from '../stream/live-record.js';
import { weighEntry } from '../stream/options.js';
import { noteDoubt as noteDoubtful } from '../stream/settle.js';
import type { OpenBatch, StoredBatch } from './batch.js';
import { BATCH_ENTRIES_MAX, type BatchLimits, fitBatch, weighWork } from './batch-limits.js';
import { type BatchQueue, createBatchQueue } from './batch-queue.js';
import type { Fingerprints } from './fingerprints.js';
import type { HeldLease } from './leases.js';
import { loadFingerprints } from './load-fingerprints.js';
import { prepareParts } from './prepare-parts.js';
import { BatchLeft, storeBatch } from './store-batch.js';
import type { BatchRange, IngestTables } from './tables.js';
import type { IngestTelemetry } from './telemetry.js';

/** Batches sealed and not yet acknowledged, per partition: this many times `bytesMax` of memory, and of pool work queued. */
const DEPTH = 3;
/** How long the first entry after a pause waits for company. */
const LINGER_MS = 5;
/** Time between batches: so many times what storing one took of late, and from SPACING_MIN_MS to `ageMs`. */
const SPACING = 1.5;
const SPACING_MIN_MS = 20;
/** How long a blocking read lasts; also how soon a quiet partition notices that it is to be left. */
const BLOCK_MS = 500;
/** Pause after a failure. */
const RETRY_MS = 500;

export interface PartitionLoopOptions {
  consumer: PartitionConsumer;
  lease: HeldLease;
  redis: Redis;
  tables: IngestTables;
  identity: Identity;
  routing?: Deliverer;
  pool: PreparePool;
  fingerprints: Fingerprints;
  limits: BatchLimits;
  windowMs: number;
  telemetry: IngestTelemetry;
}

/** Consumes a partition until its lease is lost or it is left; gives the lease back. Never throws. */
export async function runPartition(options: PartitionLoopOptions): Promise<void> {
  const loop = new PartitionLoop(options);
  await loop.run();
}

class PartitionLoop {
  /** Entry id up to which entries have been read. */
  private readTo = '0-0';
  private lastSealedAt = -Infinity;
  /** How long storing a batch takes, by those of late. */
  private storeMs = 0;
  private readonly connection: Redis;

  constructor(private readonly options: PartitionLoopOptions) {
    this.connection = options.redis.duplicate();
  }

  private get isOver(): boolean {
    return this.options.lease.lost.aborted || this.options.lease.leave.aborted;
  }

  async run(): Promise<void> {
    const { lease, telemetry, consumer } = this.options;
    while (!lease.lost.aborted) {
      try {
        await this.load();
        await this.recover();
        if (lease.leave.aborted) break;
        await this.runTasks();
        break;
      } catch (error) {
        if (error instanceof BatchLeft || this.isFinal(error)) break;
        this.report(error);
        await sleep(RETRY_MS, undefined, { signal: lease.lost }).catch(() => {});
      }
    }
    telemetry.forget(consumer.partition);
    await this.connection.close();
    await lease.release();
  }

  /** The first script that is refused ends everything under this lease. */
  private async guard<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (error) {
      if (error instanceof StreamError && error.code === 'fenced') this.options.lease.markLost();
      throw error;
    }
  }

  private isFinal(error: unknown): boolean {
    if (error instanceof StreamError && error.code === 'fenced') return true;
    return error instanceof PrepareError && error.code === 'prepare_closed';
  }

  private report(error: unknown): void {
    const isStream = error instanceof StreamError;
    this.options.telemetry.failed(isStream ? 'redis' : 'ingest', isStream ? error.code : 'unexpected', error);
  }

  private async load(): Promise<void> {
    const { fingerprints, consumer, tables, windowMs, lease } = this.options;
    if (fingerprints.isLoaded) return;
    const { nextMs } = await consumer.readPosition();
    await loadFingerprints(fingerprints, tables, consumer.partition, {
      firstMs: nextMs,
      windowMs,
      signal: lease.lost,
    });
  }

  private async recover(): Promise<void> {
    const { consumer, lease } = this.options;
    const { sealed, sealedTo } = await consumer.readPosition();
    const opened: OpenBatch[] = [];
    // All are prepared while the first is stored: there are as many as a loop has under way.
    for (const batch of sealed) opened.push(this.open(batch, await consumer.readBatch(batch), true));
    for (const open of opened) {
      if (lease.lost.aborted) return;
      faultPoint('during-recovery');
      await this.acknowledge(open, await this.store(open));
    }
    this.readTo = sealedTo;
  }

  private open(sealed: SealedBatch, entries: readonly Entry[], wasTried: boolean): OpenBatch {
    const { pool, consumer } = this.options;
    const prepared = prepareParts({ pool, partition: consumer.partition, seq: sealed.seq }, entries);
    // Awaited in its turn; until then a failure must not count as unhandled.
    prepared.catch(() => {});
    return { sealed, entries, prepared, wasTried };
  }

  private async runTasks(): Promise<void> {
    const queue = createBatchQueue<OpenBatch>(DEPTH);
    const feeding = this.feed(queue).finally(queue.end);
    const draining = this.drain(queue.take).finally(queue.end);
    const results = await Promise.allSettled([draining, feeding]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  private async feed({ put, emptied }: BatchQueue<OpenBatch>): Promise<void> {
    const { consumer, limits } = this.options;
    const gathered: Entry[] = [];
    while (!this.isOver) {
      if (gathered.length === 0) {
        await this.read(gathered);
        if (gathered.length === 0) await consumer.waitForEntry(this.connection, this.readTo, BLOCK_MS);
        if (gathered.length === 0) continue;
      }
      if (!fitBatch(gathered, limits).isFull) {
        await this.waitForAge();
        await emptied();
        await this.read(gathered);
      }
      faultPoint('after-read');
      const batch = await this.seal(gathered);
      if (!(await put(batch))) return;
    }
  }

  private async waitForAge(): Promise<void> {
    const spacingMs = Math.max(SPACING_MIN_MS, this.storeMs * SPACING);
    const dueAt = this.lastSealedAt + Math.min(spacingMs, this.options.limits.ageMs);
    const waitMs = Math.max(LINGER_MS, dueAt - performance.now());
    await sleep(waitMs, undefined, { signal: this.options.lease.lost }).catch(() => {});
  }

  /** Adds what can be had at once, by about the bytes that are missing to a full batch. */
  private async read(gathered: Entry[]): Promise<void> {
    const { consumer, limits, telemetry } = this.options;
    let missing = limits.bytesMax - gathered.reduce((sum, entry) => sum + weighWork(entry), 0);
    const startedAt = performance.now();
    while (missing > 0 && gathered.length < BATCH_ENTRIES_MAX) {
      const { entries, isAll } = await consumer.read(this.readTo, missing);
      for (const entry of entries) {
        gathered.push(entry);
        missing -= weighWork(entry);
      }
      this.readTo = entries.at(-1)?.id ?? this.readTo;
      if (isAll) break;
    }
    telemetry.stage('read', performance.now() - startedAt);
  }

  /** Seals the first entries of those gathered, takes them out, and starts preparing them. */
  private async seal(gathered: Entry[]): Promise<OpenBatch> {
    const { consumer, lease } = this.options;
    const entries = gathered.splice(0, fitBatch(gathered, this.options.limits).entries);
    const batch = {
      firstId: entries[0]!.id,
      lastId: entries.at(-1)!.id,
      entries: entries.length,
      bytes: entries.reduce((sum, entry) => sum + weighEntry(entry.body.length), 0),
      events: entries.reduce((sum, entry) => sum + entry.eventCount, 0),
    };
    const seq = await this.guard(consumer.seal(lease.token, batch));
    this.lastSealedAt = performance.now();
    faultPoint('after-seal');
    return this.open({ seq, ...batch }, entries, false);
  }

  private async drain(take: () => Promise<OpenBatch | undefined>): Promise<void> {
    let acknowledging: Promise<void> = Promise.resolve();
    for (let open = await take(); open; open = await take()) {
      const startedAt = performance.now();
      const stored = await this.store(open);
      this.storeMs += (performance.now() - startedAt - this.storeMs) / 4;
      await acknowledging;
      acknowledging = this.acknowledge(open, stored);
      acknowledging.catch(() => {});
    }
    await acknowledging;
  }

  private store(open: OpenBatch): Promise<StoredBatch> {
    const { consumer, lease, redis } = this.options;
    const tellLive = (note: LiveNote): void => {
      // What was not told is made good by the acknowledgement.
      consumer.publishLive(lease.token, open.sealed.seq, note).catch(() => {});
    };
    const noteDoubt = (range: BatchRange) => noteDoubtful(redis, consumer.partition, range);
    return storeBatch({ ...this.options, partition: consumer.partition, tellLive, noteDoubt }, open);
  }

  private async acknowledge(open: OpenBatch, stored: StoredBatch): Promise<void> {
    const { consumer, lease, telemetry, fingerprints, windowMs } = this.options;
    const startedAt = performance.now();
    faultPoint('before-ack');
    const { counts, outcomes, rejects, liveDigest: live, touched } = stored;
    await this.guard(consumer.ack(lease.token, open.sealed.seq, counts, outcomes, rejects, live, touched));
    faultPoint('after-ack');
    telemetry.stage('acknowledge', performance.now() - startedAt);
    this.count(open, stored);
    fingerprints.expire(open.entries.at(-1)!.receivedAtMs - windowMs);
    telemetry.fingerprints(consumer.partition, fingerprints.bytes);
  }

  private count(open: OpenBatch, stored: StoredBatch): void {
    const { telemetry } = this.options;
    const sums = { rows: 0, stored: 0, duplicates: 0, rejected: 0, dropped: 0 };
    for (const outcome of stored.outcomes) {
      sums.rows += outcome.received;
      sums.stored += outcome.stored;
      sums.duplicates += outcome.duplicates;
      sums.rejected += outcome.rejected;
      sums.dropped += outcome.dropped;
    }
    telemetry.acknowledged(sums);
    const codes = new Map<RejectCode, number>();
    for (const { code } of stored.rejects) codes.set(code, (codes.get(code) ?? 0) + 1);
    telemetry.rejected(codes);
    open.prepared.then(({ parts }) => {
      for (const { batch } of parts) {
        for (const [stage, ms] of Object.entries(batch.stageMs)) telemetry.stage(stage, ms);
        telemetry.pluginErrors(batch.pluginErrors);
      }
    });
  }
}
