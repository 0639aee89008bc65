import { builtFile } from '../paths.js';
import { startChild } from './child.js';
import type { Part } from './part.js';

/** A role connects to its backends and opens its caches; a large deduplication window is read from the events table. */
const START_TIMEOUT_MS = 120_000;

export interface RoleOptions {
  name: 'api' | 'ingest';
  env: Readonly<Record<string, string>>;
  /** Resolves when what it leans on is there. It is started before, and reads its code meanwhile. */
  goAhead: Promise<void>;
  /** How long it may drain before it is killed. */
  stopTimeoutMs: number;
}

/** One of Weir's own halves as a child process: `weir api` or `weir ingest`, told by environment where everything is. */
export function createRole(options: RoleOptions): Part {
  return {
    name: options.name,
    start: (giveUp) =>
      startChild({
        name: options.name,
        command: process.execPath,
        args: ['--enable-source-maps', builtFile('src/main.ts'), options.name],
        cwd: process.cwd(),
        env: { ...options.env, WEIR_HELD: '1' },
        node: true,
        isReady: (message) => message === 'ready',
        startTimeoutMs: START_TIMEOUT_MS,
        goAhead: options.goAhead,
        giveUp,
        stopSignal: 'SIGTERM',
        orphanSignal: 'SIGTERM',
        stopTimeoutMs: options.stopTimeoutMs,
      }),
  };
}
