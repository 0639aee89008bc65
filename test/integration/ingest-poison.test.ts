/** Entries that a worker does not survive, and blocks that the engine refuses: set aside with their reason, neighbours stored. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { EngineError } from '../../src/errors.js';
import { createFingerprints } from '../../src/ingest/fingerprints.js';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import type { HeldLease } from '../../src/ingest/leases.js';
import { runPartition } from '../../src/ingest/partition-loop.js';
import { replayRejected } from '../../src/ingest/rejected.js';
import { createIngestTables } from '../../src/ingest/tables.js';
import { createIngestTelemetry } from '../../src/ingest/telemetry.js';
import { createPreparePool } from '../../src/pool/prepare-pool.js';
import { createPartitionConsumer } from '../../src/stream/index.js';
import { createLogger } from '../../src/telemetry/log.js';
import { type Bench, createBench, makeEvent, makePayload } from './ingest-instance.js';

/** A payload of many small events that inflates to more than a thread may hold. */
function makeBomb(events: number): Buffer {
  const text = JSON.stringify(
    Array.from({ length: events }, (_, i) => ({
      ...makeEvent(`bomb${i}`),
      properties: { a: [[[[i]]]], b: { c: { d: [i, i, i] } } },
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

test('a payload that exhausts its thread is set aside, and its neighbours are stored', async () => {
  const bench = await createBench();
  const events = 100_000;
  const append = (events: unknown[]) => bench.stream.append(makePayload(events));
  // All of them wait before the process starts, so that they lie in one batch.
  const before = await append([makeEvent('a'), makeEvent('twice')]);
  const bomb = await bench.stream.append({
    ...makePayload([]),
    encoding: 'gzip',
    eventCount: events,
    body: makeBomb(events),
  });
  const after = await append([makeEvent('b'), makeEvent('twice')]);
  const ingest = bench.startIngest({ WEIR_THREAD_MEMORY_MB: '64', WEIR_BATCH_ROWS: '1000000' });
  expect(await bench.waitDone(before.payloadId)).toMatchObject({ stored: 2 });
  expect(await bench.waitDone(after.payloadId)).toMatchObject({ stored: 1, duplicates: 1 });
  const done = await bench.waitDone(bomb.payloadId);
  expect(done).toMatchObject({ received: events, stored: 0, rejected: events });
  expect(done.rejects[0]).toMatchObject({ index: 0, code: 'poison' });
  expect(await readCodes(bench)).toEqual([['poison', events]]);
  expect(await bench.count()).toEqual({ rows: 3, ids: 3 });
  expect(await checkIntegrity(bench, { project: 'default' })).toMatchObject({
    accepted: events + 4,
    rejected: events,
    ok: true,
  });
  expect(await ingest.stop(), ingest.logs()).toBe(0);

  // With more memory it is an ordinary payload, and it was kept whole.
  const larger = bench.startIngest({ WEIR_THREAD_MEMORY_MB: '1024' });
  const replay = await replayRejected(bench, { project: 'default', code: 'poison' });
  expect(replay).toMatchObject({ replayed: events, skipped: 0, more: false });
  expect(await bench.waitDone(replay.batch_ids[0]!)).toMatchObject({ stored: events, rejected: 0 });
  expect(await larger.stop(), larger.logs()).toBe(0);
});

/** A lease nobody contends for. */
function holdForever(partition: number, token: string): { lease: HeldLease; leave: AbortController } {
  const lost = new AbortController();
  const leave = new AbortController();
  const lease: HeldLease = {
    partition,
    token,
    lost: lost.signal,
    leave: leave.signal,
    isFresh: () => !lost.signal.aborted,
    markLost: () => lost.abort(),
    release: async () => {},
  };
  return { lease, leave };
}

test('a block that the engine refuses is halved until the entry that does it stands alone', async () => {
  const bench = await createBench();
  const ids = [];
  for (let i = 0; i < 9; i++)
    ids.push((await bench.stream.append(makePayload([makeEvent(`e${i}`), makeEvent('shared')]))).payloadId);
  const partition = Number(ids[0]!.split('-')[0]);
  const consumer = createPartitionConsumer(bench.redis, partition, bench.stream.options);
  const { lease, leave } = holdForever(partition, (await consumer.acquire('test', 'none'))!);
  const tables = createIngestTables(createClickHouse(bench.clickhouseUrl));
  const pool = createPreparePool({ threads: 1, memoryMb: 256 });
  const tokens: string[] = [];
  const running = runPartition({
    consumer,
    lease,
    redis: bench.redis,
    pool,
    // The engine as it is, but for one event it cannot read: no real block is known that it refuses.
    tables: {
      ...tables,
      async insertEvents(block, token) {
        tokens.push(token);
        if (Buffer.from(block).includes('e4'))
          throw new EngineError('Cannot parse (INCORRECT_DATA)', '117', false);
        await tables.insertEvents(block, token);
      },
    },
    fingerprints: createFingerprints(1e9),
    limits: { rowsMax: 1_000, bytesMax: 1e6, ageMs: 50 },
    windowMs: 1e9,
    telemetry: createIngestTelemetry(createLogger('test')),
  });
  const done = await Promise.all(ids.map((id) => bench.waitDone(id)));
  leave.abort();
  await running;
  await pool.close();
  expect(done.map((one) => one.stored)).toEqual([2, 1, 1, 1, 0, 1, 1, 1, 1]);
  expect(done.map((one) => one.duplicates)).toEqual([0, 1, 1, 1, 0, 1, 1, 1, 1]);
  expect(done[4]).toMatchObject({ rejected: 2 });
  expect(await readCodes(bench)).toEqual([['poison', 2]]);
  expect(await bench.count()).toEqual({ rows: 9, ids: 9 });
  expect(new Set(tokens).size).toBeGreaterThan(1);
  expect(await checkIntegrity(bench, { project: 'default' })).toMatchObject({ accepted: 18, ok: true });
});
