/**
 * Redis's clock jumps. It enters in one place, the id of a new entry, and what a jump leaves behind is a stream whose last id
 * lies in the future: XSETID makes one. Processes' own clocks decide nothing (docs/exactly-once.md, "Clocks").
 */
import { beforeAll, expect, test } from 'vitest';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import { createPartitionConsumer, partitionOf } from '../../src/stream/index.js';
import { partitionKeys } from '../../src/stream/keys.js';
import {
  type Bench,
  createBench,
  expectEnd,
  type IngestProcess,
  makeEvent,
  makePayload,
} from './ingest-instance.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PROJECT = 'jumps';

let bench: Bench;
let ingest: IngestProcess;

beforeAll(async () => {
  bench = await createBench();
  ingest = bench.startIngest();
});

/** As after a clock that was `ms` ahead for the length of one payload. */
async function jumpAhead(ms: number): Promise<number> {
  const { events } = partitionKeys(partitionOf(PROJECT, bench.stream.options.partitions));
  const at = Date.now() + ms;
  await bench.redis.command(['XSETID', events, `${at}-0`]);
  return at;
}

/** Over every hour that anything was received in, those in the future included. */
const verify = () =>
  checkIntegrity(bench, { project: PROJECT, fromMs: Date.now() - DAY_MS, toMs: Date.now() + 4 * DAY_MS });

test('after the clock was set forward and back again events are received, recognised and counted as before', async () => {
  expect(await bench.send([makeEvent('a'), makeEvent('b')], PROJECT)).toMatchObject({ stored: 2 });
  const future = await jumpAhead(3 * DAY_MS);
  expect(await bench.send([makeEvent('a'), makeEvent('c')], PROJECT)).toMatchObject({
    stored: 1,
    duplicates: 1,
  });
  expect(await bench.send([makeEvent('c'), makeEvent('d')], PROJECT)).toMatchObject({
    stored: 1,
    duplicates: 1,
  });
  const { rows } = await bench.clickhouse.query<{ ms: number }>(
    `select toUnixTimestamp64Milli(max(received_at)) as ms from events where project = '${PROJECT}'`,
  );
  // Time of receipt stands still until the clock has caught up.
  expect(Number(rows[0]!.ms)).toBe(future);
  expect(await verify()).toMatchObject({ accepted: 6, stored: 4, duplicates: 2, ok: true });
});

test('a process that takes over while the stream is ahead of the clock knows what came before and after the jump', async () => {
  ingest.process.kill('SIGKILL');
  await ingest.ended;
  const { payloadId } = await bench.stream.append(
    makePayload([makeEvent('b'), makeEvent('d'), makeEvent('e')], PROJECT),
  );
  ingest = bench.startIngest();
  expect(await bench.waitDone(payloadId)).toMatchObject({ stored: 1, duplicates: 2 });
  expect(await bench.count(PROJECT)).toEqual({ rows: 5, ids: 5 });
});

test('a batch that was sealed before a jump and is repeated after it is stored once', async () => {
  ingest.process.kill('SIGKILL');
  await ingest.ended;
  ingest = bench.startIngest({ WEIR_FAULT: 'after-insert:1' });
  const { payloadId } = await bench.stream.append(makePayload([makeEvent('f'), makeEvent('a')], PROJECT));
  await expectEnd(ingest, 'SIGKILL');
  await jumpAhead(3 * DAY_MS + HOUR_MS);
  const later = await bench.stream.append(makePayload([makeEvent('f'), makeEvent('g')], PROJECT));
  ingest = bench.startIngest();
  expect(await bench.waitDone(payloadId)).toMatchObject({ stored: 1, duplicates: 1 });
  expect(await bench.waitDone(later.payloadId)).toMatchObject({ stored: 1, duplicates: 1 });
  expect(await bench.count(PROJECT)).toEqual({ rows: 7, ids: 7 });
  expect(await verify()).toMatchObject({ stored: 7, pending: 0, ok: true });
});

test('numbers of batches and the lag go on growing from what they were, not from the clock', async () => {
  const partition = partitionOf(PROJECT, bench.stream.options.partitions);
  const keys = partitionKeys(partition);
  // As left behind by a clock that was ahead when the last batch was sealed.
  const ahead = (Date.now() + DAY_MS) * 1_000;
  ingest.process.kill('SIGKILL');
  await ingest.ended;
  await bench.redis.command(['HSET', keys.state, 'seq', String(ahead)]);
  ingest = bench.startIngest();
  expect(await bench.send([makeEvent('h')], PROJECT)).toMatchObject({ stored: 1 });
  expect(await bench.redis.command(['HGET', keys.state, 'seq'])).toBe(String(ahead + 1));
  const consumer = createPartitionConsumer(bench.redis, partition, bench.stream.options);
  expect((await consumer.readBacklog()).lagMs).toBe(0);
  expect(await ingest.stop(), ingest.logs()).toBe(0);
});
