/** The front's side of the streams on a real Redis. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Child } from '../../src/embedded/child.js';
import { createRedis as createRedisServer } from '../../src/embedded/redis.js';
import { requireRedisServer } from '../../src/embedded/redis-server.js';
import { checkRedis } from '../../src/redis/check.js';
import { createRedis, type Redis } from '../../src/redis/client.js';
import {
  createPartitionConsumer,
  createStream,
  type EventStream,
  partitionOf,
} from '../../src/stream/index.js';
import { weighEntry } from '../../src/stream/options.js';
import { freshRedis } from '../support/stack.js';
import { makePayload } from './ingest-instance.js';

let url: string;
let redis: Redis;
let stream: EventStream;

beforeAll(async () => {
  ({ url } = await freshRedis());
  redis = createRedis(url);
  await redis.waitReady(30_000);
  stream = await createStream(redis, { entriesMax: 8, bytesMax: 2_000 });
});

afterAll(async () => {
  await stream.close();
  await redis.close();
});

/** Takes the partition of a project, acknowledges everything in it as stored, and gives it back. */
async function acknowledgeAll(on: Redis, eventStream: EventStream, partition: number): Promise<void> {
  const consumer = createPartitionConsumer(on, partition, eventStream.options);
  const token = (await consumer.acquire('test', 'none'))!;
  const { sealedTo } = await consumer.readPosition();
  const { entries } = await consumer.read(sealedTo, 1e9);
  const seq = await consumer.seal(token, {
    firstId: entries[0]!.id,
    lastId: entries.at(-1)!.id,
    entries: entries.length,
    bytes: entries.reduce((sum, entry) => sum + weighEntry(entry.body.length), 0),
    events: entries.reduce((sum, entry) => sum + entry.eventCount, 0),
  });
  const outcomes = entries.map((entry) => ({
    entryId: entry.id,
    project: 'p',
    received: entry.eventCount,
    stored: entry.eventCount,
    duplicates: 0,
    rejected: 0,
    conflicts: 0,
    dropped: 0,
  }));
  const counts = entries.map((entry) => ({
    hourMs: 0,
    project: entry.project,
    bytes: weighEntry(entry.body.length),
    accepted: 0,
    pending: 0,
    stored: 0,
    duplicates: 0,
    rejected: 0,
    dropped: 0,
  }));
  await consumer.ack(token, seq, counts, outcomes, []);
  await consumer.release(token);
}

const partitionOfPayload = (payloadId: string): number => Number(payloadId.split('-')[0]);

test('a payload waits, then is done, and its bytes come out as they went in', async () => {
  const body = Buffer.from([0, 255, 10, 13, 0x7b, 128]);
  const { payloadId } = await stream.append({
    ...makePayload([1, 2], 'bytes'),
    body,
    encoding: 'gzip',
    ip: '::1',
    userAgent: 'ü',
  });
  expect(await stream.getPayloadOutcome(payloadId)).toMatchObject({ status: 'pending', received: 2 });
  const consumer = createPartitionConsumer(redis, partitionOfPayload(payloadId), stream.options);
  const [entry] = (await consumer.read('0-0', 1e9)).entries;
  expect(entry).toMatchObject({
    project: 'bytes',
    encoding: 'gzip',
    eventCount: 2,
    ip: '::1',
    userAgent: 'ü',
  });
  expect(Buffer.from(entry!.body)).toEqual(body);
  expect(payloadId).toBe(`${entry!.partition}-${entry!.id}`);
  await acknowledgeAll(redis, stream, entry!.partition);
  expect(await stream.getPayloadOutcome(payloadId)).toMatchObject({ status: 'done', received: 2, stored: 2 });
});

test('ids that were never given out are unknown', async () => {
  for (const id of ['0-1-1', '999-1764000000000-0', 'nonsense', '', '0-99999999999999-0']) {
    expect(await stream.getPayloadOutcome(id)).toEqual({ status: 'unknown' });
    expect(await stream.waitForOutcome(id, 5_000)).toEqual({ status: 'unknown' });
  }
});

test('one idempotency key appends one payload however often and however quickly it comes', async () => {
  const payload = makePayload(['x'], 'idempotent');
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, i) => stream.append(payload, { key: 'k', answer: `answer ${i}` })),
  );
  expect(new Set(all.map((one) => one.payloadId)).size).toBe(1);
  expect(all.filter((one) => one.repeated === undefined)).toHaveLength(1);
  const answers = all.flatMap((one) => (one.repeated ? [one.repeated.answer] : []));
  expect(new Set(answers).size).toBe(1);
  // Another project's key is another key.
  const other = await stream.append(makePayload(['x'], 'other'), { key: 'k', answer: '' });
  expect(other.repeated).toBeUndefined();
  for (const id of [all[0]!.payloadId, other.payloadId]) {
    const depth = (await stream.readDepth())[partitionOfPayload(id)]!;
    if (depth.entries > 0) await acknowledgeAll(redis, stream, depth.partition);
  }
});

/** Two projects of one partition, and one of another. */
const [LOUD, QUIET, ELSEWHERE] = (() => {
  const names = Array.from({ length: 100 }, (_, i) => `project${i}`);
  const loud = partitionOf(names[0]!, 4);
  const quiet = names.slice(1).find((name) => partitionOf(name, 4) === loud)!;
  return [names[0]!, quiet, names.find((name) => partitionOf(name, 4) !== loud)!];
})();

const isFull = { name: 'StreamError', code: 'stream_full', retryable: true };

test('a project that has too much waiting is refused, the others are not, and there is room again afterwards', async () => {
  const big = (project: string) => stream.append({ ...makePayload(['x'], project), body: Buffer.alloc(900) });
  const { payloadId } = await big(LOUD);
  await expect(big(LOUD)).rejects.toMatchObject(isFull);
  // A small one still fits beside it.
  await stream.append(makePayload(['x'], LOUD));
  await stream.append(makePayload(['x'], QUIET));
  await big(ELSEWHERE);
  // The reserve is not without end either.
  await expect(big(QUIET)).rejects.toMatchObject(isFull);
  await acknowledgeAll(redis, stream, partitionOfPayload(payloadId));
  expect(await stream.readDepth()).toContainEqual({
    partition: partitionOfPayload(payloadId),
    entries: 0,
    bytes: 0,
  });
  await big(LOUD);
  await acknowledgeAll(redis, stream, partitionOfPayload(payloadId));
  await acknowledgeAll(redis, stream, partitionOf(ELSEWHERE, 4));
});

test('a partition with too many entries refuses, however small they are', async () => {
  const roomy = await createStream(redis, { entriesMax: 8, bytesMax: 1e9 });
  const { payloadId } = await roomy.append(makePayload(['x'], QUIET));
  for (let i = 0; i < 7; i++) await roomy.append(makePayload(['x'], QUIET));
  await expect(roomy.append(makePayload(['x'], QUIET))).rejects.toMatchObject(isFull);
  await acknowledgeAll(redis, roomy, partitionOfPayload(payloadId));
  await roomy.append(makePayload(['x'], QUIET));
  await acknowledgeAll(redis, roomy, partitionOfPayload(payloadId));
});

test('a single payload larger than the whole partition may hold is taken when nothing else waits', async () => {
  const { payloadId } = await stream.append({ ...makePayload(['x'], 'huge'), body: Buffer.alloc(5_000) });
  await acknowledgeAll(redis, stream, partitionOfPayload(payloadId));
});

test('many who wait for outcomes share one connection, and all hear', async () => {
  const ids = await Promise.all(
    Array.from({ length: 5 }, async () => (await stream.append(makePayload(['x'], 'wait'))).payloadId),
  );
  const clientsBefore = await countClients();
  const waiting = ids.flatMap((id) => Array.from({ length: 40 }, () => stream.waitForOutcome(id, 30_000)));
  await expect.poll(countClients).toBeGreaterThanOrEqual(clientsBefore);
  expect((await countClients()) - clientsBefore).toBeLessThanOrEqual(1);
  await acknowledgeAll(redis, stream, partitionOfPayload(ids[0]!));
  const outcomes = await Promise.all(waiting);
  expect(outcomes.every((outcome) => outcome.status === 'done')).toBe(true);
  // An outcome that is there already is found at once.
  expect(await stream.waitForOutcome(ids[0]!, 30_000)).toMatchObject({ status: 'done' });
});

async function countClients(): Promise<number> {
  const list = await redis.command<string>(['CLIENT', 'LIST']);
  const { searchParams } = new URL(url);
  return list.split('\n').filter((line) => line.includes(` db=${searchParams.get('db')} `)).length;
}

test('who waits longer than allowed is told that it is pending', async () => {
  const { payloadId } = await stream.append(makePayload(['x'], 'wait'));
  expect(await stream.waitForOutcome(payloadId, 50)).toEqual({ status: 'pending' });
  await acknowledgeAll(redis, stream, partitionOfPayload(payloadId));
});

test('outcomes that are no longer kept are unknown, not somebody else’s', async () => {
  const { payloadId } = await stream.append(makePayload(['x'], 'expired'));
  const partition = partitionOfPayload(payloadId);
  await acknowledgeAll(redis, stream, partition);
  expect(await stream.getPayloadOutcome(payloadId)).toMatchObject({ status: 'done' });
  const later = await stream.append(makePayload(['x'], 'expired'));
  await acknowledgeAll(redis, stream, partition);
  await redis.command(['XDEL', `weir:{p${partition}}:outcomes`, payloadId.split('-').slice(1).join('-')]);
  expect(await stream.getPayloadOutcome(payloadId)).toEqual({ status: 'unknown' });
  expect(await stream.getPayloadOutcome(later.payloadId)).toMatchObject({ status: 'done' });
});

test('another number of partitions than at the first start is refused with the way out', async () => {
  await expect(createStream(redis, { partitions: 8 })).rejects.toMatchObject({
    code: 'partitions_differ',
    message: 'WEIR_PARTITIONS is 8, but this Redis was first used with 4; set WEIR_PARTITIONS=4',
  });
});

test('this Redis keeps what it acknowledges', async () => {
  expect((await checkRedis(redis)).warnings).toEqual([]);
});

test('Redis away: refused at once; Redis hung: refused after a while, then at once; back again: all is well', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-redis-'));
  const server = createRedisServer({ folder, program: await requireRedisServer() });
  let child: Child = await server.start();
  const own = createRedis(server.url);
  try {
    await own.waitReady(30_000);
    const ownStream = await createStream(own);
    const { payloadId } = await ownStream.append(makePayload(['x']));
    const waiting = ownStream.waitForOutcome(payloadId, 60_000);

    process.kill(child.pid, 'SIGSTOP');
    await expect(ownStream.append(makePayload(['x']))).rejects.toMatchObject({
      code: 'redis_timeout',
      retryable: true,
    });
    await expect(ownStream.append(makePayload(['x']))).rejects.toMatchObject({ code: 'redis_stalled' });
    process.kill(child.pid, 'SIGCONT');
    await expect
      .poll(
        () =>
          ownStream.append(makePayload(['x'])).then(
            () => 'ok',
            () => 'refused',
          ),
        { timeout: 120_000 },
      )
      .toBe('ok');

    process.kill(child.pid, 'SIGKILL');
    await child.exited;
    await expect
      .poll(() => ownStream.append(makePayload(['x'])).catch((error) => error.code))
      .toBe('redis_down');
    child = await server.start();
    await own.waitReady(30_000);
    const again = await ownStream.append(makePayload(['x']));
    expect((await ownStream.readDepth())[0]!.entries).toBeGreaterThanOrEqual(3);
    await acknowledgeAll(own, ownStream, partitionOfPayload(again.payloadId));
    // Who waited through all of it hears in the end.
    expect(await waiting).toMatchObject({ status: 'done' });
    await ownStream.close();
  } finally {
    await own.close();
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
