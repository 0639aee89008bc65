/** Entries that a worker does not survive, and blocks that the engine refuses: set aside with their reason, neighbours stored. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { EngineError } from '../../src/errors.js';
import { parsePayloadId } from '../../src/event/types.js';
import { createIdentity } from '../../src/identity/identity.js';
import { createFingerprints } from '../../src/ingest/fingerprints.js';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import type { HeldLease } from '../../src/ingest/leases.js';
import { runPartition } from '../../src/ingest/partition-loop.js';
import { replayRejected } from '../../src/ingest/rejected.js';
import { createIngestTables, type IngestTables } from '../../src/ingest/tables.js';
import { createIngestTelemetry } from '../../src/ingest/telemetry.js';
import { createPreparePool } from '../../src/pool/prepare-pool.js';
import { createPartitionConsumer } from '../../src/stream/index.js';
import { createLogger } from '../../src/telemetry/log.js';
import { type Bench, createBench, makeEvent, makePayload } from './ingest-instance.js';

/** A payload of as many types as events: a batch's different names live in the thread's heap until it is written. */
function makeBomb(events: number): Buffer {
  const text = JSON.stringify(
    Array.from({ length: events }, (_, i) => ({
      ...makeEvent(`bomb${i}`),
      event: `bomb ${i} ${'x'.repeat(180)}`,
    })),
  );
  return gzipSync(text);
}

async function readCodes(bench: Bench): Promise<[string, number][]> {
  const { rows } = await bench.clickhouse.query<{ code: string; n: number }>(
    'select code, count() as n from rejected_events group by code order by code',
  );
  return rows.map(({ code, n }) => [code, Number(n)]);
}

/** A lease nobody contends for, until `leave`. */
function holdForever(partition: number, token: string, leave: AbortSignal): HeldLease {
  const lost = new AbortController();
  return {
    partition,
    token,
    lost: lost.signal,
    leave,
    isFresh: () => !lost.signal.aborted,
    markLost: () => lost.abort(),
    release: async () => {},
  };
}

/** Consumes one partition in this process, with threads of this size, while `work` runs. */
async function consume(
  bench: Bench,
  memoryMb: number,
  change: (tables: IngestTables) => IngestTables,
  work: () => Promise<void>,
): Promise<void> {
  const { partition } = parsePayloadId(
    (await bench.stream.append(makePayload([makeEvent('first')]))).payloadId,
  )!;
  const consumer = createPartitionConsumer(bench.redis, partition, bench.stream.options);
  const token = (await consumer.acquire('test', 'none', await consumer.readLease()))!;
  const leave = new AbortController();
  const pool = createPreparePool({ threads: 1, memoryMb });
  const running = runPartition({
    consumer,
    lease: holdForever(partition, token, leave.signal),
    redis: bench.redis,
    pool,
    tables: change(createIngestTables(bench.clickhouse)),
    identity: createIdentity(bench.clickhouse),
    fingerprints: createFingerprints(1e9),
    limits: { rowsMax: 1_000_000, bytesMax: 1e9, ageMs: 50 },
    windowMs: 1e9,
    telemetry: createIngestTelemetry(createLogger('test')),
  });
  try {
    await work();
  } finally {
    leave.abort();
    await running;
    await pool.close();
  }
}

const asItIs = (tables: IngestTables): IngestTables => tables;

test('a payload that exhausts its thread is set aside, and its neighbours are stored', async () => {
  const bench = await createBench();
  const events = 60_000;
  const append = (some: unknown[]) => bench.stream.append(makePayload(some));
  // All of them wait before anybody consumes, so that they lie in one batch.
  const before = await append([makeEvent('a'), makeEvent('twice')]);
  const bomb = await bench.stream.append({
    ...makePayload([]),
    encoding: 'gzip',
    eventCount: events,
    body: makeBomb(events),
  });
  const after = await append([makeEvent('b'), makeEvent('twice')]);
  await consume(bench, 16, asItIs, async () => {
    expect(await bench.waitDone(before.payloadId)).toMatchObject({ stored: 2 });
    expect(await bench.waitDone(after.payloadId)).toMatchObject({ stored: 1, duplicates: 1 });
    const done = await bench.waitDone(bomb.payloadId);
    expect(done).toMatchObject({ received: events, stored: 0, rejected: events });
    expect(done.rejects[0]).toMatchObject({ index: 0, code: 'poison' });
  });
  expect(await readCodes(bench)).toEqual([['poison', events]]);
  expect(await bench.count()).toEqual({ rows: 4, ids: 4 });
  expect(await checkIntegrity(bench, { project: 'default' })).toMatchObject({
    accepted: events + 5,
    rejected: events,
    ok: true,
  });
  // With more memory it is an ordinary payload, and it was kept whole.
  await consume(bench, 1_024, asItIs, async () => {
    const replay = await replayRejected(bench, { project: 'default', code: 'poison' });
    expect(replay).toMatchObject({ replayed: events, skipped: 0, more: false });
    expect(await bench.waitDone(replay.batch_ids[0]!)).toMatchObject({ stored: events, rejected: 0 });
  });
});

test('a block that the engine refuses is halved until the entry that does it stands alone', async () => {
  const bench = await createBench();
  const ids: string[] = [];
  for (let i = 0; i < 9; i++) {
    ids.push((await bench.stream.append(makePayload([makeEvent(`e${i}`), makeEvent('shared')]))).payloadId);
  }
  const tokens: string[] = [];
  // The engine as it is, but for one event it cannot read: no real block is known that it refuses.
  const refuse =
    (insert: IngestTables['insertEvents']): IngestTables['insertEvents'] =>
    (block, token) => {
      tokens.push(token);
      return Buffer.from(block).includes('e4')
        ? Promise.reject(new EngineError('Cannot parse (INCORRECT_DATA)', '117', false))
        : insert(block, token);
    };
  const change = (tables: IngestTables): IngestTables => ({
    ...tables,
    insertEvents: refuse(tables.insertEvents),
    insertKeptEvents: refuse(tables.insertKeptEvents),
  });
  await consume(bench, 256, change, async () => {
    const done = await Promise.all(ids.map((id) => bench.waitDone(id)));
    expect(done.map((one) => one.stored)).toEqual([2, 1, 1, 1, 0, 1, 1, 1, 1]);
    expect(done.map((one) => one.duplicates)).toEqual([0, 1, 1, 1, 0, 1, 1, 1, 1]);
    expect(done[4]).toMatchObject({ rejected: 2 });
  });
  expect(await readCodes(bench)).toEqual([['poison', 2]]);
  expect(await bench.count()).toEqual({ rows: 10, ids: 10 });
  expect(new Set(tokens).size).toBeGreaterThan(1);
  expect(await checkIntegrity(bench, { project: 'default' })).toMatchObject({ accepted: 19, ok: true });
});
