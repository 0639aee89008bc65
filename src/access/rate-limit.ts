/**
 * How many requests one key may make, counted in this process: a second's worth, at most. The defaults are there to stop a
 * runaway loop, not a busy producer; a project's quotas replace them. Several fronts each count for themselves.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RequestError } from '../errors.js';
import type { Access } from './access.js';

/** Ingest requests a second and key. One carries up to 100,000 events. */
const INGEST_PER_SECOND = 20_000;
/** All other requests a second and key. */
const QUERIES_PER_SECOND = 200;
/** The interval the limits count in, seconds. */
const INTERVAL_S = 1;

export type LimitKind = 'ingest' | 'query';

export interface RateState {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds until the count starts anew, rounded up. */
  resetS: number;
}

export interface RateLimiter {
  /** Counts one request. Only verified keys are counted, so their number bounds the memory. */
  count(access: Access, kind: LimitKind): Promise<RateState>;
}

function limitOf({ settings }: Access, kind: LimitKind): number {
  return kind === 'ingest'
    ? (settings.quotas?.ingest_per_second ?? INGEST_PER_SECOND)
    : (settings.quotas?.queries_per_second ?? QUERIES_PER_SECOND);
}

/** Counters of this process. */
export function createRateLimiter(): RateLimiter {
  // Points are compared here, not by the library, because each key may have a limit of its own.
  const limiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: INTERVAL_S });
  return {
    async count(access, kind) {
      const limit = limitOf(access, kind);
      const counted = await limiter.consume(`${kind}:${access.keyId}`);
      const used = counted instanceof RateLimiterRes ? counted.consumedPoints : 0;
      return {
        allowed: used <= limit,
        limit,
        remaining: Math.max(0, limit - used),
        resetS: Math.max(1, Math.ceil((counted.msBeforeNext ?? 0) / 1_000)),
      };
    },
  };
}

/** The 429 of a request beyond its limit; its members become rate headers too. */
export function refuseRate({ limit, remaining, resetS }: RateState): RequestError {
  return new RequestError(
    429,
    'rate_limited',
    `This key made more than ${limit} requests in a second: wait, or send more in one request.`,
    [],
    { retryAfterS: resetS, members: { limit, remaining, reset_s: resetS } },
  );
}
