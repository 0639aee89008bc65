/**
 * Real backends for a test file. Everything made here belongs to the file that asked and is removed after it: databases are
 * dropped, processes must have been stopped by the test (leak-check.ts fails the file otherwise).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createClient } from 'redis';
import { inject } from 'vitest';
import { createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { builtFile } from '../../src/paths.js';

/** A started stack answers within seconds; a machine busy with other tests may take longer. */
const START_TIMEOUT_MS = 180_000;

type BackendName = 'redis' | 'postgres' | 'clickhouse';

const cleanups: (() => Promise<void>)[] = [];
const running = new Map<ChildProcess, string>();

function askStack(name: BackendName): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath: inject('stackSocket'), path: `/${name}`, method: 'POST' },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(text));
          else resolve((JSON.parse(text) as { url: string }).url);
        });
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

const newName = (): string => `t_${randomBytes(6).toString('hex')}`;

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Runs one statement on the engine behind `url`; the answer's text. For set-up and for looking behind Weir's back. */
export async function runClickHouse(url: string, sql: string): Promise<string> {
  const { origin, username, password, pathname } = new URL(url);
  const response = await fetch(`${origin}/?database=${pathname.slice(1)}`, {
    method: 'POST',
    headers: { 'x-clickhouse-user': username, 'x-clickhouse-key': decodeURIComponent(password) },
    body: sql,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

/** A new ClickHouse database, migrated unless told otherwise. */
export async function freshClickHouse({ migrate = true } = {}): Promise<{ url: string }> {
  const server = await askStack('clickhouse');
  const name = newName();
  const admin = withDatabase(server, 'default');
  await runClickHouse(admin, `create database ${name}`);
  cleanups.push(async () => {
    await runClickHouse(admin, `drop database if exists ${name} sync`);
  });
  const url = withDatabase(server, name);
  if (migrate) {
    const client = createClickHouse(url);
    await migrateClickHouse(client);
    await client.close();
  }
  return { url };
}

/** An empty Redis database that no other test file has. */
export async function freshRedis(): Promise<{ url: string }> {
  const url = await askStack('redis');
  cleanups.push(async () => {
    const { pathname, searchParams } = new URL(url);
    const client = createClient({
      socket: { path: decodeURIComponent(pathname), tls: false },
      database: Number(searchParams.get('db')),
    });
    client.on('error', () => {});
    await client.connect();
    await client.flushDb();
    await client.close();
  });
  return { url };
}

async function runPostgres(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A new PostgreSQL database, migrated unless told otherwise. */
export async function freshPostgres({ migrate = true } = {}): Promise<{ url: string }> {
  const server = await askStack('postgres');
  const name = newName();
  await runPostgres(server, `create database ${name}`);
  cleanups.push(() => runPostgres(server, `drop database if exists ${name} with (force)`));
  const url = withDatabase(server, name);
  if (migrate) await migrateMetadata(url);
  return { url };
}

export interface WeirOptions {
  env?: Record<string, string>;
  /** Backends by URL. Absent: fresh databases on the shared backends. `embedded`: Weir starts its own. */
  clickhouse?: string;
  redis?: string;
  postgres?: string;
  /** Further arguments of `weir up`. */
  args?: string[];
  /** A data folder of an earlier instance; absent: a temporary one that is removed afterwards. */
  dataFolder?: string;
}

export interface Weir {
  url: string;
  keys: { admin: string; read: string; write: string };
  dataFolder: string;
  /** Everything it printed so far, standard output and error. */
  logs(): string;
  /** Sends SIGTERM and resolves with the exit code (-1: ended by a signal). */
  stop(): Promise<number>;
  process: ChildProcess;
}

interface ReadyMessage {
  url: string;
  keys: Weir['keys'];
}

function waitForReady(child: ChildProcess, logs: () => string): Promise<ReadyMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`weir up was not ready in time\n${logs()}`)),
      START_TIMEOUT_MS,
    );
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve(message as ReadyMessage);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`weir up ended with code ${code}\n${logs()}`));
    });
  });
}

/** Starts `weir up` on fresh backends and resolves when it is ready. The test stops it. */
export async function startWeir(options: WeirOptions = {}): Promise<Weir> {
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'weir-up-'));
  if (options.dataFolder === undefined) {
    cleanups.push(async () => rmSync(dataFolder, { recursive: true, force: true }));
  }
  const choose = async (given: string | undefined, fresh: () => Promise<{ url: string }>): Promise<string> =>
    given === 'embedded' ? '' : (given ?? (await fresh()).url);
  const env = {
    WEIR_PORT: '0',
    WEIR_DATA: dataFolder,
    CLICKHOUSE_URL: await choose(options.clickhouse, () => freshClickHouse({ migrate: false })),
    REDIS_URL: await choose(options.redis, freshRedis),
    DATABASE_URL: await choose(options.postgres, () => freshPostgres({ migrate: false })),
    ...options.env,
  };
  const child = spawn(process.execPath, [builtFile('src/main.ts'), 'up', ...(options.args ?? [])], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.set(child, `weir up (pid ${child.pid})`);
  child.once('exit', () => running.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const ready = await waitForReady(child, () => output);
  return { ...ready, dataFolder, logs: () => output, process: child, stop: () => stopProcess(child) };
}

async function stopProcess(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? -1;
  const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  child.kill('SIGTERM');
  return exited;
}

/** Ends what this file left running, removes what it made, and says what had been left. Called after every file. */
export async function stopAll(): Promise<string[]> {
  const left = [...running.values()];
  await Promise.all([...running.keys()].map(stopProcess));
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  return left;
}
