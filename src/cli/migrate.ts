import { createClickHouse } from '../clickhouse/client.js';
import { migrateClickHouse } from '../clickhouse/migrate.js';
import { migrateMetadata } from '../metadata/migrate.js';

/** Brings both schemas up to date; the names of the migrations that ran. */
export async function migrateStores(urls: { clickhouseUrl: string; databaseUrl: string }): Promise<string[]> {
  const clickhouse = createClickHouse(urls.clickhouseUrl);
  try {
    const [inClickHouse, inPostgres] = await Promise.all([
      migrateClickHouse(clickhouse),
      migrateMetadata(urls.databaseUrl),
    ]);
    return [
      ...inClickHouse.map((name) => `clickhouse/${name}`),
      ...inPostgres.map((name) => `postgres/${name}`),
    ];
  } finally {
    await clickhouse.close();
  }
}
