/**
 * A whole Weir of its own for one benchmark: embedded engine, Redis and Postgres as `weir up` would start them, with their
 * addresses known to the benchmark, and `weir up` on top. Everything lives in a temporary folder, or in one that is kept.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEngine } from '../../src/embedded/engine.js';
import { findFreePort } from '../../src/embedded/port.js';
import { createPostgres } from '../../src/embedded/postgres.js';
import { createRedis } from '../../src/embedded/redis.js';
import { requireRedisServer } from '../../src/embedded/redis-server.js';
import { builtFile, ROOT } from '../../src/paths.js';
import { listTree } from './processes.js';

export interface Stack {
  clickhouseUrl: string;
  redisUrl: string;
  databaseUrl: string;
  url: string;
  keys: { admin: string; read: string; write: string };
  /** Every process of the stack, without the benchmark itself. */
  pids(): number[];
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** Starts everything and resolves when it is ready. @param kept absolute path of a folder that keeps everything between runs */
export async function startStack(
  env: Readonly<Record<string, string>> = {},
  kept: string | undefined = undefined,
): Promise<Stack> {
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'weir-bench-'));
  // PostgreSQL's is made with its folder.
  const password = kept === undefined ? randomBytes(12).toString('hex') : 'bench';
  const parts = [
    createEngine({ folder: join(folder, 'engine'), port: await findFreePort(), password }),
    createRedis({ folder: join(folder, 'redis'), program: await requireRedisServer() }),
    createPostgres({ folder: join(folder, 'postgres'), port: await findFreePort(), password }),
  ];
  const children = await Promise.all(parts.map((part) => part.start()));
  const [clickhouseUrl, redisUrl, databaseUrl] = parts.map((part) => part.url) as [string, string, string];
  const keys = {
    admin: 'weir_a_benchbenchbenchbenchbench01',
    read: 'weir_r_benchbenchbenchbenchbench01',
    write: 'weir_w_benchbenchbenchbenchbench01',
  };
  const url = `http://127.0.0.1:${await findFreePort()}`;
  mkdirSync(join(folder, 'data'), { recursive: true });
  const log = openSync(join(folder, 'weir.log'), 'a');
  const weir = spawn(process.execPath, [builtFile('src/main.ts'), 'up'], {
    cwd: ROOT,
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      WEIR_DATA: join(folder, 'data'),
      WEIR_PORT: new URL(url).port,
      WEIR_ADMIN_KEY: keys.admin,
      WEIR_READ_KEY: keys.read,
      WEIR_WRITE_KEY: keys.write,
      WEIR_LOG: 'warn',
      CLICKHOUSE_URL: clickhouseUrl,
      REDIS_URL: redisUrl,
      DATABASE_URL: databaseUrl,
      ...env,
    },
  });
  await waitUntilReady(url);
  return {
    clickhouseUrl,
    redisUrl,
    databaseUrl,
    url,
    keys,
    pids: () => [...listTree(weir.pid!), ...children.flatMap((child) => listTree(child.pid))],
    async stop() {
      const exited = new Promise((resolve) => weir.once('exit', resolve));
      weir.kill('SIGTERM');
      await exited;
      await Promise.all(children.map((child) => child.stop()));
      if (kept === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function waitUntilReady(url: string): Promise<void> {
  const end = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < end) {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(`Weir was not ready within ${START_TIMEOUT_MS / 1000} s`);
}
