/** Several ingest processes: they share the partitions, and one that hangs loses its own without doubling anything. */
import { beforeAll, expect, test } from 'vitest';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import { createPartitionConsumer } from '../../src/stream/index.js';
import {
  type Bench,
  createBench,
  expectEnd,
  type IngestProcess,
  makeEvent,
  makePayload,
} from './ingest-instance.js';

let bench: Bench;
let first: IngestProcess;
let second: IngestProcess;

beforeAll(async () => {
  bench = await createBench();
});

/** How many partitions each living consumer holds. */
async function countHeld(): Promise<number[]> {
  const held = new Map<string, number>();
  for (let partition = 0; partition < bench.stream.options.partitions; partition++) {
    const lease = await createPartitionConsumer(bench.redis, partition, bench.stream.options).readLease();
    if (lease) held.set(lease.owner, (held.get(lease.owner) ?? 0) + 1);
  }
  return [...held.values()].sort();
}

const until = (what: () => Promise<boolean>): Promise<void> =>
  expect.poll(what, { timeout: 120_000, interval: 100 }).toBe(true);

const isHeld =
  (...expected: number[]) =>
  async () =>
    JSON.stringify(await countHeld()) === JSON.stringify(expected);

test('two processes end up with half of the partitions each', async () => {
  first = bench.startIngest();
  await until(isHeld(4));
  second = bench.startIngest();
  await until(isHeld(2, 2));
});

test('a process that hangs in the middle of a batch loses it to the other, and does no harm when it wakes', async () => {
  // The first gets as far as having stored the batch, and stops there.
  first.process.kill('SIGKILL');
  second.process.kill('SIGKILL');
  await Promise.all([first.ended, second.ended]);
  const hung = bench.startIngest({ WEIR_FAULT: 'before-ack:1:stop' });
  await until(isHeld(4));
  const { payloadId } = await bench.stream.append(makePayload([makeEvent('a'), makeEvent('b')], 'hung'));
  // Only a process that looks dead can be seen to hang from outside: its lease is taken.
  second = bench.startIngest();
  expect(await bench.waitDone(payloadId)).toMatchObject({ stored: 2, duplicates: 0 });
  hung.process.kill('SIGCONT');
  const again = await bench.send([makeEvent('a'), makeEvent('c')], 'hung');
  expect(again).toMatchObject({ stored: 1, duplicates: 1 });
  await until(isHeld(2, 2));
  expect(await bench.count('hung')).toEqual({ rows: 3, ids: 3 });
  expect(await checkIntegrity(bench, { project: 'hung' })).toMatchObject({ accepted: 4, ok: true });
  hung.process.kill('SIGTERM');
  await expectEnd(hung, 0);
});

test('a process that hangs before its insert does not store the batch a second time when it wakes', async () => {
  second.process.kill('SIGKILL');
  await second.ended;
  const hung = bench.startIngest({ WEIR_FAULT: 'before-insert:1:stop' });
  await until(isHeld(4));
  const events = Array.from({ length: 40 }, (_, i) =>
    makeEvent(`z${i}`, { timestamp: `2026-0${1 + (i % 4)}-01T00:00:00Z` }),
  );
  const { payloadId } = await bench.stream.append(makePayload(events, 'zombie'));
  second = bench.startIngest();
  expect(await bench.waitDone(payloadId)).toMatchObject({ stored: 40 });
  // It goes on exactly where it was: with its insert.
  hung.process.kill('SIGCONT');
  await until(isHeld(2, 2));
  expect(await bench.send(events, 'zombie')).toMatchObject({ stored: 0, duplicates: 40 });
  expect(await bench.count('zombie')).toEqual({ rows: 40, ids: 40 });
  expect(await checkIntegrity(bench, { project: 'zombie' })).toMatchObject({ ok: true });
  for (const one of [hung, second]) {
    one.process.kill('SIGTERM');
    await expectEnd(one, 0);
  }
});

test('partitions of a process that leaves are taken by the others', async () => {
  const one = bench.startIngest();
  await until(isHeld(4));
  const two = bench.startIngest();
  await until(isHeld(2, 2));
  one.process.kill('SIGTERM');
  await expectEnd(one, 0);
  await until(isHeld(4));
  two.process.kill('SIGTERM');
  await expectEnd(two, 0);
  expect(await countHeld()).toEqual([]);
});

test('a process takes everything its predecessor on the same seat holds, without waiting for it to look dead', async () => {
  const predecessor = bench.startIngest({ WEIR_SEAT: 'seat' });
  await until(isHeld(4));
  const owner = async (): Promise<string | undefined> =>
    (await createPartitionConsumer(bench.redis, 0, bench.stream.options).readLease())?.owner;
  const before = await owner();
  // It lives and shows it, so nobody else would get more than half of the partitions.
  const successor = bench.startIngest({ WEIR_SEAT: 'seat' });
  await until(async () => (await owner()) !== before && (await isHeld(4)()));
  expect(await bench.send([makeEvent('s1'), makeEvent('s2')], 'seat')).toMatchObject({ stored: 2 });
  expect(await bench.count('seat')).toEqual({ rows: 2, ids: 2 });
  for (const one of [predecessor, successor]) {
    one.process.kill('SIGTERM');
    await expectEnd(one, 0);
  }
});
