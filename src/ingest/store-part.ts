/**
 * One attempt at storing one part of a batch: judge, set aside, insert, verify. Nothing here repeats or waits; what a failure
 * means is decided in store-batch.ts.
 */
import { performance } from 'node:perf_hooks';
import type { RejectedEvent } from '../event/types.js';
import { PrepareError, type PreparePool } from '../pool/prepare-pool.js';
import { faultPoint } from '../stream/fault-point.js';
import { isDataFailure, isMemoryFailure } from './engine-failure.js';
import type { Fingerprints } from './fingerprints.js';
import { type EarlierAttempts, type Judgement, judgeRows, NEW, OURS, rejectKey } from './judge.js';
import { addKeepColumn } from './keep-column.js';
import { describePartConflicts, keyOfRow } from './part-rows.js';
import type { Part } from './prepare-parts.js';
import { type BatchRange, eventKey, type IngestTables, type StoredEvent } from './tables.js';
import type { IngestTelemetry } from './telemetry.js';

/** Attempts before what is out of memory is offered smaller parts. */
const MEMORY_ATTEMPTS = 3;

/** The engine read the block and does not want it: only an insert of events can fail so, never a question. */
class BlockRefused extends Error {}

export interface AttemptContext {
  tables: IngestTables;
  pool: PreparePool;
  fingerprints: Fingerprints;
  windowMs: number;
  telemetry: IngestTelemetry;
  range: BatchRange;
  /** What the batch's earlier parts kept. */
  kept: ReadonlyMap<string, readonly StoredEvent[]>;
  /** The wire form of a payload. */
  formatOf: (payloadId: string) => string;
  /** Waits until an insert may be started, or throws. */
  waitUntilFresh: () => Promise<void>;
  /** Told as soon as it is decided what becomes of a part's rows, before they are stored. */
  onJudged: (part: Part, verdicts: Uint8Array) => void;
}

export interface StoredPart {
  verdicts: Uint8Array;
  rejects: RejectedEvent[];
}

/** What the tables hold of the batch. Throws EngineError. */
export async function readEarlier(tables: IngestTables, range: BatchRange): Promise<EarlierAttempts> {
  const [rows, rejects] = await Promise.all([tables.readBatchRows(range), tables.readBatchRejects(range)]);
  return { rows, rejects: new Set(rejects.map((reject) => rejectKey(reject.payloadId, reject.index))) };
}

/** Keeps rejected events, less those an earlier attempt kept. Throws EngineError. */
export async function keepRejects(
  { tables, range, formatOf }: Pick<AttemptContext, 'tables' | 'range' | 'formatOf'>,
  rejects: readonly RejectedEvent[],
  earlier: EarlierAttempts | undefined,
  token: string,
): Promise<void> {
  const missing = earlier
    ? rejects.filter((reject) => !earlier.rejects.has(rejectKey(reject.payloadId, reject.index)))
    : rejects;
  if (missing.length > 0) await tables.insertRejects(range, missing, formatOf, token);
}

/** Whether all of these are kept. */
export const holdsRejects = (kept: EarlierAttempts['rejects'], rejects: readonly RejectedEvent[]): boolean =>
  rejects.every((reject) => kept.has(rejectKey(reject.payloadId, reject.index)));

/** The part's rejects: those of the pipeline, unless an earlier attempt stored the event, and the conflicts. */
function listRejects(part: Part, judgement: Judgement): RejectedEvent[] {
  const refused = part.batch.rejects.filter((reject) => {
    const stored = judgement.unclaimed.get(eventKey(reject.project, reject.eventId));
    return !stored?.some((event) => event.receivedMs === reject.receivedAtMs);
  });
  return [...refused, ...describePartConflicts(part, judgement)];
}

/** What is to be inserted of a part: the block as it is, or without some rows. */
type Block = { bytes: Uint8Array; hasKeepColumn: boolean };

async function leaveOut(context: AttemptContext, part: Part, verdicts: Uint8Array): Promise<Block> {
  const marked = addKeepColumn(
    part.batch.block,
    verdicts.map((verdict) => (verdict === NEW ? 1 : 0)),
  );
  if (marked) return { bytes: marked, hasKeepColumn: true };
  const exclude: number[] = [];
  for (let row = 0; row < verdicts.length; row++) if (verdicts[row] !== NEW) exclude.push(row);
  const { partition, seq } = context.range;
  const task = { entries: part.entries, partition, seq, exclude: Uint32Array.from(exclude) };
  return { bytes: (await context.pool.prepare(task, part.batch)).block, hasKeepColumn: false };
}

async function insertRows(
  context: AttemptContext,
  part: Part,
  verdicts: Uint8Array,
  token: string,
): Promise<void> {
  const isNew = (verdict: number) => verdict === NEW;
  if (!verdicts.some(isNew)) return;
  const isWhole = verdicts.every(isNew);
  const block = isWhole
    ? { bytes: part.batch.block, hasKeepColumn: false }
    : await leaveOut(context, part, verdicts);
  // The lease may have aged while ids were looked up.
  await context.waitUntilFresh();
  faultPoint('before-insert');
  try {
    if (block.hasKeepColumn) await context.tables.insertKeptEvents(block.bytes, token);
    else await context.tables.insertEvents(block.bytes, token);
  } catch (error) {
    throw isDataFailure(error) ? new BlockRefused('the engine refuses the block', { cause: error }) : error;
  }
}

/** Whether the tables hold every row of the part that is to be stored, and all its rejects. */
async function verify(
  context: AttemptContext,
  part: Part,
  { verdicts, rejects }: StoredPart,
): Promise<boolean> {
  const { tables, range, telemetry } = context;
  const { rows: stored, rejects: kept } = await readEarlier(tables, range);
  const wanted = new Map<string, number>();
  for (let row = 0; row < verdicts.length; row++) {
    if (verdicts[row] !== NEW && verdicts[row] !== OURS) continue;
    const key = keyOfRow(part, row);
    wanted.set(key, (wanted.get(key) ?? 0) + 1);
  }
  let isComplete = holdsRejects(kept, rejects);
  for (const [key, count] of wanted) {
    const found = stored.get(key)?.length ?? 0;
    if (found < count) isComplete = false;
    // A second copy can only come from an insert that outlived its worker and its token: say so, loudly.
    if (found > count)
      telemetry.failed('integrity', 'stored_twice', new Error(`batch ${range.partition}/${range.seq}`));
  }
  return isComplete;
}

/**
 * Tries to store a part. `careful`: it, or its batch, may have been tried before. Undefined: afterwards the table did not
 * hold all it should. Throws EngineError, PrepareError, BlockRefused, and what waitUntilFresh throws.
 */
export async function attemptPart(
  context: AttemptContext,
  part: Part,
  careful: boolean,
  token: string,
): Promise<StoredPart | undefined> {
  const { tables, fingerprints, windowMs, telemetry, range, kept } = context;
  const startedAt = performance.now();
  const earlier = careful ? await readEarlier(tables, range) : undefined;
  const judgement = await judgeRows(part.entries, part.batch, {
    tables,
    fingerprints,
    windowMs,
    seq: range.seq,
    earlier,
    keptInParts: kept,
  });
  const judgedAt = performance.now();
  telemetry.stage('deduplicate', judgedAt - startedAt);
  telemetry.lookedUp(judgement.lookedUp);
  context.onJudged(part, judgement.verdicts);
  const rejects = listRejects(part, judgement);
  await keepRejects(context, rejects, earlier, token);
  faultPoint('after-rejects');
  await insertRows(context, part, judgement.verdicts, token);
  telemetry.stage('insert', performance.now() - judgedAt);
  faultPoint('after-insert');
  const stored = { verdicts: judgement.verdicts, rejects };
  return careful && !(await verify(context, part, stored)) ? undefined : stored;
}

/** True when smaller parts may succeed where this one does not. */
export function mustShrink(error: unknown, attempt: number): boolean {
  if (error instanceof BlockRefused) return true;
  const isThread = error instanceof PrepareError && error.code !== 'prepare_closed';
  return (isThread || isMemoryFailure(error)) && attempt >= MEMORY_ATTEMPTS;
}
