/** Redis is killed while events flow: what it acknowledged is stored once, and everything goes on by itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Child } from '../../src/embedded/child.js';
import type { Backend } from '../../src/embedded/part.js';
import { createRedis as createRedisServer } from '../../src/embedded/redis.js';
import { requireRedisServer } from '../../src/embedded/redis-server.js';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import { type Bench, createBench, type IngestProcess, makeEvent, makePayload } from './ingest-instance.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-redis-'));
let server: Backend;
let running: Child;
let bench: Bench;
let ingest: IngestProcess;

beforeAll(async () => {
  server = createRedisServer({ folder, program: await requireRedisServer() });
  running = await server.start();
  bench = await createBench({ redisUrl: server.url });
  ingest = bench.startIngest();
});

afterAll(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  process.kill(running.pid, 'SIGKILL');
  await running.exited;
  running = await server.start();
  await bench.redis.waitReady(30_000);
}

test('every payload that Redis acknowledged is stored once, through one crash of Redis after another', async () => {
  const acknowledged: string[] = [];
  let refused = 0;
  const send = async (id: string): Promise<void> => {
    const events = Array.from({ length: 10 }, (_, j) => makeEvent(`${id}-${j}`));
    await bench.stream.append(makePayload(events)).then(
      ({ payloadId }) => acknowledged.push(payloadId),
      (error: unknown) => {
        expect(error).toMatchObject({ name: 'StreamError', retryable: true });
        refused += 1;
      },
    );
  };
  for (let round = 0; round < 4; round++) {
    const sending = Array.from({ length: 15 }, (_, i) => send(`${round}-${i}`));
    // While appends, seals and acknowledgements are under way.
    await restart();
    await Promise.all(sending);
    await send(`${round}-after`);
  }
  const done = await Promise.all(acknowledged.map((id) => bench.waitDone(id)));
  // An append whose answer was lost may have been stored as well: never half, never twice.
  const { rows, ids } = await bench.count();
  expect(rows).toBe(ids);
  expect(rows % 10).toBe(0);
  expect(done.reduce((sum, one) => sum + one.stored, 0)).toBeLessThanOrEqual(rows);
  expect(rows).toBeLessThanOrEqual((acknowledged.length + refused) * 10);
  expect(done.every((one) => one.stored === 10)).toBe(true);
  expect(await checkIntegrity(bench, { project: 'default' })).toMatchObject({
    accepted: rows,
    pending: 0,
    ok: true,
  });
});

test('Redis and the ingest process killed together', async () => {
  const { payloadId } = await bench.stream.append(
    makePayload([makeEvent('both-a'), makeEvent('both-b')], 'both'),
  );
  ingest.process.kill('SIGKILL');
  await ingest.ended;
  await restart();
  ingest = bench.startIngest();
  expect(await bench.waitDone(payloadId)).toMatchObject({ received: 2 });
  expect(await bench.count('both')).toEqual({ rows: 2, ids: 2 });
  expect(await ingest.stop(), ingest.logs()).toBe(0);
});
