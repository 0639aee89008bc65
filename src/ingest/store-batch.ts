/**
 * One sealed batch from prepared to stored. It ends only when the tables hold the outcome of every event of it, or
 * by being given up (BatchLeft), in which case whoever has the partition next begins again.
 *
 * For each part of the batch (there is one, unless something had to be isolated), see store-part.ts:
 *
 *   judge      which rows are new, duplicates, conflicts (judge.ts)
 *   set aside  rejected events and conflicts go to rejected_events
 *   insert     the new rows, as one block, under a token made of the batch's number
 *   verify     only when the batch was tried before: does the table hold every row it should?
 *
 * When all parts are stored, what follows from them is taken (take-further.ts): what they say about people, and routes.
 *
 * A failure leaves unknown what was done: an answer may be lost after an insert, an insert that touches several months may
 * be torn between them. So every attempt after the first (by this process or by another before a crash) is *careful*:
 * it asks the tables what they hold of the batch, does only what is missing, and verifies. The token does not change, so that
 * an insert still on its way from a dead worker is dropped by the engine, or ours is; it changes only when verifying
 * shows that the engine's memory of a token outlived the rows (possible after a power failure).
 *
 * Which failures mean what:
 *   the block itself is refused          halve the part; an entry refused alone is poison (engine-failure.ts)
 *   the engine or a thread out of memory the same, after some attempts
 *   anything else of the engine's        wait (BACKOFF_MAX_MS at most) and try again, for ever
 *   lease lost, or told to leave         BatchLeft
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.js';
import { formatPayloadId, type RejectedEvent } from '../event/types.js';
import { PrepareError, type PreparePool } from '../pool/prepare-pool.js';
import { entryMs } from '../stream/entry-id.js';
import { faultPoint } from '../stream/fault-point.js';
import { digestLiveRows, encodeLiveRows, type LiveNote } from '../stream/live-record.js';
import type { OpenBatch, StoredBatch } from './batch.js';
import { isUnreachable } from './engine-failure.js';
import type { Fingerprints } from './fingerprints.js';
import { NEW, OURS } from './judge.js';
import type { HeldLease } from './leases.js';
import { listLiveRows } from './live-rows.js';
import { keyOfRow } from './part-rows.js';
import { halvePart, type Part, type PoisonEntry, type PreparedParts } from './prepare-parts.js';
import { describePoison } from './set-aside.js';
import {
  type AttemptContext,
  attemptPart,
  holdsRejects,
  keepRejects,
  mustShrink,
  readEarlier,
  type StoredPart,
} from './store-part.js';
import type { BatchRange, IngestTables, StoredEvent } from './tables.js';
import { type Takers, takeFurther } from './take-further.js';
import { createTally, type Tally } from './tally.js';
import type { IngestTelemetry } from './telemetry.js';
import { encodeStored } from './touched.js';

/** Longest pause before the engine is tried again: what an outage adds to its own length. */
const BACKOFF_MAX_MS = 1_000;
/** Longest pause while nobody answers at all, which costs a refused connection: an engine that is back is noticed this soon. */
const UNREACHABLE_BACKOFF_MAX_MS = 200;
const BACKOFF_MIN_MS = 50;
/** How often a lease that is not fresh is looked at again. */
const FRESH_POLL_MS = 50;
/** Attempts that found rows missing afterwards before the token is held to be the reason. */
const SAME_TOKEN_ATTEMPTS = 2;
/** Attempts at what follows from the rows before it is left undone: each failure is counted and logged. */
const REFUSED_ATTEMPTS = 5;

/** The batch was given up: the lease was lost, or the process is leaving. Nothing of it is acknowledged. */
export class BatchLeft extends Error {}

export interface StoreContext extends Takers {
  partition: number;
  lease: HeldLease;
  tables: IngestTables;
  pool: PreparePool;
  fingerprints: Fingerprints;
  windowMs: number;
  telemetry: IngestTelemetry;
  /** Tells live views of the batch. Called at most once, before anything is stored; must not throw. */
  tellLive: (note: LiveNote) => void;
  /** Notes that what the events table feeds may have missed a part of the batch. Throws StreamError. */
  noteDoubt: (range: BatchRange) => Promise<void>;
}

/** The digest of a batch that live views are not told of; no other is like it. */
const UNTOLD = 'untold';

/** Stores a sealed batch. Throws BatchLeft, and PrepareError `prepare_closed`. */
export async function storeBatch(context: StoreContext, open: OpenBatch): Promise<StoredBatch> {
  return new BatchStore(context, open).run();
}

class BatchStore {
  private readonly attempt: AttemptContext;
  private readonly token: string;
  private readonly tally: Tally;
  /** What the parts that are done have kept, by eventKey. */
  private readonly kept = new Map<string, StoredEvent[]>();
  private careful: boolean;
  private partsDone = 0;
  private partsToCome = 0;
  /** What live views were told. */
  private told: { verdicts: Uint8Array; digest: string } | undefined;
  private readonly stored: { part: Part; verdicts: Uint8Array }[] = [];

  constructor(
    private readonly context: StoreContext,
    private readonly open: OpenBatch,
  ) {
    const { seq, firstId, lastId } = open.sealed;
    const { partition } = context;
    const formats = new Map<string, string>(
      open.entries.map((e) => [formatPayloadId(partition, e.id), e.format]),
    );
    this.attempt = {
      ...context,
      range: { partition, seq, fromMs: entryMs(firstId), toMs: entryMs(lastId) },
      kept: this.kept,
      formatOf: (payloadId) => formats.get(payloadId) ?? '',
      waitUntilFresh: () => this.waitUntilFresh(),
      onJudged: (part, verdicts) => this.tellLive(part, verdicts),
    };
    this.token = `weir-${partition}-${seq}-${lastId}`;
    this.tally = createTally(open.entries);
    this.careful = open.wasTried;
  }

  async run(): Promise<StoredBatch> {
    const prepared = await this.open.prepared;
    faultPoint('mid-batch');
    await this.setPoisonAside(prepared.poison);
    const parts = [...prepared.parts];
    for (let part = parts.shift(); part; part = parts.shift()) {
      this.partsToCome = parts.length;
      const stored = await this.storePart(part);
      if (stored) {
        this.finishPart(part, stored, parts.length > 0);
        continue;
      }
      const halves = await this.split(part);
      await this.setPoisonAside(halves.poison);
      parts.unshift(...halves.parts);
    }
    const batches = this.stored.map(({ part }) => part.batch);
    await takeFurther(this.context, this.attempt.range, batches, (work) => this.insist(work));
    // An earlier attempt may have stored rows and ended before the views had them; nobody sends those again.
    if (this.careful) await this.context.noteDoubt(this.attempt.range);
    const { outcomes, rejects } = this.tally;
    const touched = encodeStored(this.context.partition, this.stored);
    return { outcomes, rejects, counts: this.tally.countDeltas(), liveDigest: this.digestStored(), touched };
  }

  /**
   * A batch in one part is told before it is stored, which saves live views the time of the insert. When something else
   * is stored in the end, the acknowledgement says so.
   */
  private tellLive(part: Part, verdicts: Uint8Array): void {
    if (this.told || this.partsDone > 0 || this.partsToCome > 0) return;
    const rows = listLiveRows(this.open.entries, [{ part, verdicts }]);
    if (!rows) return;
    const note = encodeLiveRows(rows);
    this.told = { verdicts, digest: note.digest };
    this.context.tellLive(note);
  }

  private digestStored(): string {
    const [only, ...others] = this.stored;
    if (only && others.length === 0 && only.verdicts === this.told?.verdicts) return this.told.digest;
    const rows = listLiveRows(this.open.entries, this.stored);
    return rows ? digestLiveRows(rows) : UNTOLD;
  }

  /** Repeats what follows from stored rows. What the engine will not do for what it is may not stop everybody's events. */
  private async insist(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.waitUntilFresh();
      try {
        return await work();
      } catch (error) {
        await this.pauseAfter(error, attempt);
        if (error instanceof EngineError && !error.retryable && attempt >= REFUSED_ATTEMPTS) return;
      }
    }
  }

  private async split(part: Part): Promise<PreparedParts> {
    if (part.entries.length === 1) {
      return { parts: [], poison: [{ entry: part.entries[0]!, reason: 'the engine refused its events' }] };
    }
    const { pool, partition } = this.context;
    return halvePart({ pool, partition, seq: this.attempt.range.seq }, part);
  }

  /** Repeats until the part is stored; undefined when it has to be smaller for that. */
  private async storePart(part: Part): Promise<StoredPart | undefined> {
    const token = this.partsDone === 0 ? this.token : `${this.token}-${part.entries[0]!.id}`;
    let unverified = 0;
    for (let attempt = 1; ; attempt++) {
      await this.waitUntilFresh();
      try {
        const suffix = unverified < SAME_TOKEN_ATTEMPTS ? '' : `-again${unverified}`;
        const stored = await attemptPart(this.attempt, part, this.careful, token + suffix);
        if (stored) return stored;
        unverified += 1;
        await this.pause(attempt);
      } catch (error) {
        this.careful = true;
        if (mustShrink(error, attempt)) {
          this.context.telemetry.failed('clickhouse', 'block_refused', error);
          return undefined;
        }
        await this.pauseAfter(error, attempt);
      }
    }
  }

  private finishPart(part: Part, { verdicts, rejects }: StoredPart, isMoreToCome: boolean): void {
    const { fingerprints } = this.context;
    const { idHashes, rowEntry, contentHashes } = part.batch;
    for (let row = 0; row < verdicts.length; row++) {
      if (verdicts[row] !== NEW && verdicts[row] !== OURS) continue;
      const receivedMs = part.entries[rowEntry[row]!]!.receivedAtMs;
      fingerprints.add(idHashes[row * 2]!, idHashes[row * 2 + 1]!, receivedMs);
      if (!isMoreToCome) continue;
      const event = { low: contentHashes[row * 2]!, high: contentHashes[row * 2 + 1]!, receivedMs };
      const key = keyOfRow(part, row);
      this.kept.set(key, [...(this.kept.get(key) ?? []), event]);
    }
    this.tally.addPart(part.entries, part.batch, verdicts, rejects);
    this.partsDone += 1;
    this.stored.push({ part, verdicts });
  }

  /** Keeps the events of entries that nothing can read. */
  private async setPoisonAside(poison: readonly PoisonEntry[]): Promise<void> {
    for (const { entry, reason } of poison) {
      const payloadId = formatPayloadId(entry.partition, entry.id);
      this.context.telemetry.failed('prepare', 'poison', new Error(`payload ${payloadId}: ${reason}`));
      const rejects = describePoison(entry, reason);
      await this.keepPoison(rejects, `${this.token}-poison-${entry.id}`);
      this.tally.addPoison(rejects);
    }
  }

  private async keepPoison(rejects: readonly RejectedEvent[], token: string): Promise<void> {
    const { tables, range } = this.attempt;
    for (let attempt = 1; ; attempt++) {
      await this.waitUntilFresh();
      try {
        const earlier = this.careful ? await readEarlier(tables, range) : undefined;
        await keepRejects(this.attempt, rejects, earlier, attempt === 1 ? token : `${token}-${attempt}`);
        if (!this.careful || holdsRejects((await readEarlier(tables, range)).rejects, rejects)) return;
      } catch (error) {
        this.careful = true;
        await this.pauseAfter(error, attempt);
      }
    }
  }

  /** Rethrows what trying again does not mend. */
  private async pauseAfter(error: unknown, attempt: number): Promise<void> {
    const { lease, telemetry } = this.context;
    if (!(error instanceof EngineError || error instanceof PrepareError)) throw error;
    if (error.code === 'prepare_closed') throw error;
    telemetry.failed(error instanceof EngineError ? 'clickhouse' : 'prepare', error.code, error);
    if (lease.leave.aborted) throw new BatchLeft('leaving while the engine does not answer');
    await this.pause(attempt, isUnreachable(error) ? UNREACHABLE_BACKOFF_MAX_MS : BACKOFF_MAX_MS);
  }

  private async pause(attempt: number, maxMs = BACKOFF_MAX_MS): Promise<void> {
    const pauseMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.min(attempt, 10), maxMs);
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
