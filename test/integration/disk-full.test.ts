/**
 * The disk is full, under the engine and under Redis: what cannot be kept is refused, nothing that was acknowledged is lost,
 * and all goes on when there is room again. No small disk needs to be mounted: strace makes the engine's calls fail as
 * they do on a full one, and a limit on the size of files makes Redis's appends fail in the middle of a record.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import type { Child } from '../../src/embedded/child.js';
import { createEngine } from '../../src/embedded/engine.js';
import type { Backend } from '../../src/embedded/part.js';
import { findFreePort } from '../../src/embedded/port.js';
import { createRedis } from '../../src/embedded/redis.js';
import { requireRedisServer } from '../../src/embedded/redis-server.js';
import { checkIntegrity } from '../../src/ingest/integrity.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { FRONT_KEYS } from '../support/front.js';
import { freshPostgres } from '../support/stack.js';
import { type FrontProcess, startFrontProcess } from './front-process.js';
import { type Bench, createBench, makeEvent } from './ingest-instance.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-disk-full-'));
let engine: Backend;
let engineChild: Child;
let redis: Backend;
let redisChild: Child;
let bench: Bench;
let front: FrontProcess;

/** A redis-server that hears of a file that may not grow as of a full disk, instead of being ended by a signal. */
function wrapRedis(): string {
  const path = join(folder, 'redis-server');
  writeFileSync(path, `#!/bin/sh\ntrap '' XFSZ\nexec ${requireRedisServer()} "$@"\n`);
  chmodSync(path, 0o700);
  return path;
}

beforeAll(async () => {
  mkdirSync(join(folder, 'engine'));
  engine = createEngine({
    folder: join(folder, 'engine', 'main'),
    port: await findFreePort(),
    password: 'full',
  });
  redis = createRedis({ folder: join(folder, 'redis'), program: wrapRedis() });
  [engineChild, redisChild] = await Promise.all([engine.start(), redis.start()]);
  const client = createClickHouse(engine.url);
  await migrateClickHouse(client);
  await client.close();
  const { url } = await freshPostgres({ migrate: false });
  await migrateMetadata(url);
  await storeFirstKeys(url, FRONT_KEYS);
  bench = await createBench({ clickhouseUrl: engine.url, redisUrl: redis.url });
  const env = {
    CLICKHOUSE_URL: engine.url,
    REDIS_URL: redis.url,
    DATABASE_URL: url,
    WEIR_STREAM_BYTES_MAX: '60000',
  };
  front = await startFrontProcess(env);
  bench.startIngest();
});

afterAll(async () => {
  front.process.kill('SIGKILL');
  await Promise.all([front.ended, engineChild.stop(), redisChild.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  retryAfterS: number;
  body: { batch_id?: string; code?: string };
}

async function post(name: string, count = 20): Promise<Answer> {
  const events = Array.from({ length: count }, (_, i) => makeEvent(`${name}-${i}`));
  const response = await fetch(`${front.url}/v1/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${FRONT_KEYS.write}` },
    body: JSON.stringify(events),
  });
  return {
    status: response.status,
    retryAfterS: Number(response.headers.get('retry-after')),
    body: (await response.json()) as Answer['body'],
  };
}

/** Sends payloads until one is refused; the ids of those that were not, and the refusal. */
async function postUntilRefused(name: string, max: number): Promise<{ ids: string[]; refusal: Answer }> {
  const ids: string[] = [];
  for (let i = 0; i < max; i++) {
    const answer = await post(`${name}-${i}`);
    if (answer.status !== 202) return { ids, refusal: answer };
    ids.push(answer.body.batch_id!);
  }
  throw new Error(`none of ${max} payloads was refused`);
}

/** From when it resolves until the returned function has, the engine can make no directory and sync no file: no room. */
async function fillEngineDisk(): Promise<() => Promise<void>> {
  const calls = 'mkdir,mkdirat,fdatasync,fsync';
  const tracer = spawn(
    'strace',
    [
      '-f',
      '-p',
      String(engineChild.pid),
      '-o',
      '/dev/null',
      '-e',
      `trace=${calls}`,
      '-e',
      `inject=${calls}:error=ENOSPC`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  tracer.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  await expect.poll(() => said).toContain('attached');
  return async () => {
    tracer.kill('SIGINT');
    await once(tracer, 'exit');
  };
}

test('while the engine has no room the front accepts up to the stated size, and all of it is stored afterwards', async () => {
  await bench.waitDone((await post('before')).body.batch_id!);
  const makeRoom = await fillEngineDisk();
  const { ids, refusal } = await postUntilRefused('full', 100);
  expect(refusal).toMatchObject({ status: 503, body: { code: 'stream_full' } });
  expect(refusal.retryAfterS).toBeGreaterThan(0);
  expect(ids.length).toBeGreaterThan(5);
  // The engine was asked and refused; nothing is given up for that.
  const insert = bench.clickhouse.insertRows('events', [{ project: 'other', event: 'x', event_id: 'x' }]);
  await expect(insert).rejects.toThrow(/no space left/i);
  for (const id of ids) expect(await bench.stream.getPayloadOutcome(id)).toMatchObject({ status: 'pending' });
  await makeRoom();
  const done = await Promise.all(ids.map((id) => bench.waitDone(id)));
  expect(done.every((one) => one.stored === 20 && one.rejected === 0)).toBe(true);
  const all = (ids.length + 1) * 20;
  expect(await bench.count()).toEqual({ rows: all, ids: all });
  expect(await checkIntegrity(bench, { project: 'default' })).toMatchObject({ ok: true, pending: 0 });
});

/** Redis's append-only file, of which there is one as long as nothing was rewritten. */
const appendOnlyFile = (): string => join(folder, 'redis', 'appendonlydir', 'appendonly.aof.1.incr.aof');

test('while Redis has no room every payload is refused at once, and the next is accepted when there is some', async () => {
  const before = await bench.count();
  const limit = statSync(appendOnlyFile()).size + 20_000;
  execFileSync('prlimit', ['--pid', String(redisChild.pid), `--fsize=${limit}:unlimited`]);
  const { ids, refusal } = await postUntilRefused('narrow', 100);
  expect(refusal).toMatchObject({ status: 503 });
  expect(refusal.retryAfterS).toBeGreaterThan(0);
  // It ends rather than go on without what it could not write; whoever keeps it starts it again.
  expect(await redisChild.exited).toBe('exit code 1');
  const refused = await post('away');
  expect(refused).toMatchObject({ status: 503, body: { code: expect.any(String) } });
  expect(refused.retryAfterS).toBeGreaterThan(0);

  redisChild = await redis.start();
  await expect.poll(async () => (await post('again')).status).toBe(202);
  await bench.redis.waitReady(30_000);
  const done = await Promise.all(ids.map((id) => bench.waitDone(id)));
  expect(done.every((one) => one.stored === 20)).toBe(true);
  const last = await post('last');
  await bench.waitDone(last.body.batch_id!);
  const { rows, ids: distinct } = await bench.count();
  expect(rows).toBe(distinct);
  // The payload in the middle of which the disk was full may have been kept or not.
  const acknowledged = before.rows + (ids.length + 2) * 20;
  expect([acknowledged, acknowledged + 20]).toContain(rows);
  expect(await checkIntegrity(bench, { project: 'default' })).toMatchObject({ ok: true, pending: 0 });
  expect(readFileSync(appendOnlyFile()).length).toBeGreaterThan(0);
});
