/** A front in the test's own process, on fresh backends: for what needs many requests and no worker. */
import { storeFirstKeys } from '../../src/access/first-keys.js';
import { type Config, loadConfig, type TransportName } from '../../src/config.js';
import { type Api, runApi } from '../../src/http/run.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { freshClickHouse, freshPostgres, freshRedis } from './stack.js';

export interface Front extends Api {
  keys: { admin: string; read: string; write: string };
  config: Config;
}

export const FRONT_KEYS = {
  admin: 'weir_a_0123456789abcdef',
  read: 'weir_r_0123456789abcdef',
  write: 'weir_w_0123456789abcdef',
};

/** Starts a front on backends of its own. The test stops it. */
export async function startFront(transport: TransportName, env: Record<string, string> = {}): Promise<Front> {
  const [clickhouse, redis, postgres] = await Promise.all([
    freshClickHouse(),
    freshRedis(),
    freshPostgres({ migrate: false }),
  ]);
  await migrateMetadata(postgres.url);
  await storeFirstKeys(postgres.url, FRONT_KEYS);
  const config = loadConfig({
    WEIR_PORT: '0',
    WEIR_LOG: 'warn',
    WEIR_TRANSPORT: transport,
    CLICKHOUSE_URL: clickhouse.url,
    REDIS_URL: redis.url,
    DATABASE_URL: postgres.url,
    ...env,
  });
  const api = await runApi(config);
  return { ...api, config, keys: FRONT_KEYS };
}
