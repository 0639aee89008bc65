/**
 * Brings the schema up to date. A migration is one file with one statement, named `0001_what.sql`, and is never edited
 * once it has run anywhere: its checksum is kept in `schema_migrations`, and another text under the same name stops the
 * start.
 *
 * ClickHouse has no transactions for schema changes and no locks for us, so safety comes from the statements: each one
 * can be run twice (`if not exists`, `or replace`). Two processes that migrate at once then do the same thing twice, and
 * a process that died between a statement and its record repeats the statement.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.js';
import { fromRoot } from '../paths.js';
import type { ClickHouse } from './client.js';

const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/;

/** Of our own, beside ClickHouse's numbers: the schema is not what the files say. */
const CHANGED_CODE = 'MIGRATION_CHANGED';
const CLUSTER_CODE = 'CLUSTER_NOT_SUPPORTED';

const LEDGER = `create table if not exists schema_migrations
(
    name String,
    checksum String,
    applied_at DateTime64(3, 'UTC') default now64(3)
)
engine = MergeTree
order by name
settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1`;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

function listMigrations(folder: string): Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const wrong = names.find((name) => !FILE_NAME.test(name));
  if (wrong) throw new Error(`${join(folder, wrong)}: a migration is called 0001_what.sql`);
  return names.map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim();
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/** Where the Replicated and Distributed forms of the tables will be made from the same files; nothing is yet. */
function refuseCluster(cluster: string | undefined): void {
  if (!cluster) return;
  throw new EngineError(
    'CLICKHOUSE_CLUSTER is set, but tables on a cluster cannot be made yet: unset it, or migrate by hand',
    CLUSTER_CODE,
    false,
  );
}

export interface MigrateOptions {
  /** Folder of the files; that of this project when absent. */
  folder?: string;
  /** Name of a ClickHouse cluster, as CLICKHOUSE_CLUSTER gives it. */
  cluster?: string;
}

/**
 * Makes the client's database when it is missing and runs every migration that has not run there, in the order of their
 * names. Returns the names of those it ran. Throws EngineError: ClickHouse's own, or `MIGRATION_CHANGED`.
 */
export async function migrateClickHouse(client: ClickHouse, options: MigrateOptions = {}): Promise<string[]> {
  refuseCluster(options.cluster);
  const migrations = listMigrations(options.folder ?? fromRoot('migrations', 'clickhouse'));
  await client.createDatabase();
  await client.command(LEDGER);
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations',
  );
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const ran: string[] = [];
  for (const { name, sql, checksum } of migrations) {
    const known = applied.get(name);
    if (known === checksum) continue;
    if (known !== undefined)
      throw new EngineError(
        `migration ${name} has run in database ${client.database} with another text: put the old text back and write a new migration`,
        CHANGED_CODE,
        false,
      );
    await client.command(sql);
    await client.insertRows('schema_migrations', [{ name, checksum }], { token: name });
    ran.push(name);
  }
  return ran;
}
