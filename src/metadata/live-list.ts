/**
 * A small list of Postgres in this process's memory: read at start, again whenever its channel is notified (within
 * milliseconds, also after a reconnection) and every RELOAD_INTERVAL_MS, the net under NOTIFY. While Postgres is away the last
 * known list stays.
 */
import type { Metadata } from './metadata.js';

const RELOAD_INTERVAL_MS = 30_000;

export interface LiveList {
  /** Reads it again now: after this process itself changed it. Throws MetadataError. */
  reload(): Promise<void>;
  /** Resolves after the first load. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface LiveListOptions {
  metadata: Pick<Metadata, 'listen'>;
  channel: string;
  /** Reads the list and puts it in force. */
  load: () => Promise<void>;
  onError?: ((error: Error) => void) | undefined;
}

/** Loads a list in the background and keeps it current until closed. */
export function createLiveList({ metadata, channel, load, onError }: LiveListOptions): LiveList {
  let loading: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let reportReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    reportReady = resolve;
  });

  async function run(): Promise<void> {
    do {
      again = false;
      await load();
      reportReady();
    } while (again && !closed);
  }

  /** A change notified during a load may have come too late for it, so it is followed by another one. */
  function reload(): Promise<void> {
    if (loading) {
      again = true;
      return loading;
    }
    loading = run().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  const reloadQuietly = (): void => {
    if (!closed) reload().catch((error: Error) => onError?.(error));
  };
  const unlisten = metadata.listen(channel, reloadQuietly);
  const timer = setInterval(reloadQuietly, RELOAD_INTERVAL_MS);
  timer.unref();

  return {
    reload,
    ready,
    async close() {
      closed = true;
      clearInterval(timer);
      await unlisten();
      await loading?.catch(() => {});
    },
  };
}
