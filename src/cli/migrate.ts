import { createClickHouse } from '../clickhouse/client.js';
import { migrateClickHouse } from '../clickhouse/migrate.js';
import { migrateMetadata } from '../metadata/migrate.js';
import { CommandError } from './command-error.js';

/** A failure as a sentence that says which setting leads there; the URL may hold a password and is not repeated. */
export async function nameSetting<T>(setting: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CommandError(`${setting}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Brings both schemas up to date; the names of the migrations that ran. */
export async function migrateStores(urls: { clickhouseUrl: string; databaseUrl: string }): Promise<string[]> {
  const clickhouse = createClickHouse(urls.clickhouseUrl);
  try {
    const [inClickHouse, inPostgres] = await Promise.all([
      nameSetting('CLICKHOUSE_URL', migrateClickHouse(clickhouse)),
      nameSetting('DATABASE_URL', migrateMetadata(urls.databaseUrl)),
    ]);
    return [
      ...inClickHouse.map((name) => `clickhouse/${name}`),
      ...inPostgres.map((name) => `postgres/${name}`),
    ];
  } finally {
    await clickhouse.close();
  }
}
