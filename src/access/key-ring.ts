/**
 * Every key in force, in this process's memory, by its hash. The front asks it at each request and never waits for Postgres.
 *
 *   loaded       at start, and again whenever Postgres notifies of a change (within milliseconds, also after a reconnection)
 *   Postgres away  known keys go on working, at most STALE_MAX_MS; then nothing is known and requests get 503
 *   started while Postgres is away   the list is taken from the copy that every load leaves in Redis, under the same limit of
 *                age; without a copy nothing is known and requests get 503
 *   unknown key  may have been made a moment ago elsewhere: one reload is awaited, shared by everybody who asks, at most one
 *                each MISS_RELOAD_INTERVAL_MS, so that guessing keys costs Postgres next to nothing
 *
 * A whole list instead of an entry a key: there are few keys, a revoked one needs no message of its own, and there is no cache
 * of wrong keys to bound.
 */
import { MetadataError } from '../errors.js';
import type { Metadata } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import type { Access, KeyLimits, ProjectSettings } from './access.js';
import { hashKey, KEY_LENGTH_MAX, type Scope } from './key.js';
import type { KeyCopy } from './key-copy.js';

/** Keys in force of the whole instance; about 400 bytes each. */
const KEYS_MAX = 100_000;
/** How long known keys go on while Postgres is away: long enough for a bad night, so that events are not lost to it. */
const STALE_MAX_MS = 24 * 3_600_000;
/** A reload even if nothing was notified: the net under NOTIFY. */
const RELOAD_INTERVAL_MS = 30_000;
/** An unchanged list is written to the copy again after this, so that its age says when Postgres was last read. */
const COPY_INTERVAL_MS = 10 * 60_000;
/** How often unknown keys may cause a reload. */
const MISS_RELOAD_INTERVAL_MS = 250;
/** A reload that takes longer than this is not waited for by requests. */
const MISS_WAIT_MS = 2_000;

const LIST = loadStatement('access-list');
const CHANNEL = 'weir_access';

interface AccessRow {
  keyId: string;
  hash: string;
  project: string;
  scopes: Scope[];
  /** Not in a copy that an earlier version left. */
  limits?: KeyLimits;
  settings: ProjectSettings;
}

export interface KeyRing {
  /** What a key opens, from memory; undefined when it is not known here. Throws MetadataError when the list is too old. */
  find(key: string): Access | undefined;
  /** As `find`, after one more look into Postgres for a key that is not known here. Throws MetadataError. */
  findFresh(key: string): Promise<Access | undefined>;
  /** Reads the list again now: after this process itself made or revoked a key. Throws MetadataError. */
  reload(): Promise<void>;
  /** Resolves when the keys are known, from Postgres or from the copy. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface KeyRingOptions {
  /** Current time in ms; for tests of staleness. */
  now?: () => number;
  staleMaxMs?: number;
  /** Absent: a start without Postgres knows no key. */
  copy?: KeyCopy;
  onError?: (error: Error) => void;
}

/** Loads the keys in the background and keeps them current until closed. */
export function createKeyRing(metadata: Metadata, options: KeyRingOptions = {}): KeyRing {
  const now = options.now ?? Date.now;
  const staleMaxMs = options.staleMaxMs ?? STALE_MAX_MS;
  let keys = new Map<string, Access>();
  let copied = { text: '', at: Number.NEGATIVE_INFINITY };
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;
  let again = false;
  let missAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  async function load(): Promise<void> {
    const startedAt = now();
    const rows = await metadata.query<AccessRow>(LIST, [KEYS_MAX + 1]);
    if (rows.length > KEYS_MAX) {
      options.onError?.(
        new MetadataError(`more than ${KEYS_MAX} keys: the newest are ignored`, 'too_many_keys', false),
      );
      rows.length = KEYS_MAX;
    }
    keys = indexByHash(rows);
    loadedAt = startedAt;
    leaveCopy(rows, startedAt);
  }

  /** Nobody waits for it: it is for another day. */
  function leaveCopy(rows: readonly AccessRow[], readAt: number): void {
    const text = JSON.stringify(rows);
    if (!options.copy || (text === copied.text && readAt - copied.at < COPY_INTERVAL_MS)) return;
    copied = { text, at: readAt };
    options.copy.write(JSON.stringify({ readAt, rows })).catch((error: Error) => {
      copied = { text: '', at: Number.NEGATIVE_INFINITY };
      options.onError?.(error);
    });
  }

  async function takeCopy(): Promise<void> {
    const text = await options.copy?.read();
    if (!text || loadedAt !== Number.NEGATIVE_INFINITY) return;
    const { readAt, rows } = JSON.parse(text) as { readAt: number; rows: AccessRow[] };
    keys = indexByHash(rows);
    loadedAt = readAt;
    reportReady();
  }

  /** A change notified during a load may have come too late for it, so it is followed by another one. */
  function reload(): Promise<void> {
    if (loading) {
      again = true;
      return loading;
    }
    const run = async (): Promise<void> => {
      do {
        again = false;
        await load();
      } while (again && !closed);
    };
    loading = run().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  const reloadQuietly = (): void => {
    reload().catch((error: Error) => options.onError?.(error));
  };

  let reportReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    reportReady = resolve;
  });
  const loadFirst = (): void => {
    reload().then(reportReady, (error: Error) => options.onError?.(error));
  };
  const unlisten = metadata.listen(CHANNEL, loadFirst);
  // Not left to the first notification: a Postgres that is away does not notify.
  reload().then(reportReady, () => takeCopy().catch((error: Error) => options.onError?.(error)));
  const timer = setInterval(reloadQuietly, RELOAD_INTERVAL_MS);
  timer.unref();

  function find(key: string): Access | undefined {
    if (now() - loadedAt > staleMaxMs) {
      throw new MetadataError('the keys could not be read from Postgres', 'keys_unknown', true);
    }
    return key.length > KEY_LENGTH_MAX ? undefined : keys.get(hashKey(key));
  }

  async function findFresh(key: string): Promise<Access | undefined> {
    const neverLoaded = loadedAt === Number.NEGATIVE_INFINITY;
    if (!neverLoaded) {
      const known = find(key);
      if (known || key.length > KEY_LENGTH_MAX) return known;
    }
    if (!loading && now() - missAt >= MISS_RELOAD_INTERVAL_MS) {
      missAt = now();
      reloadQuietly();
    }
    if (loading) await Promise.race([loading.catch(() => {}), wait(MISS_WAIT_MS)]);
    return find(key);
  }

  return {
    find,
    findFresh,
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

const indexByHash = (rows: readonly AccessRow[]): Map<string, Access> =>
  new Map(
    rows.map(({ hash, keyId, project, scopes, limits = {}, settings }) => [
      hash,
      { keyId, project, scopes: new Set(scopes), limits, settings },
    ]),
  );

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
