/** The embedded engine as the stock client library sees it: it must not be able to tell. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createRawClient, listRunning, type RawClient } from '../support/engine.js';
import { freshClickHouse } from '../support/stack.js';

let client: ClickHouseClient;
let compressing: ClickHouseClient;
let raw: RawClient;

beforeAll(async () => {
  const { url } = await freshClickHouse({ migrate: false });
  raw = createRawClient(url);
  const log = { level: ClickHouseLogLevel.OFF };
  client = createClient({ url, log });
  compressing = createClient({ url, log, compression: { request: true, response: true } });
  await client.command({
    query: `create table t (a UInt32, b String, d Date default '2020-01-01') engine = MergeTree order by a
      settings non_replicated_deduplication_window = 100`,
  });
});

afterAll(async () => {
  await client.close();
  await compressing.close();
});

const count = async (where: string): Promise<number> => {
  const result = await client.query({
    query: `select count() as n from t where ${where}`,
    format: 'JSONEachRow',
  });
  return Number((await result.json<{ n: number }>())[0]?.n);
};

describe('questions', () => {
  test('ping succeeds, with and without a query', async () => {
    expect(await client.ping()).toMatchObject({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
  });

  test('parameters of every kind come back as they went in', async () => {
    const params = {
      text: 'it\'s "quoted"\n\ttab \\ back {brace} `tick` 世界',
      number: 42,
      big: 9_007_199_254_740_993n,
      flag: true,
      none: null,
      list: ["a'b", 'c\\d'],
      map: { k: 'v\n' },
      when: new Date('2026-01-02T03:04:05.678Z'),
    };
    const result = await client.query({
      query: `select {text:String} as text, {number:Int32} as number, toString({big:UInt64}) as big, {flag:Bool} as flag,
        {none:Nullable(String)} as none, {list:Array(String)} as list, {map:Map(String, String)} as map,
        {when:DateTime64(3, 'UTC')} as when`,
      query_params: params,
      format: 'JSONEachRow',
    });
    const [row] = await result.json();
    expect(row).toEqual({ ...params, big: '9007199254740993', when: '2026-01-02 03:04:05.678' });
  });

  test('settings end with the query', async () => {
    const setting = (settings?: Record<string, string>): Promise<unknown> =>
      client
        .query({
          query: "select getSetting('max_block_size') as v",
          format: 'JSONEachRow',
          clickhouse_settings: settings,
        })
        .then((result) => result.json());
    expect(await setting({ max_block_size: '1234' })).toEqual([{ v: 1234 }]);
    for (let round = 0; round < 10; round++) expect(await setting()).not.toEqual([{ v: 1234 }]);
  });

  test('query ids and statistics are there', async () => {
    const queryId = randomUUID();
    const result = await client.query({ query: 'select number from numbers(10)', query_id: queryId });
    expect(result.query_id).toBe(queryId);
    expect(result.response_headers['x-clickhouse-query-id']).toBe(queryId);
    expect(await result.json()).toMatchObject({ rows: 10, statistics: { rows_read: 10 } });
  });

  test('errors are typed', async () => {
    const error = await client.query({ query: 'select nope' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClickHouseError);
    expect(error).toMatchObject({ code: '47', type: 'UNKNOWN_IDENTIFIER' });
  });

  test('a million rows stream in groups', async () => {
    const result = await compressing.query({
      query: 'select number from numbers(1000000)',
      format: 'JSONEachRow',
    });
    let rows = 0;
    let sum = 0;
    for await (const group of result.stream<{ number: number }>()) {
      rows += group.length;
      for (const row of group) sum += Number(row.json().number);
    }
    expect([rows, sum]).toEqual([1_000_000, 499_999_500_000]);
  });

  test.each(['plain', 'compressed'])(
    'an error after the first rows reaches the reader of a %s stream',
    async (how) => {
      const result = await (how === 'plain' ? client : compressing).query({
        query: "select throwIf(number = 3000000, 'late') as a, sipHash64(number) as b from numbers(4000000)",
        format: 'JSONEachRow',
      });
      let rows = 0;
      const read = async (): Promise<void> => {
        for await (const group of result.stream()) rows += group.length;
      };
      // Undoing the compression takes the client longer than noticing the broken connection: it knows that, not why.
      const expected =
        how === 'plain' ? { code: '395', message: expect.stringContaining('late') as string } : {};
      await expect(read()).rejects.toMatchObject(expected);
      expect(rows).toBeLessThan(3_000_001);
    },
  );

  test('an aborted query ends in the engine', async () => {
    const abort = new AbortController();
    const query = 'select sum(sipHash64(number, 77)) from numbers(1000000000000)';
    const running = client.query({ query, abort_signal: abort.signal }).catch((error: unknown) => error);
    await vi.waitFor(async () => expect((await listRunning(raw)).join()).toContain('number, 77'), {
      timeout: 120_000,
    });
    abort.abort();
    expect(await running).toBeInstanceOf(Error);
    await vi.waitFor(async () => expect((await listRunning(raw)).join()).not.toContain('number, 77'), {
      timeout: 120_000,
    });
  });
});

describe('inserts', () => {
  test('objects, lines and streams of objects are stored', async () => {
    await client.insert({
      table: 't',
      values: [
        { a: 1, b: 'x' },
        { a: 2, b: "it's" },
      ],
      format: 'JSONEachRow',
    });
    await client.insert({
      table: 't',
      values: [[3, 'y']],
      columns: ['a', 'b'],
      format: 'JSONCompactEachRow',
    });
    const objects = Readable.from(
      [
        { a: 4, b: 'z' },
        { a: 5, b: 'z' },
      ],
      { objectMode: true },
    );
    await client.insert({ table: 't', values: objects, format: 'JSONEachRow' });
    const lines = Readable.from(['6,csv\n', '7,csv\n'], { objectMode: false });
    const { summary, executed } = await client.insert({
      table: 't',
      values: lines,
      columns: ['a', 'b'],
      format: 'CSV',
    });
    expect([executed, summary?.written_rows]).toEqual([true, '2']);
    expect(await count("a <= 7 and d = '2020-01-01'")).toBe(7);
  });

  test('100,000 rows go through a compressed body', async () => {
    const values = Array.from({ length: 100_000 }, (_, index) => ({ a: 1_000 + index, b: `row ${index}` }));
    await compressing.insert({ table: 't', values, format: 'JSONEachRow' });
    expect(await count('a between 1000 and 100999')).toBe(100_000);
  });

  test('a Native block passes through exec', async () => {
    const block = await raw.send(
      "select number::UInt32 + 200000 as a, 'native' as b from numbers(5000) format Native",
    );
    for (let round = 0; round < 2; round++) {
      const { stream } = await client.exec({
        query: 'insert into t (a, b) format Native',
        values: Readable.from([block.bytes], { objectMode: false }),
        clickhouse_settings: { insert_deduplication_token: 'native' },
      });
      for await (const _ of stream);
    }
    expect(await count("b = 'native'")).toBe(5_000);
  });

  test('a token of one insert drops no later one', async () => {
    for (const token of ['one', 'two', undefined, undefined]) {
      await client.insert({
        table: 't',
        values: [{ a: 300_000, b: 'token' }],
        format: 'JSONEachRow',
        clickhouse_settings: token ? { insert_deduplication_token: token } : {},
      });
    }
    expect(await count("b = 'token'")).toBe(3);
  });

  test('bad rows are refused with the row that is bad', async () => {
    const error = await client
      .insert({ table: 't', values: [{ a: 'not a number' }], format: 'JSONEachRow' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClickHouseError);
    expect(String(error)).toContain('row 1');
  });

  test('a session is refused with a sentence', async () => {
    const refused = client.query({ query: 'select 1', session_id: 's' });
    await expect(refused).rejects.toMatchObject({
      code: '48',
      message: expect.stringContaining('session_id') as string,
    });
  });
});
