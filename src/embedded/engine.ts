import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countThreads, SESSIONS_DEFAULT } from '../engine/limits.js';
import { builtFile } from '../paths.js';
import { startChild } from './child.js';
import { endLeftover } from './leftover.js';
import type { Backend } from './part.js';

/** Opening a large database reads the metadata of all its parts. */
const START_TIMEOUT_MS = 120_000;
const USER = 'weir';
const DATABASE = 'weir';

export interface EngineOptions {
  /** Absolute path of the engine's data folder; made when missing. */
  folder: string;
  port: number;
  password: string;
}

/**
 * The embedded ClickHouse: `weir engine` in a process of its own, on 127.0.0.1:`port`. What it needs to know travels in
 * the environment (a command line is visible to every user of the machine), except the folder, which marks it as ours.
 */
export function createEngine(options: EngineOptions): Backend {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const pidFile = join(options.folder, '..', 'engine.pid');
  return {
    name: 'engine',
    url: `http://${USER}:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/${DATABASE}`,
    async start(giveUp) {
      await endLeftover(pidFile, options.folder, 'SIGTERM');
      const child = await startChild({
        name: 'engine',
        command: process.execPath,
        args: ['--enable-source-maps', builtFile('src/main.ts'), 'engine', '--folder', options.folder],
        cwd: options.folder,
        env: {
          WEIR_ENGINE_PORT: String(options.port),
          WEIR_ENGINE_PASSWORD: options.password,
          // Read by Node before its first thread: every statement that runs holds one.
          UV_THREADPOOL_SIZE: String(countThreads(SESSIONS_DEFAULT)),
        },
        node: true,
        isReady: (message) => message === 'ready',
        startTimeoutMs: START_TIMEOUT_MS,
        giveUp,
        stopSignal: 'SIGTERM',
        // Not a request: a query running inside the engine would hold it up, and being killed loses nothing acknowledged.
        orphanSignal: 'SIGKILL',
      });
      writeFileSync(pidFile, `${child.pid}\n`, { mode: 0o600 });
      return child;
    },
  };
}
