/** Which backends a command starts for itself: one for each URL that is not set, on the data folder that it takes for itself. */
import { join } from 'node:path';
import type { Config } from '../config.js';
import { openDataFolder, readInstance, readPassword } from '../embedded/data-folder.js';
import { createEngine } from '../embedded/engine.js';
import { lockFolder } from '../embedded/folder-lock.js';
import type { Backend } from '../embedded/part.js';
import { findFreePort } from '../embedded/port.js';
import { createPostgres } from '../embedded/postgres.js';
import { createRedis } from '../embedded/redis.js';
import { requireRedisServer } from '../embedded/redis-server.js';
import { CommandError } from './command-error.js';

export interface Backends {
  parts: Backend[];
  urls: { clickhouseUrl: string; redisUrl: string; databaseUrl: string };
  embedded: string[];
}

/** The backends to start, for each URL that is not set, and where all of them answer. */
export async function planBackends(config: Config): Promise<Backends> {
  const folder = config.dataFolder;
  const password = readPassword(folder);
  const logFile = (name: string): string => join(folder, 'logs', `${name}.log`);
  const parts: Backend[] = [];
  const embedded: string[] = [];
  const choose = async (
    url: string | undefined,
    title: string,
    create: () => Promise<Backend>,
  ): Promise<string> => {
    if (url !== undefined) return url;
    const backend = await create();
    parts.push(backend);
    embedded.push(title);
    return backend.url;
  };
  const clickhouseUrl = await choose(config.clickhouseUrl, 'ClickHouse', async () =>
    createEngine({ folder: join(folder, 'engine'), port: await findFreePort(), password }),
  );
  const redisUrl = await choose(config.redisUrl, 'Redis', async () =>
    createRedis({
      folder: join(folder, 'redis'),
      program: requireRedisServer({ tell: console.error }),
      logFile: logFile('redis'),
    }),
  );
  const databaseUrl = await choose(config.databaseUrl, 'PostgreSQL', async () =>
    createPostgres({
      folder: join(folder, 'postgres'),
      port: await findFreePort(),
      password,
      logFile: logFile('postgres'),
    }),
  );
  return { parts, urls: { clickhouseUrl, redisUrl, databaseUrl }, embedded };
}

/** Makes the data folder and takes it for this process. Throws CommandError when another Weir has it. */
export async function takeFolder(config: Config): Promise<void> {
  openDataFolder(config.dataFolder);
  if (await lockFolder(config.dataFolder)) return;
  const other = readInstance(config.dataFolder);
  const where = other
    ? `the Weir at ${other.url} (process ${other.pid})`
    : 'another Weir that is starting or stopping';
  throw new CommandError(
    `WEIR_DATA ${config.dataFolder} is in use by ${where}: stop it, or run beside it with WEIR_DATA and WEIR_PORT of its own.`,
  );
}
