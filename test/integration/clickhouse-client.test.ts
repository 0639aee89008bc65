/** The client room against a real engine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import { EngineError } from '../../src/errors.js';
import { EVENT_COLUMNS } from '../../src/event/columns.js';
import { createRawClient, listRunning, type RawClient } from '../support/engine.js';
import { freshClickHouse } from '../support/stack.js';

let url: string;
let clickhouse: ClickHouse;
let raw: RawClient;

beforeAll(async () => {
  url = (await freshClickHouse({ migrate: false })).url;
  clickhouse = createClickHouse(url);
  raw = createRawClient(url);
  await clickhouse.command(`create table t (a UInt32, b String, n UInt64 default 1, j JSON) engine = MergeTree order by a
    settings non_replicated_deduplication_window = 100`);
});

afterAll(() => clickhouse.close());

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

async function count(where = '1'): Promise<number> {
  const { rows } = await clickhouse.query<{ rows: number }>(`select count() as rows from t where ${where}`);
  return rows[0]!.rows;
}

describe('query', () => {
  test('gives rows, and what it cost', async () => {
    const { rows, statistics } = await clickhouse.query<{ k: number; n: number }>(
      'select number % {m:UInt8} as k, count() as n from numbers(1000) group by k order by k',
      { params: { m: 2 } },
    );
    expect(rows).toEqual([
      { k: 0, n: 500 },
      { k: 1, n: 500 },
    ]);
    expect(statistics).toMatchObject({ rowsRead: 1_000, bytesRead: 8_000 });
    expect(statistics.elapsedMs).toBeGreaterThan(0);
  });

  test('keeps the digits of integers beyond 2^53', async () => {
    const { rows } = await clickhouse.query(
      "select 9007199254740992 as exact, 9007199254740993 as beyond, [18446744073709551615, 7] as list, '123456789012345678' as text",
    );
    expect(rows).toEqual([
      {
        exact: 9_007_199_254_740_992,
        beyond: '9007199254740993',
        list: ['18446744073709551615', 7],
        text: '123456789012345678',
      },
    ]);
  });

  test('a statement may end in a comment', async () => {
    expect((await clickhouse.query('select 1 as x -- done')).rows).toEqual([{ x: 1 }]);
  });

  test('settings are those of the call', async () => {
    const ask = async (settings?: Record<string, number>): Promise<unknown> =>
      (await clickhouse.query("select getSetting('max_block_size') as v", { settings })).rows[0];
    expect(await ask({ max_block_size: 99 })).toEqual({ v: 99 });
    expect(await ask()).not.toEqual({ v: 99 });
  });

  test('an error carries the code and whether to try again', async () => {
    const error = await caught(clickhouse.query('select nope'));
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({
      code: '47',
      retryable: false,
      message: expect.stringContaining('nope') as string,
    });
    const tooMuch = await caught(
      clickhouse.query('select groupArray(number) from numbers(100000000)', {
        settings: { max_memory_usage: 10_000_000 },
      }),
    );
    expect(tooMuch).toMatchObject({ code: '241', retryable: true });
  });

  test('ends at its time limit, or when the caller says so', async () => {
    const endless = 'select sum(sipHash64(number, 88)) from numbers(1000000000000)';
    expect(await caught(clickhouse.query(endless, { timeoutMs: 300 }))).toMatchObject({
      code: '159',
      retryable: true,
    });
    const abort = new AbortController();
    const running = caught(clickhouse.query(endless, { signal: abort.signal }));
    await vi.waitFor(async () => expect((await listRunning(raw)).join()).toContain('number, 88'), {
      timeout: 120_000,
    });
    abort.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED', retryable: false });
    await vi.waitFor(async () => expect((await listRunning(raw)).join()).not.toContain('number, 88'), {
      timeout: 120_000,
    });
  });

  test('an engine that is not there is worth another try', async () => {
    const nobody = createClickHouse('http://weir:pw@127.0.0.1:1/weir');
    expect(await caught(nobody.ping())).toMatchObject({ code: 'ECONNREFUSED', retryable: true });
    await nobody.close();
  });

  test('a wrong password is not', async () => {
    const wrong = new URL(url);
    wrong.password = 'wrong';
    const stranger = createClickHouse(wrong.href);
    expect(await caught(stranger.ping())).toMatchObject({ code: '516', retryable: false });
    await stranger.close();
  });

  test('closing ends what runs', async () => {
    const other = createClickHouse(url);
    const running = caught(other.query('select sum(sipHash64(number, 99)) from numbers(1000000000000)'));
    await vi.waitFor(async () => expect((await listRunning(raw)).join()).toContain('number, 99'), {
      timeout: 120_000,
    });
    await other.close();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
  });
});

describe('streams', () => {
  test('give rows in groups, and end when the loop does', async () => {
    let rows = 0;
    for await (const group of clickhouse.queryStream<{ number: number }>(
      'select number from numbers(200000)',
    ))
      rows += group.length;
    expect(rows).toBe(200_000);
    for await (const group of clickhouse.queryStream<{ n: number }>(
      'select number + 55 as n from system.numbers',
    )) {
      expect(group[0]).toEqual({ n: 55 });
      break;
    }
    await vi.waitFor(async () => expect((await listRunning(raw)).join()).not.toContain('number + 55'), {
      timeout: 120_000,
    });
  });

  test('fail with the engine error that broke them', async () => {
    const read = async (): Promise<void> => {
      const sql = 'select throwIf(number = 3000000) from numbers(4000000)';
      for await (const _ of clickhouse.queryStream(sql));
    };
    expect(await caught(read())).toMatchObject({ code: '395', retryable: false });
  });

  test('of bytes come in any format, and fail when they are not whole', async () => {
    const read = async (sql: string, format: string): Promise<Buffer> => {
      const chunks: Buffer[] = [];
      for await (const chunk of await clickhouse.queryRaw(sql, format)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    };
    expect((await read('select number from numbers(3)', 'CSV')).toString()).toBe('0\n1\n2\n');
    expect((await read('select number from numbers(1000)', 'Parquet')).subarray(0, 4).toString()).toBe(
      'PAR1',
    );
    const late = read('select throwIf(number = 3000000), number from numbers(4000000)', 'CSV');
    expect(await caught(late)).toMatchObject({ code: '395', retryable: false });
    expect(await caught(read('select nope', 'CSV'))).toMatchObject({ code: '47' });
  });
});

describe('inserts', () => {
  test('of a Native block arrive once for each token', async () => {
    const { bytes } = await raw.send(
      `select number::UInt32 as a, 'native' as b, '{"p":1}'::JSON as j from numbers(1000) format Native`,
    );
    await clickhouse.insertNative('t', ['a', 'b', 'j'], bytes, { token: 'x' });
    await clickhouse.insertNative('t', ['a', 'b', 'j'], bytes, { token: 'x' });
    expect(await count("b = 'native' and n = 1")).toBe(1_000);
    await clickhouse.insertNative('t', ['a', 'b', 'j'], bytes, { token: 'y' });
    expect(await count("b = 'native'")).toBe(2_000);
  });

  test('of a broken block store nothing', async () => {
    const { bytes } = await raw.send(
      "select number::UInt32 as a, 'cut' as b from numbers(1000) format Native",
    );
    const error = await caught(clickhouse.insertNative('t', ['a', 'b'], bytes.subarray(0, 500)));
    expect(error).toMatchObject({ code: '33', retryable: false });
    expect(await count("b = 'cut'")).toBe(0);
  });

  test('of objects take missing columns from their defaults', async () => {
    await clickhouse.insertRows(
      't',
      [
        { a: 1, b: 'object' },
        { a: 2, b: 'object', n: 5, j: { x: 1 } },
      ],
      { token: 'o' },
    );
    const { rows } = await clickhouse.query("select a, n from t where b = 'object' order by a");
    expect(rows).toEqual([
      { a: 1, n: 1 },
      { a: 2, n: 5 },
    ]);
  });

  test('into names of any content are names', async () => {
    await clickhouse.command('create table `odd``; drop table t; --` (`c\\`1` UInt8) engine = Memory');
    await clickhouse.insertRows('odd`; drop table t; --', [{ 'c`1': 1 }]);
    expect(await count()).toBeGreaterThan(0);
  });
});

describe('migrations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-migrations-'));
  const write = (name: string, sql: string): void => writeFileSync(join(folder, name), sql);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('run once each, in order, also when several start at once, and also in a database that is not there', async () => {
    const target = new URL(url);
    target.pathname = `${target.pathname}_migrated`;
    const [one, two] = [createClickHouse(target.href), createClickHouse(target.href)];
    const ran = await Promise.all([migrateClickHouse(one), migrateClickHouse(two)]);
    expect(Math.max(...ran.map((names) => names.length))).toBeGreaterThan(0);
    expect(await migrateClickHouse(one)).toEqual([]);
    const { rows } = await one.query<{ name: string }>('select name from schema_migrations order by name');
    expect(rows.map((row) => row.name)).toEqual([...new Set(rows.map((row) => row.name))]);
    expect(rows[0]?.name).toBe('0001_events.sql');
    const { rows: engines } = await one.query(
      'select engine from system.databases where name = currentDatabase()',
    );
    expect(engines).toEqual([{ engine: 'Atomic' }]);
    const { rows: columns } = await one.query<{ name: string; type: string }>(
      "select name, type from system.columns where database = currentDatabase() and table = 'events' and default_kind = '' order by position",
    );
    const written = EVENT_COLUMNS.map(({ name, type }) => [name, type]);
    expect(columns.map(({ name, type }) => [name, type])).toEqual(written);
    await one.command(`drop database \`${one.database}\``);
    await Promise.all([one.close(), two.close()]);
  });

  test('an edited one is refused, a new one runs, a failed one runs again', async () => {
    const target = new URL(url);
    target.pathname = `${target.pathname}_steps`;
    const client = createClickHouse(target.href);
    write(
      '0001_one.sql',
      '-- a comment; with a semicolon\ncreate table if not exists one (a UInt8) engine = Memory\n',
    );
    expect(await migrateClickHouse(client, { folder })).toEqual(['0001_one.sql']);
    write('0002_two.sql', 'create table if not exists two (a Nope) engine = Memory');
    expect(await caught(migrateClickHouse(client, { folder }))).toMatchObject({ code: '50' });
    write('0002_two.sql', 'create table if not exists two (a UInt8) engine = Memory');
    expect(await migrateClickHouse(client, { folder })).toEqual(['0002_two.sql']);
    write('0001_one.sql', 'create table if not exists one (a UInt16) engine = Memory');
    expect(await caught(migrateClickHouse(client, { folder }))).toMatchObject({
      code: 'MIGRATION_CHANGED',
      retryable: false,
      message: expect.stringContaining('0001_one.sql') as string,
    });
    await client.command(`drop database \`${client.database}\``);
    await client.close();
  });

  test('a file with another kind of name is refused before anything runs', async () => {
    const wrong = join(folder, 'wrong');
    mkdirSync(wrong);
    writeFileSync(join(wrong, 'one.sql'), 'select 1');
    expect(String(await caught(migrateClickHouse(clickhouse, { folder: wrong })))).toContain('0001_what.sql');
  });

  test('a cluster is refused with a sentence', async () => {
    expect(await caught(migrateClickHouse(clickhouse, { cluster: 'main' }))).toMatchObject({
      code: 'CLUSTER_NOT_SUPPORTED',
    });
  });
});
