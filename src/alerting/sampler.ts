/** Takes a sample of the signals every SAMPLE_INTERVAL_MS: one process of all, whichever comes first. */
import type { ClickHouse } from '../clickhouse/client.js';
import { readIntegrityStates } from '../ingest/integrity-state.js';
import type { Metadata } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { Redis } from '../redis/client.js';
import { readLags } from '../stream/lag.js';
import type { EventStream } from '../stream/stream.js';
import { findTightest, shareOf } from '../telemetry/memory.js';
import { type Role, readVitals, type Vitals } from '../telemetry/vitals.js';
import { type NamedMemory, readPartMemory } from './part-memory.js';
import { type Measured, SAMPLE_INTERVAL_MS, SIGNAL_NAMES, type SignalSample } from './signals.js';

const ADD = loadStatement('signal-add');

/** With fewer requests or batches in a minute one that failed says nothing about a rate. */
const ATTEMPTS_MIN = 10;
const CACHE_ASKED_MIN = 10;

export interface SamplerParts {
  readonly metadata: Metadata;
  readonly redis: Redis;
  readonly clickhouse: ClickHouse;
  readonly stream: Pick<EventStream, 'readDepth'>;
}

const percentOf = (part: number, whole: number, least: number): number | null =>
  whole < least ? null : (100 * part) / whole;

const sumOf = (vitals: readonly Vitals[], key: 'done' | 'failed' | 'cacheAsked' | 'cacheHits'): number =>
  vitals.reduce((total, one) => total + one[key], 0);

const findWorst = (vitals: readonly Vitals[], key: 'failed' | 'poolSeconds'): Vitals | undefined =>
  vitals.toSorted((a, b) => b[key] - a[key])[0];

const writeGigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/** The process or part that is closest to running out. */
function measureMemory(vitals: readonly Vitals[], parts: readonly NamedMemory[]): Measured {
  const tightest = findTightest([...vitals.map(({ name, memory }) => ({ ...memory, name })), ...parts]);
  if (!tightest) return { value: null };
  const { name, of, used, limit } = tightest;
  const value = 100 * shareOf(tightest);
  return {
    value,
    note: `${name}: ${Math.round(value)} % of ${of}, ${writeGigabytes(used)} of ${writeGigabytes(limit)} GB`,
  };
}

const FAILED: Readonly<Record<Role, string>> = {
  front: 'requests were answered with 500 or more',
  ingest: 'attempts to store a batch failed',
};

/** Fronts and ingest processes apart, and the worse of them: there are many more requests than batches. */
function measureErrors(vitals: readonly Vitals[]): Measured {
  const measured = (Object.keys(FAILED) as Role[]).flatMap((role) => {
    const all = vitals.filter((one) => one.role === role);
    const value = percentOf(sumOf(all, 'failed'), sumOf(all, 'done'), ATTEMPTS_MIN);
    if (value === null) return [];
    const { name, done, failed } = findWorst(all, 'failed')!;
    return [{ value, note: `${name}: ${failed} of ${done} ${FAILED[role]}` }];
  });
  return measured.sort((a, b) => b.value - a.value)[0] ?? { value: null };
}

function measurePool(vitals: readonly Vitals[]): Measured {
  const worst = findWorst(vitals, 'poolSeconds');
  if (!worst) return { value: null };
  const { name, poolSeconds } = worst;
  return { value: poolSeconds, note: `${name}: calls waited in ${poolSeconds} of 60 seconds` };
}

/** The signals as they are now. @throws StreamError */
export async function takeSample(parts: Omit<SamplerParts, 'metadata'>): Promise<SignalSample> {
  const { redis, stream } = parts;
  const [lags, vitals, books, memory] = await Promise.all([
    readLags(redis, stream),
    readVitals(redis),
    readIntegrityStates(redis),
    readPartMemory(parts),
  ]);
  return {
    processing_lag: { value: Math.max(0, ...lags) / 1_000 },
    cache_hit_ratio: {
      value: percentOf(sumOf(vitals, 'cacheHits'), sumOf(vitals, 'cacheAsked'), CACHE_ASKED_MIN),
    },
    pool_exhausted: measurePool(vitals),
    memory_share: measureMemory(vitals, memory),
    error_rate: measureErrors(vitals),
    integrity: { value: [...books.values()].filter(({ ok }) => !ok).length },
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
    const notes = Object.fromEntries(SIGNAL_NAMES.map((name) => [name, sample[name].note]));
    const values = SIGNAL_NAMES.map((name) => sample[name].value);
    await parts.metadata.query(ADD, [new Date(at), ...values, JSON.stringify(notes)]);
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
