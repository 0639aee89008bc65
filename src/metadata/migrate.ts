/**
 * Brings the Postgres schema forward. Migrations are `migrations/postgres/NNNN_name.sql`: applied once each, in order, all
 * pending ones in one transaction under an advisory lock, so that two processes starting together cannot collide. The
 * ledger keeps a checksum: a file that was edited after it was applied stops the start, because what it says is not what
 * the database holds.
 *
 * A migration whose first line is `-- breaking` cannot be worked with by code that does not know it: an older binary that
 * finds one in the ledger refuses to start. Unknown migrations that are not breaking are left alone.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { MetadataError } from '../errors.js';
import { fromRoot } from '../paths.js';
import { toMetadataError } from './failure.js';
import { loadStatement } from './statement.js';

/** Any number, the same in every version of Weir. */
const MIGRATION_LOCK = 7_237_418_804;
/** How long a start waits for another process's migration. */
const LOCK_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;

const CREATE_LEDGER = loadStatement('migrations-create');
const LIST_LEDGER = loadStatement('migrations-list');
const ADD_TO_LEDGER = loadStatement('migrations-add');

interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
  breaking: boolean;
}

interface LedgerRow {
  version: number;
  name: string;
  checksum: string;
  breaking: boolean;
}

/** Reads a folder's migrations in order. Throws MetadataError `migration_misnamed` for a file that has no place in it. */
export function readMigrations(folder: string): Migration[] {
  const migrations = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const match = /^(\d{4})_([a-z0-9_-]+)\.sql$/.exec(file);
      if (!match) throw new MetadataError(`${file} is not named NNNN_name.sql`, 'migration_misnamed', false);
      const sql = readFileSync(join(folder, file), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return {
        version: Number(match[1]),
        name: match[2]!,
        sql,
        checksum,
        breaking: /^-- breaking\b/.test(sql),
      };
    });
  for (const [i, { version, name }] of migrations.entries()) {
    if (i > 0 && migrations[i - 1]!.version === version) {
      throw new MetadataError(
        `two migrations are numbered ${version}; the second is ${name}`,
        'migration_misnamed',
        false,
      );
    }
  }
  return migrations;
}

/** The migrations still to apply, or a MetadataError when ledger and files cannot be reconciled. */
export function planMigrations(migrations: readonly Migration[], ledger: readonly LedgerRow[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const row of ledger) {
    const migration = known.get(row.version);
    if (!migration && row.breaking) {
      throw new MetadataError(
        `this database was migrated by a newer Weir (${row.version} ${row.name}), which this version cannot work with: start the newer version`,
        'schema_newer',
        false,
      );
    }
    if (migration && migration.checksum !== row.checksum) {
      throw new MetadataError(
        `migration ${row.version} (${migration.name}) was edited after it was applied: restore the file and add a new migration instead`,
        'migration_edited',
        false,
      );
    }
  }
  const applied = new Set(ledger.map((row) => row.version));
  return migrations.filter((migration) => !applied.has(migration.version));
}

/**
 * Applies what is pending; the names of what was applied. Throws MetadataError: `schema_newer`, `migration_edited`, or
 * Postgres's own code, and then nothing was applied.
 */
export async function migrateMetadata(
  url: string,
  folder = fromRoot('migrations', 'postgres'),
): Promise<string[]> {
  const migrations = readMigrations(folder);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('begin');
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(CREATE_LEDGER);
    const ledger = (await client.query<LedgerRow>(LIST_LEDGER)).rows;
    const pending = planMigrations(migrations, ledger);
    for (const { version, name, sql, checksum, breaking } of pending) {
      await client.query(sql);
      await client.query(ADD_TO_LEDGER, [version, name, checksum, breaking]);
    }
    await client.query('commit');
    return pending.map(({ version, name }) => `${String(version).padStart(4, '0')}_${name}`);
  } catch (error) {
    throw toMetadataError(error);
  } finally {
    // Ends the session, and with it an unfinished transaction.
    await client.end().catch(() => {});
  }
}
