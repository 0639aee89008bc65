/**
 * Where everything starts: `weir COMMAND`. The command line is given what it may start; rooms are loaded only by the commands
 * that need them, so that `weir send` does not open a database.
 */
import type { Rooms } from './cli/rooms.js';
import { runCommandLine } from './cli/run.js';

const rooms: Rooms = {
  async createLog(component) {
    const { createLogger } = await import('./telemetry/log.js');
    return createLogger(component);
  },
  async migrate({ clickhouseUrl, databaseUrl }) {
    const { migrateStores } = await import('./cli/migrate.js');
    return migrateStores({ clickhouseUrl, databaseUrl });
  },
  async checkRedis(redisUrl) {
    const { inspectRedis } = await import('./cli/inspect-redis.js');
    return inspectRedis(redisUrl);
  },
  async storeKeys(databaseUrl, keys) {
    const { storeFirstKeys } = await import('./access/first-keys.js');
    return storeFirstKeys(databaseUrl, keys);
  },
  async loadApi() {
    const { runApi } = await import('./http/run.js');
    return runApi;
  },
  async loadIngest() {
    const { runIngest } = await import('./ingest/run.js');
    return runIngest;
  },
  async runEngine(options) {
    const { runEngine } = await import('./engine/run.js');
    const engine = await runEngine(options);
    return { stop: () => engine.close() };
  },
};

await runCommandLine(process.argv, rooms);
