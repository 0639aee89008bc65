/**
 * What a process of Weir knows of itself and no other can see: counted here second by second, and left in Redis for whichever
 * front takes the next sample of the signals.
 *
 *   weir:processes   a hash; field: the process, value: its Vitals as JSON. One field a process, so nothing is counted twice,
 *                    however many read it. Fields that are not renewed count no more; times are Redis's, so that clocks of
 *                    several machines need not agree. It expires with the last process.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type MemoryUse, readProcessMemory } from './memory.js';
import { registry } from './metrics.js';

const VITALS_KEY = 'weir:processes';
/** How often a process looks at its connections. */
const LOOK_MS = 1_000;
/** How often it counts, and leaves what it counted. */
const COUNT_MS = 5_000;
/** What is counted is of this long. */
const WINDOW_MS = 60_000;
/** Vitals older than this are of a process that is gone. */
const STALE_MS = 4 * COUNT_MS;
/** Processes that are kept, the newest: about 400 bytes each. */
const PROCESSES_MAX = 500;
/** Routes that say whether Weir is well: their 503 is an answer, not an error. */
const WATCHING = /^\/(?:health|metrics)/;
/** Components that storing a batch needs: what fails in them is tried again, so that each failure is one more attempt. */
const STORING: readonly unknown[] = ['clickhouse', 'prepare', 'redis', 'ingest'];

/** Fronts answer requests, ingest processes store batches. */
export type Role = 'front' | 'ingest';

interface Counts {
  /** Requests that were answered, or attempts to store a batch. */
  readonly done: number;
  readonly failed: number;
  readonly cacheAsked: number;
  readonly cacheHits: number;
}

/** Of the last minute. */
export interface Vitals extends Counts {
  readonly role: Role;
  /** What people call the process: "front 4242 on host-a". */
  readonly name: string;
  /** Time of the count by Redis's clock, ms. */
  readonly at: number;
  /** Seconds in which calls waited for a connection to Postgres. */
  readonly poolSeconds: number;
  readonly memory: MemoryUse;
}

/** The little of Redis that vitals need; src/redis's client fits. */
export interface VitalsStore {
  command<T>(args: readonly string[]): Promise<T>;
}

type CounterName =
  | 'weir_http_request_seconds'
  | 'weir_cache_requests_total'
  | 'weir_batch_rows'
  | 'weir_errors_total';

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly metricName?: string;
}

/** The values of a metric; none when this process does not have it. */
async function readValues(name: CounterName): Promise<readonly Value[]> {
  return ((await registry.getSingleMetric(name)?.get())?.values ?? []) as readonly Value[];
}

const sum = (values: readonly Value[]): number => values.reduce((total, { value }) => total + value, 0);
const isCount = ({ metricName }: Value): boolean => metricName?.endsWith('_count') ?? false;

async function countFront(): Promise<Counts> {
  const answered = (await readValues('weir_http_request_seconds')).filter(
    (value) => isCount(value) && !WATCHING.test(String(value.labels.route)),
  );
  // Who misses the first level asks the second: one answer, counted once.
  const asked = (await readValues('weir_cache_requests_total')).filter(
    ({ labels }) => labels.level !== 'l1' || labels.result !== 'miss',
  );
  return {
    done: sum(answered),
    failed: sum(answered.filter(({ labels }) => Number(labels.status) >= 500)),
    cacheAsked: sum(asked),
    cacheHits: sum(asked.filter(({ labels }) => labels.result !== 'miss')),
  };
}

async function countIngest(): Promise<Counts> {
  const stored = sum((await readValues('weir_batch_rows')).filter(isCount));
  const errors = await readValues('weir_errors_total');
  const failed = sum(errors.filter(({ labels }) => STORING.includes(labels.component)));
  return { done: stored + failed, failed, cacheAsked: 0, cacheHits: 0 };
}

/** Each counts what was counted since the process began. */
const COUNT: Readonly<Record<Role, () => Promise<Counts>>> = { front: countFront, ingest: countIngest };

async function readClock(store: VitalsStore): Promise<number> {
  const [seconds, micros] = await store.command<[string, string]>(['TIME']);
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

export interface VitalsWatch {
  /** Counts now and leaves it in Redis. @throws StreamError */
  publish(): Promise<void>;
  close(): Promise<void>;
}

export interface VitalsOptions {
  readonly role: Role;
  readonly redis: VitalsStore;
  /** Calls that wait for a connection to Postgres at this moment. */
  readonly callsWaiting: () => number;
}

/** Watches this process until it is closed. Failures cost figures only. */
export function watchVitals({ role, redis, callsWaiting }: VitalsOptions): VitalsWatch {
  const field = randomUUID();
  /** Counts since the process began, the oldest first; the first is the one a window ago. */
  const past: { at: number; counts: Counts }[] = [];
  const waited: number[] = [];

  function look(): void {
    const now = performance.now();
    while (waited.length > 0 && now - waited[0]! > WINDOW_MS) waited.shift();
    if (callsWaiting() > 0) waited.push(now);
  }

  async function publish(): Promise<void> {
    const now = performance.now();
    const counts = await COUNT[role]();
    past.push({ at: now, counts });
    while (past.length > 1 && now - past[1]!.at >= WINDOW_MS) past.shift();
    const since = past[0]!.counts;
    const vitals: Vitals = {
      role,
      name: `${role} ${process.pid} on ${hostname()}`,
      at: await readClock(redis),
      done: counts.done - since.done,
      failed: counts.failed - since.failed,
      cacheAsked: counts.cacheAsked - since.cacheAsked,
      cacheHits: counts.cacheHits - since.cacheHits,
      poolSeconds: waited.length * (LOOK_MS / 1_000),
      memory: readProcessMemory(),
    };
    await redis.command(['HSET', VITALS_KEY, field, JSON.stringify(vitals)]);
    await redis.command(['PEXPIRE', VITALS_KEY, String(STALE_MS)]);
  }

  const timers = [setInterval(look, LOOK_MS), setInterval(() => publish().catch(() => {}), COUNT_MS)];
  for (const timer of timers) timer.unref();
  // Who starts clears up after those that are gone, also where nobody samples.
  publish()
    .then(() => readVitals(redis))
    .catch(() => {});
  return {
    publish,
    async close() {
      for (const timer of timers) clearInterval(timer);
      await redis.command(['HDEL', VITALS_KEY, field]).catch(() => {});
    },
  };
}

/** What the processes left that are there; at most PROCESSES_MAX. Forgets the others. @throws StreamError */
export async function readVitals(redis: VitalsStore): Promise<readonly Vitals[]> {
  const all = await redis.command<Record<string, string>>(['HGETALL', VITALS_KEY]);
  const now = await readClock(redis);
  const newest = Object.entries(all)
    .map(([field, text]) => ({ field, vitals: JSON.parse(text) as Vitals }))
    .sort((a, b) => b.vitals.at - a.vitals.at);
  const there = newest.filter(({ vitals }, i) => i < PROCESSES_MAX && now - vitals.at <= STALE_MS);
  const gone = newest.slice(there.length).map(({ field }) => field);
  if (gone.length > 0) await redis.command(['HDEL', VITALS_KEY, ...gone]);
  return there.map(({ vitals }) => vitals);
}
