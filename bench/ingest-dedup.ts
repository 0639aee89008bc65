/**
 * What exact deduplication costs: memory and time of the fingerprints for themselves, time to load them from the table, and
 * throughput from a filled stream to the last acknowledgement with deduplication and without (the same loop with
 * fingerprints that call everything new), at several shares of repeated events. Rounds alternate; ratios are of medians.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClickHouse } from '../src/clickhouse/client.js';
import { migrateClickHouse } from '../src/clickhouse/migrate.js';
import { createEngine } from '../src/embedded/engine.js';
import { findFreePort } from '../src/embedded/port.js';
import { createRedis as createRedisServer } from '../src/embedded/redis.js';
import { requireRedisServer } from '../src/embedded/redis-server.js';
import { createFingerprints, type Fingerprints, type SeenRange } from '../src/ingest/fingerprints.js';
import type { HeldLease } from '../src/ingest/leases.js';
import { loadFingerprints } from '../src/ingest/load-fingerprints.js';
import { runPartition } from '../src/ingest/partition-loop.js';
import { createIngestTables, type IngestTables } from '../src/ingest/tables.js';
import type { IngestTelemetry } from '../src/ingest/telemetry.js';
import { createPreparePool, type PreparePool } from '../src/pool/prepare-pool.js';
import { createRedis, type Redis } from '../src/redis/client.js';
import { createPartitionConsumer, createStream, type EventStream } from '../src/stream/index.js';
import { makeEvent } from './support/events.js';
import { type Figure, median, report } from './support/report.js';

const WINDOW_MS = 7 * 24 * 3_600_000;
const PAYLOAD_EVENTS = 500;
const EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
/** Share of events that were sent before, in percent. */
const REPEATED = [0, 1, 10, 100];

const figures: Figure[] = [];

function mix(n: number): [number, number] {
  const lo = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d) >>> 0;
  return [lo, (Math.imul(n ^ 0x9e3779b9, 0x85ebca6b) ^ (lo >>> 7)) >>> 0];
}

function measureFingerprints(events: number): void {
  const fingerprints = createFingerprints(WINDOW_MS);
  const range: SeenRange = { fromMs: 0, toMs: 0 };
  const start = performance.now();
  for (let n = 0; n < events; n++) fingerprints.add(...mix(n), n);
  const added = performance.now();
  for (let n = events; n < events * 2; n++) fingerprints.mayHold(...mix(n), range);
  const asked = performance.now();
  const of = `${events / 1e6} M ids`;
  figures.push(
    { figure: `memory an event, ${of}`, value: fingerprints.bytes / fingerprints.count, unit: 'bytes' },
    { figure: `noting an id, ${of}`, value: ((added - start) / events) * 1e6, unit: 'ns' },
    { figure: `calling an id new, ${of}`, value: ((asked - added) / events) * 1e6, unit: 'ns' },
  );
}

const PROJECT = 'bench';

interface Setting {
  redis: Redis;
  stream: EventStream;
  tables: IngestTables;
  pool: PreparePool;
}

/** Appends EVENTS events, of which a share was sent in an earlier round; answers how many are new. */
async function fill({ stream }: Setting, round: string, repeatedPercent: number): Promise<void> {
  for (let start = 0; start < EVENTS; start += PAYLOAD_EVENTS) {
    const events = Array.from({ length: PAYLOAD_EVENTS }, (_, i) => {
      const n = start + i;
      return makeEvent(n % 100 < repeatedPercent ? 'before' : round, n);
    });
    await stream.append({
      project: PROJECT,
      format: 'events',
      encoding: '',
      eventCount: PAYLOAD_EVENTS,
      ip: '',
      userAgent: '',
      body: Buffer.from(JSON.stringify(events)),
    });
  }
}

/** A lease nobody contends for, until `leave`. */
function holdLease(token: string, leave: AbortSignal): HeldLease {
  const lost = new AbortController();
  return {
    partition: 0,
    token,
    lost: lost.signal,
    leave,
    isFresh: () => true,
    markLost: () => lost.abort(),
    release: async () => {},
  };
}

/** Consumes what is in the stream; the seconds it took, from the first read to the last acknowledgement. */
async function drain(
  setting: Setting,
  fingerprints: Fingerprints,
): Promise<{ s: number; dedupMs: number; cpuMs: number }> {
  const consumer = createPartitionConsumer(setting.redis, 0, setting.stream.options);
  const token = (await consumer.acquire('bench', 'bench', await consumer.readLease()))!;
  const leave = new AbortController();
  let dedupMs = 0;
  let handled = 0;
  const telemetry: IngestTelemetry = {
    acknowledged({ rows }) {
      handled += rows;
      if (handled >= EVENTS) leave.abort();
    },
    rejected: () => {},
    stage(name, ms) {
      if (name === 'deduplicate') dedupMs += ms;
    },
    pluginErrors: () => {},
    listPluginErrors: () => [],
    lookedUp: () => {},
    backlog: () => {},
    fingerprints: () => {},
    forget: () => {},
    failed(component, code, error) {
      throw new Error(`${component} ${code}`, { cause: error });
    },
  };
  const cpu = process.cpuUsage();
  const start = performance.now();
  await runPartition({
    consumer,
    lease: holdLease(token, leave.signal),
    redis: setting.redis,
    tables: setting.tables,
    identity: { takeBatch: async () => {} },
    pool: setting.pool,
    fingerprints,
    limits: { rowsMax: 50_000, bytesMax: 16 * 1024 * 1024, ageMs: 100 },
    windowMs: WINDOW_MS,
    telemetry,
  });
  const used = process.cpuUsage(cpu);
  return { s: (performance.now() - start) / 1_000, dedupMs, cpuMs: (used.user + used.system) / 1_000 };
}

/** Calls everything new and remembers nothing. */
function forgetAll(): Fingerprints {
  const fingerprints = createFingerprints(WINDOW_MS);
  fingerprints.markLoaded();
  return { ...fingerprints, isLoaded: true, count: 0, bytes: 0, add: () => {}, mayHold: () => false };
}

async function measureThroughput(setting: Setting, clickhouseUrl: string): Promise<void> {
  const clickhouse = createClickHouse(clickhouseUrl);
  const fresh = () => createFingerprints(WINDOW_MS);
  const loadOptions = () => ({
    firstMs: Date.now(),
    windowMs: WINDOW_MS,
    signal: new AbortController().signal,
  });
  // Each run starts from the same table: the events sent before, and nothing else.
  const clear = () =>
    clickhouse.command(
      "alter table events delete where not startsWith(event_id, 'before') settings mutations_sync = 1",
    );
  await fill(setting, 'before', 100);
  await drain(setting, fresh());
  for (const percent of REPEATED) {
    const without: number[] = [];
    const withIt: number[] = [];
    const dedup: number[] = [];
    const runWith = async (round: number): Promise<void> => {
      await clear();
      const kept = fresh();
      await loadFingerprints(kept, setting.tables, 0, loadOptions());
      await fill(setting, `w${percent}-${round}`, percent);
      const one = await drain(setting, kept);
      if (round === 0) return;
      withIt.push(EVENTS / one.s);
      dedup.push((one.dedupMs * 1e3) / EVENTS);
    };
    const runWithout = async (round: number): Promise<void> => {
      await clear();
      await fill(setting, `o${percent}-${round}`, 0);
      const one = await drain(setting, forgetAll());
      if (round > 0) without.push(EVENTS / one.s);
    };
    // Round 0 warms up; the order changes with every round.
    for (let round = 0; round <= ROUNDS; round++) {
      const [first, second] = round % 2 === 0 ? [runWith, runWithout] : [runWithout, runWith];
      await first(round);
      await second(round);
    }
    const of = `${percent} % repeated`;
    figures.push(
      { figure: `with deduplication, ${of}`, value: median(withIt), unit: 'events/s' },
      { figure: `without (all new), beside ${of}`, value: median(without), unit: 'events/s' },
      { figure: `with / without, ${of}`, value: median(withIt) / median(without), unit: 'x' },
      { figure: `judging, ${of}`, value: median(dedup), unit: 'µs an event' },
    );
  }
  const started = performance.now();
  const loaded = fresh();
  await loadFingerprints(loaded, setting.tables, 0, loadOptions());
  figures.push({
    figure: 'loading from the table',
    value: loaded.count / ((performance.now() - started) / 1_000),
    unit: 'ids/s',
  });
  await clickhouse.close();
}

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-dedup-'));
const engine = createEngine({
  folder: join(folder, 'engine'),
  port: await findFreePort(),
  password: 'bench',
});
const redisServer = createRedisServer({ folder: join(folder, 'redis'), program: await requireRedisServer() });
const children = await Promise.all([engine.start(), redisServer.start()]);
try {
  for (const events of [100_000, 1_000_000, 10_000_000]) measureFingerprints(events);
  const clickhouse = createClickHouse(engine.url);
  await migrateClickHouse(clickhouse);
  const redis = createRedis(redisServer.url);
  await redis.waitReady(10_000);
  const stream = await createStream(redis, { partitions: 1 });
  const pool = createPreparePool({ threads: 1, memoryMb: 512 });
  await measureThroughput({ redis, stream, tables: createIngestTables(clickhouse), pool }, engine.url);
  await pool.close();
  await stream.close();
  await redis.close();
  await clickhouse.close();
} finally {
  await Promise.all(children.map((child) => child.stop()));
  rmSync(folder, { recursive: true, force: true });
}
report('ingest-dedup', figures);
