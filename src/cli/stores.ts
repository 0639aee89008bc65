/**
 * The stores for a command that works on them directly: those of the three URLs, else those of the Weir that runs on
 * WEIR_DATA, else its own on that folder for as long as the command takes.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { readInstance } from '../embedded/data-folder.js';
import { lockFolder } from '../embedded/folder-lock.js';
import { planBackends } from './backends.js';
import { CommandError } from './command-error.js';

export interface Stores {
  clickhouseUrl: string;
  redisUrl: string;
  /** Undefined: only what is kept in ClickHouse and Redis can be looked at. */
  databaseUrl: string | undefined;
  /** Ends what was started. */
  close(): Promise<void>;
}

function findRunning(config: Config): Stores {
  const instance = readInstance(config.dataFolder);
  if (instance === undefined)
    throw new CommandError(`The Weir on ${config.dataFolder} is starting or stopping: try again.`);
  return {
    clickhouseUrl: config.clickhouseUrl ?? instance.clickhouse_url,
    redisUrl: config.redisUrl ?? instance.redis_url,
    databaseUrl: config.databaseUrl ?? instance.database_url,
    close: async () => {},
  };
}

async function startOwn(config: Config): Promise<Stores> {
  const { parts, urls } = await planBackends(config);
  const started = await Promise.allSettled(parts.map((part) => part.start()));
  const children = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed === undefined) return { ...urls, close };
  await close();
  throw failed.reason;
}

/** Opens them. Throws CommandError when there are none. */
export async function openStores(config: Config): Promise<Stores> {
  const { clickhouseUrl, redisUrl, databaseUrl, dataFolder } = config;
  if (clickhouseUrl !== undefined && redisUrl !== undefined)
    return { clickhouseUrl, redisUrl, databaseUrl, close: async () => {} };
  if (!existsSync(join(dataFolder, 'embedded.json'))) {
    throw new CommandError(
      `There is no Weir on ${dataFolder}: set WEIR_DATA to its folder, or CLICKHOUSE_URL, REDIS_URL and DATABASE_URL.`,
    );
  }
  const lock = await lockFolder(dataFolder);
  if (lock === undefined) return findRunning(config);
  const stores = await startOwn(config);
  return {
    ...stores,
    async close() {
      await stores.close();
      lock.release();
    },
  };
}
