import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { createClient } from 'redis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Child } from '../../src/embedded/child.js';
import type { Backend } from '../../src/embedded/part.js';
import { findFreePort } from '../../src/embedded/port.js';
import { createPostgres } from '../../src/embedded/postgres.js';
import { choosePostgresUser } from '../../src/embedded/postgres-user.js';
import { createRedis } from '../../src/embedded/redis.js';
import { requireRedisServer } from '../../src/embedded/redis-server.js';
import { builtFile } from '../../src/paths.js';

let folder = '';
const started: Child[] = [];

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'weir-backends-')), 'with a #space%');
  mkdirSync(folder);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.stop()));
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

async function start(backend: Backend): Promise<Child> {
  const child = await backend.start();
  started.push(child);
  return child;
}

async function askRedis(url: string, command: string[]): Promise<unknown> {
  const client = createClient({ socket: { path: decodeURIComponent(new URL(url).pathname), tls: false } });
  client.on('error', () => {});
  await client.connect();
  const answer = await client.sendCommand(command);
  await client.close();
  return answer;
}

async function askPostgres(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

const createTestRedis = (path: string): Backend =>
  createRedis({ folder: path, program: requireRedisServer() });

async function createTestPostgres(path: string): Promise<Backend> {
  return createPostgres({
    folder: path,
    port: await findFreePort(),
    password: 'it has : / @ signs',
    fsync: false,
  });
}

test('Redis keeps what it acknowledged through SIGKILL and comes back at the same address', async () => {
  const redis = createTestRedis(join(folder, 'redis'));
  const child = await start(redis);
  expect(await askRedis(redis.url, ['CONFIG', 'GET', 'appendfsync'])).toEqual({ appendfsync: 'always' });
  await askRedis(redis.url, ['SET', 'kept', 'yes']);
  process.kill(child.pid, 'SIGKILL');
  expect(await child.exited).toBe('signal SIGKILL');
  await start(redis);
  expect(await askRedis(redis.url, ['GET', 'kept'])).toBe('yes');
});

test('a data folder too deep for a Unix socket still gets its Redis', async () => {
  const redis = createTestRedis(join(folder, 'x'.repeat(120), 'redis'));
  await start(redis);
  expect(redis.url.length).toBeLessThan(110);
  expect(await askRedis(redis.url, ['PING'])).toBe('PONG');
  rmSync(join(decodeURIComponent(new URL(redis.url).pathname), '..'), { recursive: true });
});

test('Postgres runs in a folder that only its owner may enter, and recovers from SIGKILL', async () => {
  chmodSync(folder, 0o700);
  const postgres = await createTestPostgres(join(folder, 'postgres'));
  const child = await start(postgres);
  await askPostgres(postgres.url, 'create table kept (n int); insert into kept values (7)');
  process.kill(child.pid, 'SIGKILL');
  await child.exited;
  await start(postgres);
  expect(await askPostgres(postgres.url, 'select n from kept')).toEqual([{ n: 7 }]);
});

const onLinux = test.runIf(process.platform === 'linux');

onLinux('Postgres starts although the server before it is dead and not yet buried', async () => {
  const postgres = await createTestPostgres(join(folder, 'postgres'));
  const child = await start(postgres);
  process.kill(child.pid, 'SIGKILL');
  await child.exited;
  // The shell becomes a program that does not know of the child it started, which ends and stays in the list of processes.
  const user = choosePostgresUser();
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 1000'], { ...user, cwd: '/' });
  try {
    const dead = String(((await once(parent.stdout, 'data')) as [Buffer])[0]).trim();
    await expect
      .poll(() => readFileSync(`/proc/${dead}/stat`, 'utf8'), { timeout: 120_000 })
      .toContain(') Z ');
    const file = join(folder, 'postgres', 'data', 'postmaster.pid');
    const [, ...rest] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [dead, ...rest].join('\n'));
    await start(postgres);
    expect(await askPostgres(postgres.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  } finally {
    parent.kill('SIGKILL');
  }
});

test('a first start of Postgres that was cut short is begun anew', async () => {
  mkdirSync(join(folder, 'postgres', 'data.unfinished', 'base'), { recursive: true });
  const postgres = await createTestPostgres(join(folder, 'postgres'));
  await start(postgres);
  expect(await askPostgres(postgres.url, 'select current_database()')).toEqual([
    { current_database: 'weir' },
  ]);
});

test('a process left over on our own folder is ended before a new one starts', async () => {
  const redis = createTestRedis(join(folder, 'redis'));
  const left = await start(redis);
  const next = await start(redis);
  expect(await left.exited).toBe('exit code 0');
  expect(next.pid).not.toBe(left.pid);
  expect(await askRedis(redis.url, ['PING'])).toBe('PONG');
});

test('a part that cannot start says why', async () => {
  const redis = createRedis({ folder: join(folder, 'redis'), program: '/bin/false' });
  await expect(redis.start()).rejects.toThrow('redis did not start: exit code 1');
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const postgres = createPostgres({ folder: join(folder, 'postgres'), port, password: 'p', fsync: false });
  await expect(postgres.start()).rejects.toThrow(/postgres did not start: [\s\S]*Address already in use/);
  taken.close();
});

/** Starts backends in a process of its own, and tells their process ids. */
function startOwner(): Promise<{ owner: ChildProcess; pids: number[] }> {
  const load = (file: string) => JSON.stringify(pathToFileURL(builtFile(file)).href);
  const script = `
    const { createRedis } = await import(${load('src/embedded/redis.ts')});
    const { requireRedisServer } = await import(${load('src/embedded/redis-server.ts')});
    const { createPostgres } = await import(${load('src/embedded/postgres.ts')});
    const { findFreePort } = await import(${load('src/embedded/port.ts')});
    const folder = ${JSON.stringify(folder)};
    const parts = [
      createRedis({ folder: folder + '/redis', program: requireRedisServer() }),
      createPostgres({ folder: folder + '/postgres', port: await findFreePort(), password: 'p', fsync: false }),
    ];
    const children = await Promise.all(parts.map((part) => part.start()));
    process.send(children.map(({ pid }) => pid));
  `;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    owner.once('message', (pids) => resolve({ owner, pids: pids as number[] }));
    owner.once('exit', (code) => reject(new Error(`the owner ended with ${code}`)));
  });
}

onLinux('backends leave when their owner is killed', async () => {
  const { owner, pids } = await startOwner();
  expect(pids.every((pid) => existsSync(`/proc/${pid}`))).toBe(true);
  owner.kill('SIGKILL');
  await expect.poll(() => pids.filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 120_000 }).toEqual([]);
});
