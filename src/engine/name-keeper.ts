/**
 * Makes names last. The engine syncs the files of a part and then renames its directory, and what lies behind that name is
 * safe; the name itself stands in the table's directory, which the engine does not sync, and neither does it sync the
 * directories in which the definitions of tables get their names (seen in a trace of its system calls, see
 * docs/exactly-once.md, "Power loss"). So before a statement that changed something is answered, every directory of
 * databases and tables that changed since it was last looked at is synced.
 *
 * A directory whose time of change is the one seen before has not changed, unless that time was so recent that the
 * file system's clock may not have ticked since.
 */
import { statSync } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFailure } from './failure.js';

/** ClickHouse's CANNOT_WRITE_TO_FILE_DESCRIPTOR, which it says of a full disk: to be tried again. */
const CANNOT_WRITE = 75;

/** File systems may tell times apart only this finely. */
const CLOCK_TICK_NS = 50_000_000n;

/** Levels below the engine's data folder: `store/4a3/4a37…-…/` holds a table's parts, or a database's definitions. */
const LEVELS = 3;

export interface NameKeeper {
  /** Resolves when every name that was there when it was called is on disk. Throws when the disk refuses. */
  keep(): Promise<void>;
  /** Runs a statement that may change names, and keeps them. */
  keepAfter<T>(statement: () => Promise<T>): Promise<T>;
  /** Keeps what running statements may have made visible already: for an answer that may rest on it. */
  keepVisible(): Promise<void>;
}

interface Seen {
  changedNs: bigint;
  /** Whether it was long enough ago to be told from a later change. */
  settled: boolean;
  children: string[];
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
  } catch (error) {
    if (isGone(error)) throw error;
    throw createFailure(
      CANNOT_WRITE,
      `Cannot sync ${path}: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    await handle?.close();
  }
}

/** Keeps the names under the engine's data folder. The first call syncs every directory it finds. */
export function createNameKeeper(folder: string): NameKeeper {
  const seen = new Map<string, Seen>();
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let changing = 0;

  async function look(path: string, levels: number): Promise<Seen> {
    // Not by way of a thread: the answer is in memory, and there is a folder for each table to ask about.
    const { ctimeNs } = statSync(path, { bigint: true });
    const before = seen.get(path);
    if (before?.settled && before.changedNs === ctimeNs) return before;
    await syncFolder(path);
    const entries = levels > 0 ? await readdir(path, { withFileTypes: true }) : [];
    const now: Seen = {
      changedNs: ctimeNs,
      settled: BigInt(Date.now()) * 1_000_000n - ctimeNs > CLOCK_TICK_NS,
      children: entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name)),
    };
    seen.set(path, now);
    return now;
  }

  async function visit(path: string, levels: number): Promise<void> {
    try {
      const { children } = await look(path, levels);
      for (const child of children) await visit(child, levels - 1);
    } catch (error) {
      // Dropped meanwhile.
      if (!isGone(error)) throw error;
      seen.delete(path);
    }
  }

  function start(): Promise<void> {
    running = visit(folder, LEVELS).finally(() => {
      running = undefined;
    });
    return running;
  }

  /** A run that is under way may have passed what the caller changed: the one after it has not. */
  function keep(): Promise<void> {
    if (!running) return start();
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  }

  return {
    keep,
    async keepAfter(statement) {
      changing += 1;
      try {
        const result = await statement();
        await keep();
        return result;
      } catch (error) {
        // It may have changed something before it failed, such as the first months of a block. Its failure is what is told.
        await keep().catch(() => {});
        throw error;
      } finally {
        changing -= 1;
      }
    },
    keepVisible: () => (changing > 0 ? keep() : Promise.resolve()),
  };
}
