/**
 * Answers of analytic questions, kept at two levels: L1 in this process, L2 in Redis (shared.ts) for all fronts.
 *
 * An answer is kept under its question and whatever else it depends on beside the data: project, kind, definitions, the version of
 * the code. With it stands what it read and the newest version of the project's data before anything was read
 * (stream/data-version.ts). It is right as long as nothing of what it read has a greater version, which one HMGET tells. A batch gets its
 * version after its rows can be read and before `?wait=stored` answers, and who computes notes the version before reading: so no
 * answer lacks an event whose storage was confirmed before the question was asked.
 *
 *   ask   L1, then L2: there and right, or as old as the asker or the metric allows? Served.
 *         Somebody computes the same here? Its answer is served if it is right for this asker too, who may know of a later batch.
 *         Another front computes it? Awaited for a while.
 *         Else it is computed, kept and served.
 *
 * Askers of one question may have different limits: a kept answer costs nothing and is served to all, and who waited for somebody's
 * computation that was refused for its rows computes with its own limit.
 *
 * Without Redis, and for a project without a record of versions, nothing can be said about a kept answer: all are computed, unless
 * an older one is allowed. Errors are not kept.
 */
import { LRUCache } from 'lru-cache';
import { formatInstant } from '../query/time/instant.js';
import type { Redis } from '../redis/client.js';
import {
  type DataReads,
  type DataVersion,
  READS_EVERYTHING,
  readDataVersion,
  versionKey,
} from '../stream/data-version.js';
import { cacheRequestsTotal } from '../telemetry/metrics.js';
import { ANSWER_BYTES_MAX, type CachedAnswer } from './entry.js';
import { type Flight, isOverRows, startFlight } from './flight.js';
import { hashKey } from './key.js';
import { createSharedAnswers, SHARED_LIFE_MS } from './shared.js';

/** Answers in this process, at most. */
const ENTRIES_MAX = 1_000;
/** What they take of memory, about. */
const BYTES_MAX = 64 * 1024 * 1024;
const LOCAL_LIFE_MS = 60_000;
/** The longest that anybody may have an answer kept: a metric's cache_ttl, a dashboard's refresh. */
const LIFE_MAX_MS = 3_600_000;
/** How often an asker waits for others' computations that turn out too old for it, before it computes by itself. */
const JOINS_MAX = 3;

export type Level = 'l1' | 'l2' | 'miss';

/** What a computation is given. */
export interface Moment {
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** Receipt of the project's newest stored event, ms, when Redis knows. */
  readonly receivedMs: number | undefined;
}

export interface Computed {
  /** May have a `meta`. */
  readonly answer: object;
  /** Undefined: the answer is not kept. */
  readonly reads: DataReads | undefined;
  /** How old it may be though the data moved on. */
  readonly ttlMs?: number;
}

export interface Asked {
  readonly project: string;
  /** All that the answer depends on beside project, code and data: the kind of question, the question, definitions. */
  readonly key: readonly unknown[];
  readonly signal: AbortSignal;
  /** Computes in any case. */
  readonly bypass?: boolean;
  /** The answer will not be kept, so that there is none to look for. */
  readonly isUnkept?: boolean;
  /** How old an answer this asker takes though the data moved on. */
  readonly maxStaleMs?: number;
  /** How long the answer is kept at least, for those who take an old one. */
  readonly keepMs?: number;
  compute(moment: Moment): Promise<Computed>;
}

/** An answer as it is sent: JSON. */
export interface Served {
  readonly json: string;
  readonly level: Level;
}

export interface AnswerCache {
  /** Throws what `compute` throws. */
  ask(asked: Asked): Promise<Served>;
  close(): Promise<void>;
}

/** A kept answer, held against the versions of now. */
interface Judged {
  readonly isRight: boolean;
  readonly receivedMs: number | undefined;
}

/** Whether a bucket became complete between two receipts: it is once its end is before the newest. */
const hasCompleted = (
  receipts: DataReads['receipts'],
  before: number | null,
  now: number | undefined,
): boolean =>
  receipts !== 'any' &&
  now !== undefined &&
  receipts.some((end) => (before ?? -Infinity) <= end && end < now);

function writeAnswer({ body, meta }: CachedAnswer, changed: Readonly<Record<string, unknown>>): string {
  if (Object.keys(meta).length === 0) return body;
  const text = JSON.stringify({ ...meta, ...changed });
  return body === '{}' ? `{"meta":${text}}` : `${body.slice(0, -1)},"meta":${text}}`;
}

/** Of the receipts that are still to come, the first is enough. */
function keepNextReceipt(reads: DataReads, receivedMs: number | undefined): DataReads {
  if (reads.receipts === 'any') return reads;
  const later = reads.receipts.filter((end) => end >= (receivedMs ?? -Infinity));
  return { ...reads, receipts: later.length > 0 ? [later.reduce((a, b) => Math.min(a, b))] : [] };
}

function toCached(
  { answer, reads, ttlMs = 0 }: Computed,
  version: DataVersion | undefined,
  atMs: number,
  keepMs = 0,
): CachedAnswer {
  const { meta = {}, ...rest } = answer as { meta?: Record<string, unknown> };
  return {
    body: JSON.stringify(rest),
    meta,
    reads: keepNextReceipt(reads ?? READS_EVERYTHING, version?.receivedMs),
    version: version?.newest ?? 0,
    receivedMs: version?.receivedMs ?? null,
    atMs,
    lifeMs: Math.min(LIFE_MAX_MS, Math.max(SHARED_LIFE_MS, ttlMs, keepMs)),
    ttlMs: Math.min(LIFE_MAX_MS, ttlMs),
  };
}

/** `release`: what the answers are computed by; another one shares nothing. */
export function createAnswerCache({
  redis: shared,
  partitions,
  release,
}: {
  redis: Redis;
  partitions: number;
  release: string;
}): AnswerCache {
  // Its own connection: large answers do not make events wait, nor a slow one the others.
  const redis = shared.duplicate();
  const l2 = createSharedAnswers(redis);
  const l1 = new LRUCache<string, CachedAnswer>({
    max: ENTRIES_MAX,
    maxSize: BYTES_MAX,
    sizeCalculation: ({ body }) => body.length * 2 + 1_000,
    ttl: LOCAL_LIFE_MS,
  });
  const flights = new Map<string, Flight<{ answer: CachedAnswer; level: Level }>>();

  const readVersion = (project: string, reads: DataReads): Promise<DataVersion | undefined> =>
    readDataVersion(redis, versionKey(project, partitions), reads).catch(() => undefined);

  const judge = async (project: string, answer: CachedAnswer): Promise<Judged> => {
    const version = await readVersion(project, answer.reads);
    const isRight =
      version !== undefined &&
      answer.version > 0 &&
      version.touched <= answer.version &&
      !hasCompleted(answer.reads.receipts, answer.receivedMs, version.receivedMs);
    return { isRight, receivedMs: version?.receivedMs };
  };

  /** The answer as it may be served of this level, if it may. */
  const serveKept = async (
    asked: Asked,
    answer: CachedAnswer | undefined,
    level: 'l1' | 'l2',
    startedMs: number,
  ): Promise<Served | undefined> => {
    const ageMs = answer ? Date.now() - answer.atMs : 0;
    if (!answer || ageMs > answer.lifeMs) return undefined;
    const { isRight, receivedMs } = await judge(asked.project, answer);
    if (!isRight && ageMs > Math.max(answer.ttlMs, asked.maxStaleMs ?? 0)) return undefined;
    cacheRequestsTotal.inc({ level, result: isRight ? 'hit' : 'stale' });
    const changed = isRight
      ? receivedMs !== undefined && { complete_through: formatInstant(receivedMs) }
      : { stale_by: Math.round(ageMs / 1000) };
    const elapsed = Math.round(performance.now() - startedMs);
    return { level, json: writeAnswer(answer, { cache: level, elapsed_ms: elapsed, ...changed }) };
  };

  const findKept = async (asked: Asked, key: string, startedMs: number): Promise<Served | undefined> => {
    const near = await serveKept(asked, l1.get(key), 'l1', startedMs);
    if (near) return near;
    cacheRequestsTotal.inc({ level: 'l1', result: 'miss' });
    const far = await l2.find(key);
    const served = await serveKept(asked, far, 'l2', startedMs);
    if (served) l1.set(key, far);
    else cacheRequestsTotal.inc({ level: 'l2', result: 'miss' });
    return served;
  };

  /** Computes and keeps; the answer does not wait until Redis has it, the lock does. */
  const compute = async (
    asked: Asked,
    key: string,
    version: DataVersion | undefined,
    signal: AbortSignal,
    unlock?: () => Promise<void>,
  ): Promise<CachedAnswer> => {
    let kept: Promise<void> | undefined;
    try {
      const atMs = Date.now();
      const computed = await asked.compute({ signal, receivedMs: version?.receivedMs });
      const answer = toCached(computed, version, atMs, asked.keepMs);
      const isKept = computed.reads !== undefined && (version !== undefined || answer.ttlMs > 0);
      if (isKept && answer.body.length <= ANSWER_BYTES_MAX) {
        l1.set(key, answer);
        kept = l2.keep(key, answer);
      }
      return answer;
    } finally {
      void (kept ?? Promise.resolve()).finally(unlock);
    }
  };

  /** Computes it, unless another front does. */
  const computeOnce = async (asked: Asked, key: string, version: DataVersion, signal: AbortSignal) => {
    const unlock = await l2.lock(key, version.newest);
    if (!unlock) {
      const other = await l2.awaitOther(
        key,
        version.newest,
        async (found) => (await judge(asked.project, found)).isRight,
      );
      if (other) {
        l1.set(key, other);
        return { answer: other, level: 'l2' as const };
      }
    }
    return { answer: await compute(asked, key, version, signal, unlock), level: 'miss' as const };
  };

  const fly = (asked: Asked, key: string, version: DataVersion) => {
    const flight = startFlight(
      (signal) => computeOnce(asked, key, version, signal),
      () => {
        if (flights.get(key) === flight) flights.delete(key);
      },
    );
    flights.set(key, flight);
    return flight.join(asked.signal);
  };

  return {
    async ask(asked) {
      const startedMs = performance.now();
      const key = hashKey([release, asked.project, ...asked.key]);
      const kept = asked.bypass || asked.isUnkept ? undefined : await findKept(asked, key, startedMs);
      if (kept) return kept;
      const version = await readVersion(asked.project, READS_EVERYTHING);
      const write = (answer: CachedAnswer, level: Level): Served => ({
        level,
        json: writeAnswer(answer, {
          cache: level,
          elapsed_ms: Math.round(performance.now() - startedMs),
        }),
      });
      if (!version || asked.bypass) return write(await compute(asked, key, version, asked.signal), 'miss');
      for (let joins = 0; joins < JOINS_MAX; joins++) {
        const running = flights.get(key);
        if (!running) {
          // Somebody's that ended since this asker looked.
          const ended = l1.get(key);
          if (ended && ended.version >= version.newest) return write(ended, 'l1');
          const { answer, level } = await fly(asked, key, version);
          return write(answer, level);
        }
        const answer = await running.join(asked.signal).then(
          (joined) => joined.answer,
          (error: unknown) => {
            if (!isOverRows(error)) throw error;
          },
        );
        if (answer && (answer.version >= version.newest || (await judge(asked.project, answer)).isRight))
          return write(answer, 'l1');
      }
      return write(await compute(asked, key, version, asked.signal), 'miss');
    },
    close: () => redis.close(),
  };
}
