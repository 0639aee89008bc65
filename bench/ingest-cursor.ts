/**
 * Reading a stream under a lease by cursor, against reading it as a consumer group: commands, what each entry adds to the
 * append-only file beyond its own append, and entries a second, on a real Redis with appendfsync always. The same entries,
 * in the same batches; rounds alternate.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedis as createRedisServer } from '../src/embedded/redis.js';
import { requireRedisServer } from '../src/embedded/redis-server.js';
import { createRedis, type Redis } from '../src/redis/client.js';
import { createPartitionConsumer, createStream, type EventStream } from '../src/stream/index.js';
import { weighEntry } from '../src/stream/options.js';
import { type Figure, median, report } from './support/report.js';

const ENTRIES = Number(process.env.BENCH_ENTRIES ?? 4_000);
const BODY_BYTES = Number(process.env.BENCH_BODY_BYTES ?? 25_000);
/** Entries of a batch: about as many as an ingest batch of 50,000 events holds. */
const BATCH = 100;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);

interface Cost {
  entriesPerS: number;
  commands: number;
  aofBytes: number;
}

async function readInfo(redis: Redis): Promise<{ commands: number; aofBytes: number }> {
  const info = await redis.command<string>(['INFO', 'everything']);
  const read = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1] ?? 0);
  // Scripts count their inner calls too: what Redis executes is what costs.
  const calls = [...info.matchAll(/cmdstat_\S+:calls=(\d+)/g)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  return { commands: calls, aofBytes: read('aof_current_size') };
}

async function fill(stream: EventStream): Promise<void> {
  const body = Buffer.alloc(BODY_BYTES, 'x');
  const append = () =>
    stream.append({
      project: 'bench',
      format: 'events',
      encoding: '',
      eventCount: 500,
      ip: '',
      userAgent: '',
      body,
    });
  for (let n = 0; n < ENTRIES; n += 100) await Promise.all(Array.from({ length: 100 }, append));
}

/** What Weir does: read, seal, acknowledge. */
async function byCursor(redis: Redis, stream: EventStream): Promise<void> {
  const consumer = createPartitionConsumer(redis, 0, stream.options);
  const token = (await consumer.acquire('bench', 'bench', await consumer.readLease()))!;
  let { sealedTo } = await consumer.readPosition();
  for (;;) {
    const { entries } = await consumer.read(sealedTo, BATCH * BODY_BYTES);
    if (entries.length === 0) return;
    sealedTo = entries.at(-1)!.id;
    const bytes = entries.reduce((sum, entry) => sum + weighEntry(entry.body.length), 0);
    const seq = await consumer.seal(token, {
      firstId: entries[0]!.id,
      lastId: sealedTo,
      entries: entries.length,
      bytes,
      events: entries.length * 500,
    });
    const outcomes = entries.map((entry) => ({
      entryId: entry.id,
      project: 'p',
      received: 500,
      stored: 500,
      duplicates: 0,
      rejected: 0,
      conflicts: 0,
      dropped: 0,
    }));
    const counts = {
      hourMs: 0,
      project: 'bench',
      bytes,
      accepted: 0,
      pending: 0,
      stored: 500,
      duplicates: 0,
      rejected: 0,
      dropped: 0,
    };
    await consumer.ack(token, seq, [counts], outcomes, []);
  }
}

/** What a consumer group needs for the same: read, acknowledge and trim in one transaction with the same records. */
async function byGroup(redis: Redis): Promise<void> {
  const key = 'weir:{p0}:events';
  for (;;) {
    const reply = await redis.command<Record<string, [Buffer, Buffer[]][]> | null>(
      ['XREADGROUP', 'GROUP', 'bench', 'one', 'COUNT', String(BATCH), 'STREAMS', key, '>'],
      { binary: true },
    );
    const entries = reply ? (Object.values(reply)[0] ?? []) : [];
    if (entries.length === 0) return;
    const ids = entries.map(([id]) => id.toString());
    const last = ids.at(-1)!;
    const [ms, seq] = last.split('-') as [string, string];
    await Promise.all([
      redis.command(['MULTI']),
      redis.command(['XACK', key, 'bench', ...ids]),
      redis.command(['HINCRBY', 'weir:{p0}:counts:0', 'stored:bench', '500']),
      redis.command(['XADD', 'weir:{p0}:group-outcomes', '*', 'e', 'x'.repeat(ids.length * 8)]),
      redis.command(['XTRIM', key, 'MINID', `${ms}-${Number(seq) + 1}`]),
      redis.command(['EXEC']),
    ]);
  }
}

async function measure(redis: Redis, work: () => Promise<void>): Promise<Cost> {
  const before = await readInfo(redis);
  const start = performance.now();
  await work();
  const s = (performance.now() - start) / 1_000;
  const after = await readInfo(redis);
  return {
    entriesPerS: ENTRIES / s,
    commands: (after.commands - before.commands) / ENTRIES,
    aofBytes: (after.aofBytes - before.aofBytes) / ENTRIES,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-cursor-'));
const server = createRedisServer({ folder, program: await requireRedisServer() });
const child = await server.start();
const figures: Figure[] = [];
try {
  const redis = createRedis(server.url);
  await redis.waitReady(10_000);
  // The file must only grow while it is measured.
  await redis.command(['CONFIG', 'SET', 'auto-aof-rewrite-percentage', '0']);
  const stream = await createStream(redis, { partitions: 1, bytesMax: 1e12 });
  const cursor: Cost[] = [];
  const group: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await fill(stream);
    cursor.push(await measure(redis, () => byCursor(redis, stream)));
    await fill(stream);
    await redis.command(['XGROUP', 'CREATE', 'weir:{p0}:events', 'bench', '0', 'MKSTREAM']);
    group.push(await measure(redis, () => byGroup(redis)));
    await redis.command(['FLUSHDB']);
  }
  for (const [name, costs] of [
    ['cursor', cursor],
    ['group', group],
  ] as const) {
    figures.push(
      {
        figure: `${name}: entries read and acknowledged`,
        value: median(costs.map((c) => c.entriesPerS)),
        unit: 'entries/s',
      },
      {
        figure: `${name}: commands, inner ones counted`,
        value: median(costs.map((c) => c.commands)),
        unit: 'an entry',
      },
      {
        figure: `${name}: append-only file`,
        value: median(costs.map((c) => c.aofBytes)),
        unit: 'bytes an entry',
      },
    );
  }
  await stream.close();
  await redis.close();
} finally {
  await child.stop();
  rmSync(folder, { recursive: true, force: true });
}
report('ingest-cursor', figures);
