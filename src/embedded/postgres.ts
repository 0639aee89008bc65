/**
 * The embedded PostgreSQL: a folder made by initdb, a database `weir` in it, a server on a loopback port.
 *
 *   no folder --initdb into a folder beside it, create the database, rename--> ready to start --start--> running
 *
 * The folder gets its name only when it is complete, so an interrupted first start leaves nothing half-made in use.
 */
import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, type ChildOptions, composeCommand, startChild } from './child.js';
import { syncFolders } from './durable.js';
import { endLeftover } from './leftover.js';
import type { Backend } from './part.js';
import { findPostgres, type PostgresBinaries } from './postgres-binary.js';
import { choosePostgresUser, needsOverride } from './postgres-user.js';

/** Recovery after a crash replays the log: seconds for the few megabytes we write, minutes are allowed. */
const START_TIMEOUT_MS = 120_000;
/** How long the processes of a server that was killed may take to notice, and how often that is looked at. */
const ORPHANS_TIMEOUT_MS = 10_000;
const ORPHANS_POLL_MS = 50;
const USER = 'weir';
const DATABASE = 'weir';

/** Weir keeps definitions here, not events: 32 MB of buffers hold all of them, and 60 connections serve every pool. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '32MB',
  max_connections: '60',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
  // After a crash every file is synced first: one call instead of one a file, where the system has it.
  ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
};

/** Settings that may be other than Weir's own, each as PostgreSQL writes it: "2GB", "2". */
export type PostgresSettings = Readonly<
  Partial<
    Record<'shared_buffers' | 'effective_cache_size' | 'work_mem' | 'max_parallel_workers_per_gather', string>
  >
>;

export interface PostgresOptions {
  /** Absolute path of the folder that holds (or will hold) the cluster folder `data`. */
  folder: string;
  port: number;
  password: string;
  logFile?: string;
  /** Off only for tests that throw the data away: nothing is forced to disk. */
  fsync?: boolean;
  /** Instead of Weir's own, which are for definitions: what a server that is asked about events needs. */
  settings?: PostgresSettings;
}

type Identity = Pick<ChildOptions, 'user'>;

/** Whether PostgreSQL refused because processes of the server before it are still leaving, which they do by themselves. */
const isMemoryShared = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('pre-existing shared memory block');

async function startWhenFree(start: () => Promise<Child>): Promise<Child> {
  for (const deadline = Date.now() + ORPHANS_TIMEOUT_MS; ; await sleep(ORPHANS_POLL_MS)) {
    try {
      return await start();
    } catch (error) {
      if (!isMemoryShared(error) || Date.now() > deadline) throw error;
    }
  }
}

/** Runs one program to its end; throws with what it printed when it fails. */
function runToEnd(command: string, args: string[], identity: Identity, input?: string): Promise<void> {
  const composed = composeCommand({ command, args, orphanSignal: 'SIGTERM', ...identity });
  return new Promise((resolve, reject) => {
    const { uid, gid } = composed;
    const program = spawn(composed.command, composed.args, {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid }),
    });
    let output = '';
    program.stdout.on('data', (chunk) => {
      output += chunk;
    });
    program.stderr.on('data', (chunk) => {
      output += chunk;
    });
    program.once('error', reject);
    program.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`PostgreSQL could not be set up: ${command} ended with code ${code}\n${output.trim()}`),
        );
    });
    program.stdin.end(input ?? '');
  });
}

async function createCluster(
  options: PostgresOptions,
  data: string,
  binaries: PostgresBinaries,
  identity: Identity,
): Promise<void> {
  const unfinished = `${data}.unfinished`;
  const passwordFile = join(options.folder, 'password');
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (identity.user) {
    for (const path of [options.folder, unfinished, passwordFile])
      chownSync(path, identity.user.uid, identity.user.gid);
  }
  try {
    const flags = [
      '--encoding=UTF8',
      '--locale=C',
      '--auth=scram-sha-256',
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
    ];
    if (options.fsync === false) flags.push('--no-sync');
    await runToEnd(binaries.initdb, [`--pgdata=${unfinished}`, ...flags], identity);
    const single = ['--single', '-D', unfinished, ...(options.fsync === false ? ['-F'] : []), 'postgres'];
    await runToEnd(binaries.postgres, single, identity, `create database ${DATABASE};\n`);
    // What was made after initdb had synced everything: PostgreSQL syncs new files and leaves their names to the file system.
    if (options.fsync !== false) syncFolders(unfinished);
    renameSync(unfinished, data);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** A PostgreSQL server with its data in `folder`/data, on 127.0.0.1:`port`, user and database `weir`. */
export function createPostgres(options: PostgresOptions): Backend {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const data = join(options.folder, 'data');
  return {
    name: 'postgres',
    url: `postgres://${USER}:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/${DATABASE}`,
    async start(giveUp): Promise<Child> {
      const binaries = findPostgres();
      const user = choosePostgresUser();
      const override =
        user !== undefined && (needsOverride(binaries.postgres, user) || needsOverride(options.folder, user));
      const identity: Identity = user ? { user: { ...user, override } } : {};
      if (!existsSync(data)) await createCluster(options, data, binaries, identity);
      const former = await endLeftover(join(data, 'postmaster.pid'), data, 'SIGINT');
      const settings = {
        ...SETTINGS,
        ...options.settings,
        port: String(options.port),
        ...(options.fsync === false ? { fsync: 'off' } : {}),
      };
      return startWhenFree(() =>
        startChild({
          name: 'postgres',
          command: binaries.postgres,
          args: [
            '-D',
            data,
            ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
          ],
          cwd: '/',
          // PostgreSQL takes any process of the pid in its old file for a server that runs, except an ancestor's of its own, as which
          // pg_ctl passes itself. Memory that an old server's processes still share stops it all the same.
          env: { PG_GRANDPARENT_PID: former === undefined ? undefined : String(former) },
          isReady: (line) => line.includes('database system is ready to accept connections'),
          startTimeoutMs: START_TIMEOUT_MS,
          giveUp,
          // "Fast" shutdown: rolls back what is open, flushes, leaves. SIGTERM would wait for idle connections.
          stopSignal: 'SIGINT',
          orphanSignal: 'SIGINT',
          ...identity,
          ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
        }),
      );
    },
  };
}
