/** Migrations, transactions and notifications on a real PostgreSQL. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MetadataError } from '../../src/errors.js';
import { createMetadata, type Metadata } from '../../src/metadata/metadata.js';
import { migrateMetadata } from '../../src/metadata/migrate.js';
import { freshPostgres } from '../support/stack.js';

const open: Metadata[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const metadata of open.splice(0)) await metadata.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function openFresh(): Promise<{ url: string; metadata: Metadata }> {
  const { url } = await freshPostgres({ migrate: false });
  const metadata = createMetadata(url);
  open.push(metadata);
  return { url, metadata };
}

function writeMigrations(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-migrations-'));
  folders.push(folder);
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return folder;
}

const ONE = { '0001_a.sql': 'create table a (id integer)' };
const TWO = { ...ONE, '0002_b.sql': 'create table b (id integer)' };

describe('migrations', () => {
  it('bring an empty database to the present, once', async () => {
    const { url, metadata } = await openFresh();
    expect(await migrateMetadata(url)).toContain('0001_projects_keys');
    expect(await migrateMetadata(url)).toEqual([]);
    expect(await metadata.query('select id from projects')).toEqual([]);
  });

  it('are applied by one of two processes that start together', async () => {
    const { url } = await openFresh();
    const applied = await Promise.all([migrateMetadata(url), migrateMetadata(url), migrateMetadata(url)]);
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
  });

  it('apply all that is pending or nothing', async () => {
    const { url, metadata } = await openFresh();
    const folder = writeMigrations({ ...ONE, '0002_b.sql': 'create table b (id nonsense)' });
    await expect(migrateMetadata(url, folder)).rejects.toMatchObject({
      name: 'MetadataError',
      code: '42704',
    });
    await expect(metadata.query('select id from a')).rejects.toMatchObject({ code: '42P01' });
  });

  it('refuse a file that was edited after it was applied', async () => {
    const { url } = await openFresh();
    await migrateMetadata(url, writeMigrations(ONE));
    const edited = writeMigrations({ '0001_a.sql': 'create table a (id bigint)' });
    await expect(migrateMetadata(url, edited)).rejects.toMatchObject({ code: 'migration_edited' });
  });

  it('let an older version work beside a newer schema, unless the newer one is marked as breaking', async () => {
    const { url } = await openFresh();
    await migrateMetadata(url, writeMigrations(TWO));
    expect(await migrateMetadata(url, writeMigrations(ONE))).toEqual([]);
    await migrateMetadata(
      url,
      writeMigrations({ ...TWO, '0003_c.sql': '-- breaking\nalter table b add column c integer' }),
    );
    await expect(migrateMetadata(url, writeMigrations(TWO))).rejects.toMatchObject({ code: 'schema_newer' });
  });

  it('refuse files that have no place in the order', async () => {
    const { url } = await openFresh();
    const wrong: Record<string, string>[] = [{ 'first.sql': '' }, { '0001_a.sql': '', '0001_b.sql': '' }];
    for (const files of wrong) {
      await expect(migrateMetadata(url, writeMigrations(files))).rejects.toMatchObject({
        code: 'migration_misnamed',
      });
    }
  });

  it('say so when Postgres is not there', async () => {
    const failure = await migrateMetadata('postgres://weir:x@127.0.0.1:1/weir').catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(MetadataError);
    expect(failure).toMatchObject({ code: 'ECONNREFUSED', retryable: true });
  });
});

describe('a transaction', () => {
  it('is rolled back when its work throws, and the connection serves again', async () => {
    const { metadata } = await openFresh();
    await metadata.query('create table t (id integer primary key)');
    for (let i = 0; i < 20; i++) {
      const work = metadata.transaction(async (run) => {
        await run.query('insert into t values (1)');
        throw new Error('changed my mind');
      });
      await expect(work).rejects.toThrow('changed my mind');
    }
    await metadata.transaction((run) => run.query('insert into t values ($1)', [2]));
    expect(await metadata.query('select id from t')).toEqual([{ id: 2 }]);
  });

  it('reports a constraint by its code', async () => {
    const { metadata } = await openFresh();
    await metadata.query('create table t (id integer primary key)');
    await metadata.query('insert into t values (1)');
    await expect(metadata.query('insert into t values (1)')).rejects.toMatchObject({
      code: '23505',
      retryable: false,
    });
  });
});

describe('listening', () => {
  it('hears notifications, and hears of every reconnection', async () => {
    const { metadata } = await openFresh();
    const heard: string[] = [];
    let wake: () => void = () => {};
    const stop = metadata.listen('news', (payload) => {
      heard.push(payload);
      wake();
    });
    const waitFor = async (count: number): Promise<void> => {
      while (heard.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    await waitFor(1);
    await metadata.query(`select pg_notify('news', 'first')`);
    await waitFor(2);
    await metadata.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`,
    );
    await waitFor(3);
    await metadata.query(`select pg_notify('news', 'second')`);
    await waitFor(4);
    expect(heard).toEqual(['', 'first', '', 'second']);
    await stop();
  });
});

it('a lost connection is not the end of the process', async () => {
  const { metadata } = await openFresh();
  await metadata.ping();
  const kill = metadata.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()`,
  );
  await kill.catch(() => {});
  await metadata.ping().catch(() => {});
  await metadata.ping();
});
