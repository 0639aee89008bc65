/**
 * `weir up`: the supervisor.
 *
 *   settings → data folder and its lock → front's port → backends (in parallel) → migrations → api and ingest → ready
 *
 * The processes of api and ingest are there from the backends' start on and read their code meanwhile: they begin when the migrations
 * have run.
 *
 * Stopping goes the other way, so that nothing loses what it leans on: api stops accepting and answers what waits, ingest
 * stores what it holds, then the backends flush. Whatever fails before "ready" stops what had been started.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, findUnknownSettings } from '../config.js';
import {
  type Instance,
  type Keys,
  keepFolderNames,
  markKeysShown,
  readOrMakeKeys,
  removeInstance,
  writeInstance,
} from '../embedded/data-folder.js';
import { nameSeat } from '../embedded/folder-lock.js';
import type { Part } from '../embedded/part.js';
import { findFreePort, isPortFree } from '../embedded/port.js';
import { createRole } from '../embedded/role.js';
import { type KeptPart, keepPart, type RestartNotice } from '../embedded/supervisor.js';
import { type Backends, planBackends, takeFolder } from './backends.js';
import { composeBanner } from './banner.js';
import { CommandError } from './command-error.js';

/** Ports tried after 8080 when it is taken and nobody asked for it by name. */
const PORT_TRIES = 100;
/** api answers requests that wait for storage within this, else they are cut. */
const API_STOP_TIMEOUT_MS = 20_000;
/** ingest finishes sealed batches within this; what is left is repeated at the next start. */
const INGEST_STOP_TIMEOUT_MS = 30_000;

/** Attempts at the schemas while a backend of ours is being started again, and the pause between them. */
const PREPARE_TRIES = 10;
const PREPARE_PAUSE_MS = 500;

export interface UpDeps {
  config: Config;
  /** Brings the schemas of both stores up to date. */
  migrate(urls: { clickhouseUrl: string; databaseUrl: string }): Promise<unknown>;
  /** Makes the keys of the project "default" known; sentences about keys that will not do what their name says. */
  storeKeys(databaseUrl: string, keys: Keys): Promise<string[]>;
  /** Sentences about a Redis of the operator's that keeps less than is promised. Throws when it cannot be reached or used. */
  checkRedis(redisUrl: string): Promise<string[]>;
  onRestart(notice: RestartNotice): void;
  /** Fires when the start is not wanted any more. */
  giveUp: AbortSignal;
}

export interface Up {
  instance: Instance;
  banner: string;
  keys: Keys;
  /** Restarts api and ingest, after the code changed. */
  reload(): Promise<void>;
  /** Drains and ends everything; `force` kills. */
  stop(force?: boolean): Promise<void>;
}

async function choosePort(config: Config): Promise<{ port: number; notice: string | undefined }> {
  const { host, port, portIsChosen } = config;
  if (!(await isPortFree(0, host))) {
    throw new CommandError(
      `WEIR_HOST is ${JSON.stringify(host)}, which is no address of this machine: 127.0.0.1 keeps Weir to it, 0.0.0.0 opens it to the network.`,
    );
  }
  if (port === 0) return { port: await findFreePort(), notice: undefined };
  if (await isPortFree(port, host)) return { port, notice: undefined };
  if (portIsChosen) {
    throw new CommandError(
      `WEIR_PORT is ${port}, but ${host}:${port} is taken or not this user's to take: stop what listens there, or choose another port (0 takes any free one).`,
    );
  }
  for (let next = port + 1; next <= port + PORT_TRIES; next++) {
    if (await isPortFree(next, host))
      return { port: next, notice: `port ${port} is taken, so this is ${next}; set WEIR_PORT to choose` };
  }
  throw new CommandError(
    `No port from ${port} to ${port + PORT_TRIES} is free on ${host}: set WEIR_PORT to a free one.`,
  );
}

/**
 * Starts backends side by side, then prepares what they hold, and roles, which begin when `prepare` is through. When anything fails
 * the rest is given up; parts that came up are in `kept`, to be stopped.
 */
async function keepAll(
  backends: readonly Part[],
  prepare: () => Promise<void>,
  roles: readonly Part[],
  { kept, deps }: { kept: KeptPart[]; deps: UpDeps },
): Promise<void> {
  const failed = new AbortController();
  const giveUp = AbortSignal.any([failed.signal, deps.giveUp]);
  const failures: unknown[] = [];
  const watch = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      failures.push(error);
      failed.abort();
    }
  };
  const keep = (part: Part): Promise<void> =>
    watch(
      keepPart(part, deps.onRestart, giveUp).then((one) => {
        kept.push(one);
      }),
    );
  const lean = async (): Promise<void> => {
    await Promise.all(backends.map(keep));
    if (failures.length === 0) await prepare();
  };
  await Promise.all([watch(lean()), ...roles.map(keep)]);
  if (failures.length > 0) throw failures[0];
}

const ROLES: readonly string[] = ['api', 'ingest'];
const isRole = (name: string): boolean => ROLES.includes(name);

/** Ends parts in order of stopping: api, ingest, then the backends together. */
async function stopAll(kept: readonly KeptPart[], force: boolean): Promise<void> {
  if (force) {
    await Promise.all(kept.map((part) => part.stop(true)));
    return;
  }
  for (const name of ROLES) await kept.find((part) => part.name === name)?.stop();
  await Promise.all(kept.map((part) => part.stop()));
}

/** Schemas and first keys. `wasRestarted` says that one of our backends died meanwhile: then it is worth trying again. */
async function prepareStores(
  deps: UpDeps,
  urls: Backends['urls'],
  keys: Keys,
  wasRestarted: () => boolean,
): Promise<string[]> {
  for (let tries = 1; ; tries++) {
    try {
      await deps.migrate(urls);
      return await deps.storeKeys(urls.databaseUrl, keys);
    } catch (error) {
      await sleep(PREPARE_PAUSE_MS);
      if (!wasRestarted() || tries === PREPARE_TRIES || deps.giveUp.aborted) throw error;
    }
  }
}

/** Starts everything and resolves when the front answers. Throws CommandError or an Error with a sentence. */
export async function startUp(given: UpDeps): Promise<Up> {
  const startedAt = Date.now();
  let restarts = 0;
  const deps: UpDeps = {
    ...given,
    onRestart(notice) {
      if (!isRole(notice.part)) restarts += 1;
      given.onRestart(notice);
    },
  };
  const { config } = deps;
  await takeFolder(config);
  removeInstance(config.dataFolder);
  const { port, notice } = await choosePort(config);
  const { keys, toShow } = readOrMakeKeys(config.dataFolder, config.keys);
  const backends = await planBackends(config);
  const kept: KeptPart[] = [];
  const notices = [...(notice === undefined ? [] : [notice]), ...findUnknownSettings(process.env)];
  try {
    if (config.redisUrl !== undefined) notices.push(...(await deps.checkRedis(config.redisUrl)));
    let begin: () => void = () => {};
    const goAhead = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const prepare = async (): Promise<void> => {
      keepFolderNames(config.dataFolder);
      notices.push(...(await prepareStores(deps, backends.urls, keys, () => restarts > 0)));
      begin();
    };
    const env = {
      WEIR_PORT: String(port),
      CLICKHOUSE_URL: backends.urls.clickhouseUrl,
      REDIS_URL: backends.urls.redisUrl,
      DATABASE_URL: backends.urls.databaseUrl,
    };
    const roles = [
      createRole({ name: 'api', env, goAhead, stopTimeoutMs: API_STOP_TIMEOUT_MS }),
      createRole({
        name: 'ingest',
        env: { ...env, WEIR_SEAT: nameSeat(config.dataFolder) },
        goAhead,
        stopTimeoutMs: INGEST_STOP_TIMEOUT_MS,
      }),
    ];
    await keepAll(backends.parts, prepare, roles, { kept, deps });
  } catch (error) {
    await stopAll(kept, false);
    throw error;
  }
  const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { clickhouseUrl, redisUrl, databaseUrl } = backends.urls;
  const instance = {
    pid: process.pid,
    url,
    clickhouse_url: clickhouseUrl,
    redis_url: redisUrl,
    database_url: databaseUrl,
  };
  writeInstance(config.dataFolder, instance);
  markKeysShown(config.dataFolder);
  return {
    instance,
    keys,
    banner: composeBanner({
      url,
      dataFolder: config.dataFolder,
      embedded: backends.embedded,
      keys,
      showKeys: toShow,
      elapsedMs: Date.now() - startedAt,
      pid: process.pid,
      notices,
      now: new Date(),
    }),
    async reload() {
      await Promise.all(kept.filter(({ name }) => isRole(name)).map((part) => part.restart()));
    },
    async stop(force = false) {
      removeInstance(config.dataFolder);
      await stopAll(kept, force);
    },
  };
}
