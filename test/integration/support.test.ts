import pg from 'pg';
import { createClient } from 'redis';
import { expect, test } from 'vitest';
import { freshClickHouse, freshPostgres, freshRedis, runClickHouse } from '../support/stack.js';

test('each fresh Postgres is a database of its own', async () => {
  const [first, second] = await Promise.all([
    freshPostgres({ migrate: false }),
    freshPostgres({ migrate: false }),
  ]);
  const ask = async (url: string, sql: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  };
  await ask(first.url, 'create table only_here (n int)');
  const find = "select count(*)::int as n from pg_tables where tablename = 'only_here'";
  expect(await ask(first.url, find)).toEqual([{ n: 1 }]);
  expect(await ask(second.url, find)).toEqual([{ n: 0 }]);
});

test('each fresh Redis is an empty database of its own', async () => {
  const [first, second] = await Promise.all([freshRedis(), freshRedis()]);
  const open = async (url: string) => {
    const { pathname, searchParams } = new URL(url);
    return createClient({
      socket: { path: pathname, tls: false },
      database: Number(searchParams.get('db')),
    }).connect();
  };
  const a = await open(first.url);
  const b = await open(second.url);
  await a.set('only-here', '1');
  expect(await b.dbSize()).toBe(0);
  expect(await a.dbSize()).toBe(1);
  await a.close();
  await b.close();
});

test('each fresh ClickHouse is a migrated database of its own', async () => {
  const [first, second] = await Promise.all([freshClickHouse(), freshClickHouse()]);
  const insert = "insert into events (project, event, event_id) values ('p', 'only_here', 'e1')";
  await runClickHouse(first.url, insert);
  expect(await runClickHouse(first.url, 'select count() from events')).toBe('1\n');
  expect(await runClickHouse(second.url, 'select count() from events')).toBe('0\n');
});
