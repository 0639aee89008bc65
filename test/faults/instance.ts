/**
 * One embedded `weir up` under test, which can be struck dead whole and started again on the same data. Like a service manager
 * it starts a supervisor again that ended by itself.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { builtFile, ROOT } from '../../src/paths.js';

const run = promisify(execFile);

export const KEYS = {
  admin: 'weir_a_faultsfaultsfaultsfaults01',
  read: 'weir_r_faultsfaultsfaultsfaults01',
  write: 'weir_w_faultsfaultsfaultsfaults01',
};

const START_TIMEOUT_MS = 240_000;
const POLL_MS = 100;
/** Starts of a supervisor that ended by itself, until one event is stored. */
const SPAWNS_MAX = 5;
/** Rows a check may print; the ids of one long schedule fit many times over. */
const SQL_OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;

export interface Instance {
  readonly url: string;
  readonly pid: number;
  /** Whether the supervisor is alive. */
  isRunning(): boolean;
  start(): Promise<void>;
  /** Resolves with the milliseconds until an event posted with `wait=stored` was stored. */
  waitUntilStoring(): Promise<number>;
  /** Resolves when nothing is pending; throws after `timeoutMs`. */
  waitUntilDrained(timeoutMs: number): Promise<void>;
  /** `event_id, count()` of a table for ids that begin with `prefix`. */
  countIds(table: 'events' | 'rejected_events', prefix: string): Promise<Map<string, number>>;
  stop(): Promise<number | null>;
}

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function ask(url: string, path: string, init: RequestInit = {}): Promise<Response | undefined> {
  const headers = { authorization: `Bearer ${KEYS.admin}`, 'content-type': 'application/json' };
  return fetch(`${url}${path}`, { ...init, headers, signal: AbortSignal.timeout(20_000) }).catch(
    () => undefined,
  );
}

/**
 * Describes an instance on `folder`; nothing runs until `start`. Its log goes to weir.log beside it. `wrap` may put a program
 * before the command, which then runs it.
 */
export async function createInstance(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  wrap: (command: string[]) => string[] = (command) => command,
): Promise<Instance> {
  const url = `http://127.0.0.1:${await findPort()}`;
  let child: ChildProcess | undefined;
  let probes = 0;
  const environment = {
    ...process.env,
    WEIR_DATA: folder,
    WEIR_PORT: new URL(url).port,
    WEIR_ADMIN_KEY: KEYS.admin,
    WEIR_READ_KEY: KEYS.read,
    WEIR_WRITE_KEY: KEYS.write,
    WEIR_LOG: 'warn',
    ...env,
  };

  function spawnSupervisor(): void {
    const log = openSync(join(folder, '..', 'weir.log'), 'a');
    const [program = '', ...args] = wrap([process.execPath, builtFile('src/main.ts'), 'up']);
    child = spawn(program, args, {
      cwd: ROOT,
      env: environment,
      // By the channel it hears of this process's end, and leaves.
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
  }

  async function waitUntilStoring(): Promise<number> {
    const start = performance.now();
    let spawns = 0;
    while (performance.now() - start < START_TIMEOUT_MS) {
      // Given up on a start in the middle of which it was struck; a supervisor that was killed is started by whoever did it.
      if (child !== undefined && child.exitCode !== null) {
        if (spawns === SPAWNS_MAX)
          throw new Error('the supervisor ends whenever it is started: see weir.log');
        spawns += 1;
        spawnSupervisor();
      }
      probes += 1;
      const event = {
        event: 'probe',
        event_id: `probe-${process.pid}-${Date.now()}-${probes}`,
        user_id: 'probe',
      };
      const answer = await ask(url, '/v1/events?wait=stored', {
        method: 'POST',
        body: JSON.stringify(event),
      });
      if (answer?.status === 200) return performance.now() - start;
      await sleep(POLL_MS);
    }
    throw new Error(`no event was stored within ${START_TIMEOUT_MS / 1000} s`);
  }

  return {
    url,
    get pid() {
      return child?.pid ?? 0;
    },
    isRunning: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    async start() {
      spawnSupervisor();
      await waitUntilStoring();
    },
    waitUntilStoring,
    async waitUntilDrained(timeoutMs) {
      const end = performance.now() + timeoutMs;
      let last = 'no answer';
      while (performance.now() < end) {
        const answer = await ask(url, '/v1/integrity');
        if (answer?.status === 200) {
          const body = (await answer.json()) as { pending: number; ok: boolean };
          if (body.pending === 0 && body.ok) return;
          last = JSON.stringify(body);
        }
        await sleep(POLL_MS);
      }
      throw new Error(`not drained within ${timeoutMs / 1000} s: ${last}`);
    },
    async countIds(table, prefix) {
      const sql = `select event_id, count() as n from ${table} where startsWith(event_id, '${prefix}') group by event_id`;
      const { stdout } = await run(
        process.execPath,
        [builtFile('src/main.ts'), 'sql', sql, '--format', 'json'],
        {
          cwd: ROOT,
          env: environment,
          maxBuffer: SQL_OUTPUT_BYTES_MAX,
        },
      );
      const rows = stdout.split('\n').filter((line) => line !== '');
      const counts = rows.map((line) => JSON.parse(line) as { event_id: string; n: number | string });
      return new Map(counts.map(({ event_id, n }) => [event_id, Number(n)]));
    },
    async stop() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
      const exited = new Promise<number | null>((resolve) => child?.once('exit', resolve));
      child.kill('SIGTERM');
      return exited;
    },
  };
}
