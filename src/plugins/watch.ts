/**
 * Keeps a process's plugins current: what the plugin folder holds, as soon as it changes and can be taken.
 *
 *   at start   nothing is in force until the folder can be read and every file in it be imported; events wait in the stream,
 *              because storing them unseen could store what was to be redacted
 *   changed    the new state is tried in a process of its own; it is in force for batches begun after that. One that cannot be
 *              taken is reported, and what was in force stays
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type PluginFolder, readPluginFolder } from './folder.js';
import { loadInto, type PluginSettings, startPluginProcess } from './process.js';
import type { PluginSet } from './runner.js';

/** How often the folder is looked at; also how late a change is noticed. */
const INTERVAL_MS = 1_000;

export interface PluginWatch {
  /** Resolves when a state of the folder is in force. */
  readonly ready: Promise<void>;
  /** What is in force. */
  current(): PluginSet | undefined;
  /** Why the folder as it is now cannot be taken; '' when it can. */
  error(): string;
  close(): Promise<void>;
}

export interface PluginWatchOptions {
  folder: string;
  settings: PluginSettings;
  onChange: (set: PluginSet) => void;
  onError: (error: Error) => void;
}

/** Imports a state of the folder to see what it is. Throws an Error that names the file and what is wrong with it. */
async function tryOut({ revision, sources }: PluginFolder, settings: PluginSettings): Promise<PluginSet> {
  if (sources.length === 0) return { revision, sources, plugins: [] };
  const trial = startPluginProcess(settings);
  try {
    const loaded = await loadInto(trial, sources);
    if ('refused' in loaded) throw new Error(loaded.refused);
    return { revision, sources, plugins: loaded.plugins };
  } finally {
    trial.stop();
  }
}

/** Watches the folder until closed. */
export function watchPlugins({ folder, settings, onChange, onError }: PluginWatchOptions): PluginWatch {
  const closing = new AbortController();
  let current: PluginSet | undefined;
  let tried: string | undefined;
  let error = '';
  let reportReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    reportReady = resolve;
  });

  async function look(): Promise<void> {
    const found = await readPluginFolder(folder);
    if (found.revision === tried) return;
    tried = found.revision;
    current = await tryOut(found, settings);
    error = '';
    onChange(current);
    reportReady();
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await look().catch((failure: Error) => {
        if (failure.message === error) return;
        error = failure.message;
        onError(new Error(`the plugins in ${folder} cannot be taken: ${error}`));
      });
      await sleep(INTERVAL_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const running = run();
  return {
    ready,
    current: () => current,
    error: () => error,
    async close() {
      closing.abort();
      await running;
    },
  };
}
