/**
 * What a front knows of itself and no other process can see: counted here second by second, and left in Redis for whichever
 * process takes the next sample of the signals.
 *
 *   weir:vitals   a hash; field: the process, value: its Vitals as JSON. Fields that are not renewed count no more.
 */
import { randomUUID } from 'node:crypto';
import { totalmem } from 'node:os';
import type { Metadata } from '../metadata/metadata.js';
import type { Redis } from '../redis/client.js';
import { registry } from '../telemetry/metrics.js';

const VITALS_KEY = 'weir:vitals';
/** How often a front looks at its pool. */
const LOOK_MS = 1_000;
/** How often it counts, and leaves what it counted. */
const COUNT_MS = 5_000;
/** What is counted is of this long. */
const WINDOW_MS = 60_000;
/** Vitals older than this are of a process that is gone. */
const STALE_MS = 4 * COUNT_MS;
/** Routes that say whether Weir is well: their 503 is an answer, not an error. */
const WATCHING = /^\/(?:health|metrics)/;

interface Counts {
  readonly requests: number;
  readonly failed: number;
  readonly cacheAsked: number;
  readonly cacheHits: number;
}

/** Of the last minute. */
export interface Vitals extends Counts {
  /** Time of the count, ms. */
  readonly at: number;
  /** Seconds in which calls waited for a connection to Postgres. */
  readonly poolSeconds: number;
  /** Memory in use, from 0 to 1. */
  readonly memoryShare: number;
}

type CounterName = 'weir_http_request_seconds' | 'weir_cache_requests_total';

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly metricName?: string;
}

/** The values of a metric; none when this process does not have it. */
async function readValues(name: CounterName): Promise<readonly Value[]> {
  return ((await registry.getSingleMetric(name)?.get())?.values ?? []) as readonly Value[];
}

/** What was counted since the process began. */
export async function readCounts(): Promise<Counts> {
  const answered = (await readValues('weir_http_request_seconds')).filter(
    ({ metricName, labels }) => metricName?.endsWith('_count') && !WATCHING.test(String(labels.route)),
  );
  // Who misses the first level asks the second: one answer, counted once.
  const asked = (await readValues('weir_cache_requests_total')).filter(
    ({ labels }) => labels.level !== 'l1' || labels.result !== 'miss',
  );
  const sum = (values: readonly Value[]): number => values.reduce((total, { value }) => total + value, 0);
  return {
    requests: sum(answered),
    failed: sum(answered.filter(({ labels }) => Number(labels.status) >= 500)),
    cacheAsked: sum(asked),
    cacheHits: sum(asked.filter(({ labels }) => labels.result !== 'miss')),
  };
}

function readMemoryShare(): number {
  const constrained = process.constrainedMemory();
  const total = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  return Math.min(1, Math.max(0, 1 - process.availableMemory() / total));
}

export interface VitalsWatch {
  /** Counts now and leaves it in Redis. @throws StreamError */
  publish(): Promise<void>;
  close(): Promise<void>;
}

export interface VitalsOptions {
  readonly redis: Pick<Redis, 'command'>;
  readonly metadata: Pick<Metadata, 'callsWaiting'>;
}

/** Watches this process until it is closed. Failures cost figures only. */
export function watchVitals({ redis, metadata }: VitalsOptions): VitalsWatch {
  const name = randomUUID();
  /** Counts since the process began, the oldest first; the first is the one a window ago. */
  const past: { at: number; counts: Counts }[] = [];
  const waited: number[] = [];

  function look(): void {
    const now = performance.now();
    while (waited.length > 0 && now - waited[0]! > WINDOW_MS) waited.shift();
    if (metadata.callsWaiting() > 0) waited.push(now);
  }

  async function publish(): Promise<void> {
    const now = performance.now();
    const counts = await readCounts();
    past.push({ at: now, counts });
    while (past.length > 1 && now - past[1]!.at >= WINDOW_MS) past.shift();
    const since = past[0]!.counts;
    const vitals: Vitals = {
      at: Date.now(),
      requests: counts.requests - since.requests,
      failed: counts.failed - since.failed,
      cacheAsked: counts.cacheAsked - since.cacheAsked,
      cacheHits: counts.cacheHits - since.cacheHits,
      poolSeconds: waited.length * (LOOK_MS / 1_000),
      memoryShare: readMemoryShare(),
    };
    await redis.command(['HSET', VITALS_KEY, name, JSON.stringify(vitals)]);
  }

  const timers = [setInterval(look, LOOK_MS), setInterval(() => publish().catch(() => {}), COUNT_MS)];
  for (const timer of timers) timer.unref();
  publish().catch(() => {});
  return {
    publish,
    async close() {
      for (const timer of timers) clearInterval(timer);
      await redis.command(['HDEL', VITALS_KEY, name]).catch(() => {});
    },
  };
}

/** What the fronts left that are there. @throws StreamError */
export async function readVitals(redis: Pick<Redis, 'command'>): Promise<readonly Vitals[]> {
  const all = await redis.command<Record<string, string>>(['HGETALL', VITALS_KEY]);
  const found = Object.entries(all).map(([name, text]) => ({ name, vitals: JSON.parse(text) as Vitals }));
  const [gone, there] = [true, false].map((wanted) =>
    found.filter(({ vitals }) => Date.now() - vitals.at > STALE_MS === wanted),
  );
  if (gone!.length > 0) await redis.command(['HDEL', VITALS_KEY, ...gone!.map(({ name }) => name)]);
  return there!.map(({ vitals }) => vitals);
}
