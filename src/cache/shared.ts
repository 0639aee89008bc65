/**
 * L2: answers in Redis, for all fronts. Losing it costs time only: whatever fails here counts as not found. Redis also holds the
 * events that wait to be stored, so a front writes no more than BYTES_MAX in the life of an entry, whatever is asked.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromRoot } from '../paths.js';
import { loadScript, type Redis } from '../redis/client.js';
import { type CachedAnswer, decodeAnswer, encodeAnswer } from './entry.js';

const RELEASE = loadScript(fromRoot('src/cache/lua', 'release.lua'));

export const SHARED_LIFE_MS = 5 * 60_000;
/** Compressed size of one answer. */
const ENTRY_BYTES_MAX = 1024 * 1024;
/** Bytes one front writes in SHARED_LIFE_MS: Redis holds so much of each front, or a few times that of longer kept ones. */
const BYTES_MAX = 64 * 1024 * 1024;
/** How long another front may compute before one does it too. */
const LOCK_MS = 10_000;
/** How long one waits for another's answer, and how often it looks. */
const WAIT_MS = 2_000;
const LOOK_MIN_MS = 10;
const LOOK_MAX_MS = 100;

export interface SharedAnswers {
  find(key: string): Promise<CachedAnswer | undefined>;
  keep(key: string, answer: CachedAnswer): Promise<void>;
  /**
   * The only right to compute an answer at this version. Undefined: another front has it; its answer may be awaited. To be released.
   * Without Redis everybody has it.
   */
  lock(key: string, version: number): Promise<(() => Promise<void>) | undefined>;
  /** Waits until `isRight` finds what another front computed, or gives up. */
  awaitOther(
    key: string,
    version: number,
    isRight: (answer: CachedAnswer) => Promise<boolean>,
  ): Promise<CachedAnswer | undefined>;
}

const nameEntry = (key: string): string => `weir:answer:${key}`;
const nameLock = (key: string, version: number): string => `weir:answer-lock:${key}:${version}`;

export function createSharedAnswers(redis: Redis): SharedAnswers {
  let written = 0;
  let sinceMs = 0;

  const mayWrite = (bytes: number): boolean => {
    const nowMs = Date.now();
    if (nowMs - sinceMs >= SHARED_LIFE_MS) [written, sinceMs] = [0, nowMs];
    if (bytes > ENTRY_BYTES_MAX || written + bytes > BYTES_MAX) return false;
    written += bytes;
    return true;
  };

  const find = async (key: string): Promise<CachedAnswer | undefined> => {
    const bytes = await redis
      .command<Buffer | null>(['GET', nameEntry(key)], { binary: true })
      .catch(() => null);
    return bytes ? decodeAnswer(bytes) : undefined;
  };

  return {
    find,
    async keep(key, answer) {
      const bytes = await encodeAnswer(answer);
      if (!mayWrite(bytes.length)) return;
      const lifeMs = Math.max(1, Math.round(answer.lifeMs - (Date.now() - answer.atMs)));
      await redis.command(['SET', nameEntry(key), bytes, 'PX', String(lifeMs)]).catch(() => undefined);
    },
    async lock(key, version) {
      const name = nameLock(key, version);
      const token = randomUUID();
      const set = ['SET', name, token, 'NX', 'PX', String(LOCK_MS)];
      const reply = await redis.command<string | null>(set).catch(() => 'OK');
      if (reply === null) return undefined;
      return async () => {
        await redis.script(RELEASE, [name], [token]).catch(() => undefined);
      };
    },
    async awaitOther(key, version, isRight) {
      const untilMs = performance.now() + WAIT_MS;
      for (let pauseMs = LOOK_MIN_MS; performance.now() < untilMs; pauseMs *= 2) {
        await sleep(Math.min(pauseMs, LOOK_MAX_MS));
        const locked = await redis.command<number>(['EXISTS', nameLock(key, version)]).catch(() => 0);
        // Looked at after the lock: it is kept before the lock is released.
        const found = await find(key);
        if (found && (await isRight(found))) return found;
        if (!locked) return undefined;
      }
      return undefined;
    },
  };
}
