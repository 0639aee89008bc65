/** Takes a sample of the signals every SAMPLE_INTERVAL_MS: one process of all, whichever comes first. */
import { readIntegrityStates } from '../ingest/integrity-state.js';
import type { Metadata } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { Redis } from '../redis/client.js';
import { readLags } from '../stream/lag.js';
import type { EventStream } from '../stream/stream.js';
import { SAMPLE_INTERVAL_MS, SIGNAL_NAMES, type SignalSample } from './signals.js';
import { readVitals } from './vitals.js';

const ADD = loadStatement('signal-add');

/** With fewer requests in a minute one that failed says nothing about a rate. */
const REQUESTS_MIN = 10;
const CACHE_ASKED_MIN = 10;

export interface SamplerParts {
  readonly metadata: Metadata;
  readonly redis: Redis;
  readonly stream: Pick<EventStream, 'readDepth'>;
}

const percentOf = (part: number, whole: number, least: number): number | null =>
  whole < least ? null : (100 * part) / whole;

/** The signals as they are now. @throws StreamError */
export async function takeSample({ redis, stream }: Omit<SamplerParts, 'metadata'>): Promise<SignalSample> {
  const [lags, vitals, books] = await Promise.all([
    readLags(redis, stream),
    readVitals(redis),
    readIntegrityStates(redis),
  ]);
  const sum = (key: 'requests' | 'failed' | 'cacheAsked' | 'cacheHits'): number =>
    vitals.reduce((total, one) => total + one[key], 0);
  const worst = (key: 'poolSeconds' | 'memoryShare'): number | null =>
    vitals.length === 0 ? null : Math.max(...vitals.map((one) => one[key]));
  const memory = worst('memoryShare');
  return {
    processing_lag: Math.max(0, ...lags) / 1_000,
    cache_hit_ratio: percentOf(sum('cacheHits'), sum('cacheAsked'), CACHE_ASKED_MIN),
    pool_exhausted: worst('poolSeconds'),
    memory_share: memory === null ? null : memory * 100,
    error_rate: percentOf(sum('failed'), sum('requests'), REQUESTS_MIN),
    integrity: [...books.values()].filter(({ ok }) => !ok).length,
  };
}

export interface Sampler {
  /** Takes a sample of now, and keeps it unless this interval has one. @throws StreamError, MetadataError */
  sample(): Promise<void>;
  close(): Promise<void>;
}

export function createSampler(parts: SamplerParts, onError: (error: Error) => void): Sampler {
  let sampling: Promise<void> | undefined;
  async function work(): Promise<void> {
    const at = Math.floor(Date.now() / SAMPLE_INTERVAL_MS) * SAMPLE_INTERVAL_MS;
    const sample = await takeSample(parts);
    await parts.metadata.query(ADD, [new Date(at), ...SIGNAL_NAMES.map((name) => sample[name])]);
  }
  const sample = (): Promise<void> => {
    sampling ??= work().finally(() => {
      sampling = undefined;
    });
    return sampling;
  };
  const timer = setInterval(() => sample().catch(onError), SAMPLE_INTERVAL_MS);
  timer.unref();
  sample().catch(onError);
  return {
    sample,
    async close() {
      clearInterval(timer);
      await sampling?.catch(() => {});
    },
  };
}
