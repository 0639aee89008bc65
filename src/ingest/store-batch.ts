/**
 * One sealed batch from prepared to stored. It ends only when the tables hold the outcome of every event of it, or
 * by being given up (BatchLeft), in which case whoever has the partition next begins again.
 *
 * For each part of the batch (there is one, unless something had to be isolated):
 *
 *   judge      which rows are new, duplicates, conflicts (judge.ts)
 *   set aside  rejected events and conflicts go to rejected_events
 *   insert     the new rows, as one block, under a token made of the batch's number
 *   verify     only when the batch was tried before: does the table hold every row it should?
 *
 * A failure leaves unknown what was done: an answer may be lost after an insert, an insert that touches several months may
 * be torn between them. So every attempt after the first (by this process or by another before a crash) is *careful*:
 * it asks the tables what they hold of the batch, does only what is missing, and verifies. The token does not change, so that
 * an insert still on its way from a dead worker is dropped by the engine, or ours is; it changes only when verifying
 * shows that the engine's memory of a token outlived the rows (possible after a power failure).
 *
 * Which failures mean what:
 *   the block itself is refused          halve the part; an entry refused alone is poison (engine-failure.ts)
 *   anything else of the engine's        wait (BACKOFF_MAX_MS at most) and try again, for ever
 *   lease lost, or told to leave         BatchLeft
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.js';
import type { PreparedBatch } from '../event/prepared.js';
import type { Entry, RejectedEvent } from '../event/types.js';
import { PrepareError, type PreparePool } from '../pool/prepare-pool.js';
import type { CountDelta, SealedBatch } from '../stream/consumer.js';
import { entryMs } from '../stream/entry-id.js';
import { faultPoint } from '../stream/fault-point.js';
import type { EntryOutcome, EntryReject } from '../stream/outcome-record.js';
import { isDataFailure, isMemoryFailure } from './engine-failure.js';
import type { Fingerprints } from './fingerprints.js';
import { type EarlierAttempts, type Judgement, judgeRows, NEW, OURS, rejectKey } from './judge.js';
import type { HeldLease } from './leases.js';
import { describePartConflicts, keyOfRow } from './part-rows.js';
import { halvePart, type Part, type PoisonEntry, type PreparedParts } from './prepare-parts.js';
import { describePoison } from './set-aside.js';
import { type BatchRange, eventKey, type IngestTables, type StoredEvent } from './tables.js';
import { createTally, type Tally } from './tally.js';
import type { IngestTelemetry } from './telemetry.js';

/** Longest pause before the engine is tried again: what an outage adds to its own length. */
const BACKOFF_MAX_MS = 1_000;
const BACKOFF_MIN_MS = 50;
/** How often a lease that is not fresh is looked at again. */
const FRESH_POLL_MS = 50;
/** Attempts that found rows missing afterwards before the token is held to be the reason. */
const SAME_TOKEN_ATTEMPTS = 2;
/** Attempts before an engine out of memory is offered smaller blocks. */
const MEMORY_ATTEMPTS = 3;

/** The batch was given up: the lease was lost, or the process is leaving. Nothing of it is acknowledged. */
export class BatchLeft extends Error {}

/** The engine read the block and does not want it: only an insert of events can fail so, never a question. */
class BlockRefused extends Error {}

export interface OpenBatch {
  sealed: SealedBatch;
  entries: readonly Entry[];
  prepared: Promise<PreparedParts>;
  /** True when somebody may have tried to store it before. */
  wasTried: boolean;
}

export interface StoreContext {
  partition: number;
  lease: HeldLease;
  tables: IngestTables;
  pool: PreparePool;
  fingerprints: Fingerprints;
  windowMs: number;
  telemetry: IngestTelemetry;
}

/** What an acknowledgement records. */
export interface StoredBatch {
  outcomes: EntryOutcome[];
  rejects: EntryReject[];
  counts: CountDelta[];
}

/** Stores a sealed batch. Throws BatchLeft, and PrepareError `prepare_closed`. */
export async function storeBatch(context: StoreContext, open: OpenBatch): Promise<StoredBatch> {
  return new BatchStore(context, open).run();
}

class BatchStore {
  private readonly range: BatchRange;
  private readonly token: string;
  private readonly tally: Tally;
  /** What parts that are done have kept. */
  private readonly kept = new Map<string, StoredEvent[]>();
  private careful: boolean;
  private partsDone = 0;

  constructor(
    private readonly context: StoreContext,
    private readonly open: OpenBatch,
  ) {
    const { seq, firstId, lastId } = open.sealed;
    this.range = { partition: context.partition, seq, fromMs: entryMs(firstId), toMs: entryMs(lastId) };
    this.token = `weir-${context.partition}-${seq}-${lastId}`;
    this.tally = createTally(open.entries);
    this.careful = open.wasTried;
  }

  async run(): Promise<StoredBatch> {
    const prepared = await this.open.prepared;
    faultPoint('mid-batch');
    const isWhole = prepared.parts.length <= 1 && prepared.poison.length === 0;
    await this.setPoisonAside(prepared.poison);
    const parts = [...prepared.parts];
    for (let part = parts.shift(); part; part = parts.shift()) {
      const isStored = await this.storePart(part, isWhole && parts.length === 0);
      if (isStored) continue;
      const halves = await this.split(part);
      await this.setPoisonAside(halves.poison);
      parts.unshift(...halves.parts);
    }
    const { outcomes, rejects } = this.tally;
    return { outcomes, rejects, counts: this.tally.countDeltas() };
  }

  private async split(part: Part): Promise<PreparedParts> {
    if (part.entries.length === 1) {
      return { parts: [], poison: [{ entry: part.entries[0]!, reason: 'the engine refused its events' }] };
    }
    return halvePart({ ...this.context, seq: this.range.seq }, part);
  }

  /** Repeats until it is done: true, or until the part has to be smaller: false. */
  private async storePart(part: Part, isWhole: boolean): Promise<boolean> {
    const token = this.partsDone === 0 ? this.token : `${this.token}-${part.entries[0]!.id}`;
    let unverified = 0;
    for (let attempt = 1; ; attempt++) {
      await this.waitUntilFresh();
      try {
        const suffix = unverified < SAME_TOKEN_ATTEMPTS ? '' : `-again${unverified}`;
        if (await this.tryPart(part, isWhole, token + suffix)) break;
        unverified += 1;
        await this.pause(attempt);
      } catch (error) {
        this.careful = true;
        if (this.mustShrink(error, attempt)) return false;
        await this.pauseAfter(error, attempt);
      }
    }
    this.partsDone += 1;
    return true;
  }

  /** True when the tables hold the part's outcome; false when verifying found rows missing. Throws EngineError. */
  private async tryPart(part: Part, isWhole: boolean, token: string): Promise<boolean> {
    const { tables, fingerprints, windowMs, telemetry } = this.context;
    const startedAt = performance.now();
    const earlier = this.careful ? await this.readEarlier() : undefined;
    const judgement = await judgeRows(part.entries, part.batch, {
      tables,
      fingerprints,
      windowMs,
      seq: this.range.seq,
      earlier,
      keptInParts: this.kept,
    });
    const judgedAt = performance.now();
    telemetry.stage('deduplicate', judgedAt - startedAt);
    telemetry.lookedUp(judgement.lookedUp);
    const rejects = this.listRejects(part, judgement, earlier);
    await this.insertRejects(rejects, earlier, token);
    faultPoint('after-rejects');
    await this.insertRows(part, judgement, token);
    telemetry.stage('insert', performance.now() - judgedAt);
    faultPoint('after-insert');
    if (this.careful && !(await this.verify(part, judgement))) return false;
    this.finishPart(part, isWhole, judgement, rejects);
    return true;
  }

  private async readEarlier(): Promise<EarlierAttempts> {
    const { tables } = this.context;
    const [rows, rejects] = await Promise.all([
      tables.readBatchRows(this.range),
      tables.readBatchRejects(this.range),
    ]);
    return { rows, rejects: new Set(rejects.map((reject) => rejectKey(reject.payloadId, reject.index))) };
  }

  /** The part's rejects: those of the pipeline, unless an earlier attempt stored the event, and the conflicts. */
  private listRejects(
    part: Part,
    judgement: Judgement,
    earlier: EarlierAttempts | undefined,
  ): RejectedEvent[] {
    const refused = part.batch.rejects.filter((reject) => {
      if (reject.eventId === '' || !earlier) return true;
      const stored = judgement.unclaimed.get(eventKey(reject.project, reject.eventId));
      return !stored?.some((event) => event.receivedMs === reject.receivedAtMs);
    });
    return [...refused, ...describePartConflicts(part, judgement)];
  }

  private async insertRejects(
    rejects: readonly RejectedEvent[],
    earlier: EarlierAttempts | undefined,
    token: string,
  ): Promise<void> {
    const missing = earlier
      ? rejects.filter((reject) => !earlier.rejects.has(rejectKey(reject.payloadId, reject.index)))
      : rejects;
    if (missing.length > 0) await this.context.tables.insertRejects(this.range, missing, token);
  }

  private async insertRows(part: Part, { verdicts }: Judgement, token: string): Promise<void> {
    const excluded: number[] = [];
    for (let row = 0; row < verdicts.length; row++) if (verdicts[row] !== NEW) excluded.push(row);
    if (excluded.length === verdicts.length) return;
    const block = excluded.length === 0 ? part.batch.block : await this.encodeWithout(part, excluded);
    // The lease may have aged while ids were looked up.
    await this.waitUntilFresh();
    try {
      await this.context.tables.insertEvents(block, token);
    } catch (error) {
      throw isDataFailure(error) ? new BlockRefused('the engine refuses the block', { cause: error }) : error;
    }
  }

  private async encodeWithout(part: Part, excluded: readonly number[]): Promise<Uint8Array> {
    const { pool, partition } = this.context;
    const exclude = Uint32Array.from(excluded);
    const again: PreparedBatch = await pool.prepare({
      entries: part.entries,
      partition,
      seq: this.range.seq,
      exclude,
    });
    return again.block;
  }

  /** Whether the table holds every row of the part that is to be stored. */
  private async verify(part: Part, { verdicts }: Judgement): Promise<boolean> {
    const stored = await this.context.tables.readBatchRows(this.range);
    const wanted = new Map<string, number>();
    for (let row = 0; row < verdicts.length; row++) {
      if (verdicts[row] !== NEW && verdicts[row] !== OURS) continue;
      const key = keyOfRow(part, row);
      wanted.set(key, (wanted.get(key) ?? 0) + 1);
    }
    let isComplete = true;
    for (const [key, count] of wanted) {
      const found = stored.get(key)?.length ?? 0;
      if (found < count) isComplete = false;
      // A second copy can only come from an insert that outlived its worker and its token: say so, loudly.
      if (found > count) this.context.telemetry.failed('integrity', 'stored_twice', undefined);
    }
    return isComplete;
  }

  private finishPart(
    part: Part,
    isWhole: boolean,
    judgement: Judgement,
    rejects: readonly RejectedEvent[],
  ): void {
    const { fingerprints } = this.context;
    const { idHashes, rowEntry, contentHashes } = part.batch;
    const { verdicts } = judgement;
    for (let row = 0; row < verdicts.length; row++) {
      if (verdicts[row] !== NEW && verdicts[row] !== OURS) continue;
      const { receivedAtMs } = part.entries[rowEntry[row]!]!;
      fingerprints.add(idHashes[row * 2]!, idHashes[row * 2 + 1]!, receivedAtMs);
      if (isWhole) continue;
      const key = keyOfRow(part, row);
      const content = {
        low: contentHashes[row * 2]!,
        high: contentHashes[row * 2 + 1]!,
        receivedMs: receivedAtMs,
      };
      this.kept.set(key, [...(this.kept.get(key) ?? []), content]);
    }
    this.tally.addPart(part.entries, part.batch, verdicts, rejects);
  }

  /** Keeps the events of entries that nothing can read. */
  private async setPoisonAside(poison: readonly PoisonEntry[]): Promise<void> {
    for (const { entry, reason } of poison) {
      this.context.telemetry.failed(
        'prepare',
        'poison',
        new Error(`${reason}: payload ${entry.partition}-${entry.id}`),
      );
      const rejects = describePoison(entry, reason);
      for (let attempt = 1; ; attempt++) {
        await this.waitUntilFresh();
        try {
          const earlier = this.careful ? await this.readEarlier() : undefined;
          await this.insertRejects(rejects, earlier, `${this.token}-poison-${entry.id}`);
          break;
        } catch (error) {
          this.careful = true;
          await this.pauseAfter(error, attempt);
        }
      }
      this.tally.addPoison(rejects);
    }
  }

  private mustShrink(error: unknown, attempt: number): boolean {
    if (error instanceof BlockRefused) return true;
    const isExhausted =
      isMemoryFailure(error) || (error instanceof PrepareError && error.code !== 'prepare_closed');
    return isExhausted && attempt >= MEMORY_ATTEMPTS;
  }

  private async pauseAfter(error: unknown, attempt: number): Promise<void> {
    const { lease, telemetry } = this.context;
    if (!(error instanceof EngineError || error instanceof PrepareError)) throw error;
    if (error instanceof PrepareError && error.code === 'prepare_closed') throw error;
    telemetry.failed(error instanceof EngineError ? 'clickhouse' : 'prepare', error.code, error);
    if (lease.leave.aborted) throw new BatchLeft('leaving while the engine does not answer');
    await this.pause(attempt);
  }

  private async pause(attempt: number): Promise<void> {
    const pauseMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.min(attempt, 10), BACKOFF_MAX_MS);
    await sleep(pauseMs, undefined, { signal: this.context.lease.lost }).catch(() => {});
  }

  private async waitUntilFresh(): Promise<void> {
    const { lease } = this.context;
    while (!lease.isFresh()) {
      if (lease.lost.aborted) throw new BatchLeft('the lease was lost');
      if (lease.leave.aborted) throw new BatchLeft('leaving while Redis does not answer');
      await sleep(FRESH_POLL_MS);
    }
  }
}
