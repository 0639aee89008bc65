/**
 * A small list of Postgres in this process's memory.
 *
 *   loaded         at start, again whenever its channel is notified (within milliseconds, also after a reconnection) and every
 *                  RELOAD_INTERVAL_MS, the net under NOTIFY
 *   Postgres away  the last known list stays in force
 *   started while Postgres is away   the list is taken from the copy that every load leaves: at once when Postgres refuses, after
 *                  SILENCE_MS when it is silent
 */
import type { Metadata } from './metadata.js';

const RELOAD_INTERVAL_MS = 30_000;
const SILENCE_MS = 3_000;
/** Pause between attempts at the copy. */
const RETRY_MS = 500;

export interface LiveList {
  /** Reads it again now: after this process itself changed it. Throws MetadataError. */
  reload(): Promise<void>;
  /** Resolves when the list is known, from Postgres or from the copy. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface LiveListOptions<Row> {
  metadata: Pick<Metadata, 'listen'>;
  channel: string;
  /** Reads the list. */
  read: () => Promise<Row[]>;
  /** Puts a list in force; rows of a copy have texts for times. */
  apply: (rows: Row[]) => void;
  copy: { read(): Promise<string | null>; write(text: string): Promise<void> };
  onError?: ((error: Error) => void) | undefined;
}

/** Loads a list in the background and keeps it current until closed. */
export function createLiveList<Row>(options: LiveListOptions<Row>): LiveList {
  const { metadata, channel, read, apply, copy, onError } = options;
  let loading: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let isKnown = false;
  let copied = '';
  let reportReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    reportReady = resolve;
  });
  const report = (error: unknown): void =>
    onError?.(error instanceof Error ? error : new Error(String(error)));

  function put(rows: Row[]): void {
    apply(rows);
    isKnown = true;
    reportReady();
  }

  /** Nobody waits for it: it is for another day. */
  function leaveCopy(rows: readonly Row[]): void {
    const text = JSON.stringify(rows);
    if (text === copied) return;
    copied = text;
    copy.write(text).catch((error: unknown) => {
      copied = '';
      report(error);
    });
  }

  async function load(): Promise<void> {
    do {
      again = false;
      const rows = await read();
      put(rows);
      leaveCopy(rows);
    } while (again && !closed);
  }

  /** A change notified during a load may have come too late for it, so it is followed by another one. */
  function reload(): Promise<void> {
    if (loading) {
      again = true;
      return loading;
    }
    loading = load().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  /** Again and again until the list is known: the store of the copy may be away too. */
  async function takeCopy(): Promise<void> {
    if (isKnown || closed) return;
    const text = await copy.read().catch((error: unknown) => {
      report(error);
      return null;
    });
    if (isKnown || closed) return;
    if (text !== null) put(JSON.parse(text) as Row[]);
    else retry = setTimeout(takeCopy, RETRY_MS).unref();
  }

  const reloadQuietly = (): void => {
    if (!closed) reload().catch(report);
  };
  let retry: NodeJS.Timeout = setTimeout(takeCopy, SILENCE_MS).unref();
  const unlisten = metadata.listen(channel, reloadQuietly);
  const timer = setInterval(reloadQuietly, RELOAD_INTERVAL_MS).unref();
  // Not left to the first notification: a Postgres that is away does not notify.
  reload().catch(takeCopy);

  return {
    reload,
    ready,
    async close() {
      closed = true;
      clearInterval(timer);
      clearTimeout(retry);
      await unlisten();
      await loading?.catch(() => {});
    },
  };
}
