/** Starting and stopping the embedded engine in this process, of which it must be the only business: see limits and docs/engine.md. */
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chooseMemoryLimit, writeConfiguration } from './configuration.js';
import { DRAIN_TIMEOUT_MS, SESSIONS_DEFAULT } from './limits.js';
import { createNameKeeper } from './name-keeper.js';
import { createEngineServer } from './server.js';
import { createSessionPool } from './session.js';
import { createStorage } from './storage.js';

export interface EngineRunOptions {
  /** Folder of this engine alone; made when missing. */
  dataPath: string;
  /** 0 chooses a free port. */
  port: number;
  /** A loopback address; anything else is refused. */
  host?: string;
  user: string;
  password: string;
  /** Made when missing, and used by requests that name none. */
  database: string;
  /** Statements that run at once. */
  sessions?: number;
  /** What the engine may take before it refuses statements; a share of this machine's memory when absent. */
  memoryLimitBytes?: number;
}

export interface RunningEngine {
  port: number;
  /** Lets running statements finish for a while, ends the rest, and closes the engine. */
  close(): Promise<void>;
}

const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/;

/** Statements at once that the threads of this process can carry. */
function limitSessions(wanted: number): number {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4) || 4;
  return Math.max(1, Math.min(wanted, threads - 2));
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** A session lost for good is a thread lost for good; a new process has all of them, and nothing acknowledged is lost. */
function onStuck(sql: string): void {
  process.stderr.write(`a statement cannot be ended, the engine gives up: ${sql.slice(0, 500)}\n`);
  process.exit(70);
}

/** Opens the engine on its folder and listens. Throws when the address is not loopback, the port taken or the folder in use. */
export async function runEngine(options: EngineRunOptions): Promise<RunningEngine> {
  const host = options.host ?? '127.0.0.1';
  if (!LOOPBACK.test(host)) throw new Error(`the embedded engine listens on loopback only, not on ${host}`);
  const folder = join(options.dataPath, 'data');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const sessions = limitSessions(options.sessions ?? SESSIONS_DEFAULT);
  const configuration = writeConfiguration(options.dataPath, options.memoryLimitBytes ?? chooseMemoryLimit());
  const pool = await createSessionPool({
    folder,
    sessions,
    database: options.database,
    connectionArgs: [`--config-file=${configuration}`],
    onStuck,
  });
  const storage = createStorage(options.dataPath, sessions);
  const names = createNameKeeper(folder);
  await names.keep();
  const { server, running } = createEngineServer(
    { pool, storage, names, database: options.database },
    { user: options.user, password: options.password },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([Promise.all(running.values()), delay(DRAIN_TIMEOUT_MS)]);
      for (const gone of running.keys()) gone.abort();
      await Promise.all(running.values());
      server.closeAllConnections();
      await closed;
      pool.close();
      storage.close();
    },
  };
}
