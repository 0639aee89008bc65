/** Data into the embedded engine: every format, where the data may stand, what becomes of columns it does not bring. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createRawClient, type RawAnswer, type RawClient } from '../support/engine.js';
import { freshClickHouse } from '../support/stack.js';

let client: RawClient;

const codeOf = (answer: RawAnswer): number => Number(answer.headers['x-clickhouse-exception-code']);

/** Rows as JSON arrays, one a line. */
async function read(query: string): Promise<string> {
  const text = await client.ask(`${query} format JSONCompactEachRow`);
  return text
    .split('\n')
    .map((line) => JSON.stringify(JSON.parse(line)))
    .join('\n');
}

beforeAll(async () => {
  client = createRawClient((await freshClickHouse({ migrate: false })).url);
});

/** A table of its own for a test; columns with every kind of default. */
async function makeTable(name: string): Promise<void> {
  await client.ask(`create table ${name}
    (a UInt32, b String default concat('b', toString(a)), n Nullable(Int64), m UInt32 materialized a + 1,
     l UInt32 alias a * 2, k LowCardinality(String), j JSON, at DateTime64(3, 'UTC') default '2020-01-01 00:00:00.000')
    engine = MergeTree order by a settings non_replicated_deduplication_window = 100`);
}

describe('formats', () => {
  test.each([
    'Native',
    'RowBinary',
    'RowBinaryWithNamesAndTypes',
    'Parquet',
    'Arrow',
    'ArrowStream',
    'ORC',
    'Avro',
    'CSV',
    'CSVWithNames',
    'TSV',
    'TabSeparatedWithNamesAndTypes',
    'JSONEachRow',
    'JSONCompactEachRow',
    'JSON',
    'Values',
    'MsgPack',
    'BSONEachRow',
  ])('what was read as %s can be inserted again', async (format) => {
    const rows =
      "select number::UInt32 as a, concat('x\\n;', toString(number)) as b, if(number % 3 = 0, null, number::Int64) as n from numbers(5000) order by a";
    const table = `f_${format.toLowerCase()}`;
    await client.ask(
      `create table ${table} (a UInt32, b String, n Nullable(Int64)) engine = MergeTree order by a`,
    );
    const data = await client.send(`${rows} format ${format}`);
    expect(data.status).toBe(200);
    const answer = await client.send(data.bytes, {
      params: { query: `insert into ${table} format ${format}` },
    });
    expect(answer.text).toBe('');
    const hash = (from: string): Promise<string> =>
      client.ask(`select sum(cityHash64(a, b, n)), count() from (${from})`);
    expect(await hash(`select * from ${table}`)).toBe(await hash(rows));
  });

  test('a Native block with a JSON column keeps its paths and types', async () => {
    await client.ask('create table native_json (a UInt32, j JSON) engine = MergeTree order by a');
    const data = await client.send(
      `select number::UInt32 as a, concat('{"n":', toString(number), ',"s":"x"}')::JSON as j from numbers(1000) format Native`,
    );
    await client.send(data.bytes, { params: { query: 'insert into native_json (a, j) format Native' } });
    expect(
      await read('select count(), sum(j.n::UInt64), any(j.s), any(dynamicType(j.n)) from native_json'),
    ).toBe('[1000,499500,"x","Int64"]');
  });

  test('broken data of a binary format stores nothing and says so', async () => {
    await client.ask('create table broken (a UInt32, b String) engine = MergeTree order by a');
    const { bytes } = await client.send(
      "select number::UInt32 as a, 'x' as b from numbers(100000) format Native",
    );
    const answer = await client.send(bytes.subarray(0, bytes.length - 10), {
      params: { query: 'insert into broken format Native' },
    });
    expect(answer.status).toBe(500);
    expect(codeOf(answer)).toBe(33);
    expect(answer.text).not.toMatch(/\/dev\/shm|body-\d/);
  });
});

describe('columns', () => {
  test('that are not named or not there take their defaults', async () => {
    await makeTable('defaults');
    await client.ask(
      'insert into defaults format JSONEachRow\n{"a":1,"j":{"x":{"y":2}}}\n{"a":2,"b":"given","n":-5,"k":"key"}\n',
    );
    await client.ask('insert into defaults (a) values (3)');
    await client.ask('insert into defaults (* except(b, n)) format JSONEachRow {"a":4,"k":"key4"}');
    expect(await read('select a, b, n, m, l, k, j.x.y, at from defaults order by a')).toBe(
      [
        '[1,"b1",null,2,2,"",2,"2020-01-01 00:00:00.000"]',
        '[2,"given",-5,3,4,"key",null,"2020-01-01 00:00:00.000"]',
        '[3,"b3",null,4,6,"",null,"2020-01-01 00:00:00.000"]',
        '[4,"b4",null,5,8,"key4",null,"2020-01-01 00:00:00.000"]',
      ].join('\n'),
    );
  });

  test('may be named in another order, and quoted', async () => {
    await makeTable('ordered');
    await client.ask('insert into `ordered` ("k", `a`) format CSV\nx,1\ny,2\n');
    expect(await read('select a, k from ordered order by a')).toBe('[1,"x"]\n[2,"y"]');
  });

  test('that are unknown are skipped or refused as the settings say', async () => {
    await makeTable('unknown');
    const row = 'format JSONEachRow {"a":1,"zzz":1}';
    expect(
      codeOf(
        await client.send(`insert into unknown ${row}`, {
          params: { input_format_skip_unknown_fields: '0' },
        }),
      ),
    ).toBe(117);
    await client.ask(`insert into unknown settings input_format_skip_unknown_fields = 1 ${row}`);
    expect(await client.ask('select count() from unknown')).toBe('1');
  });
});

describe('where the data stands', () => {
  test('behind the statement, in the URL, or in the body of a statement in the URL', async () => {
    await makeTable('places');
    await client.ask("insert into places (a, b) values (1, 'a;b'), (1 + 1, concat('x', 'y'))");
    await client.send('', { params: { query: "insert into places (a, b) values (3, 'url')" } });
    await client.send("(4, 'body')", { params: { query: 'insert into places (a, b) values' } });
    await client.send('5\tbody\n', { params: { query: 'insert into places (a, b) format TSV' } });
    await client.send('6\tboth\n', { params: { query: 'insert into places (a, b)\nformat TSV' } });
    expect(await read('select a, b from places order by a')).toBe(
      '[1,"a;b"]\n[2,"xy"]\n[3,"url"]\n[4,"body"]\n[5,"body"]\n[6,"both"]',
    );
  });

  test('parameters reach names and values', async () => {
    await makeTable('bound');
    await client.send('({a:UInt32}, {b:String})', {
      params: {
        query: 'insert into {t:Identifier} (a, b) values',
        param_t: 'bound',
        param_a: '7',
        param_b: "it's",
      },
    });
    expect(await read('select a, b from bound')).toBe('[7,"it\'s"]');
  });

  test('statement and data larger than what is looked at arrive whole', async () => {
    await makeTable('large');
    const lines = Array.from({ length: 200_000 }, (_, index) => `${index}\t${'x'.repeat(20)}\n`).join('');
    const answer = await client.send(`insert into large (a, b) format TSV\n${lines}`);
    expect(JSON.parse(String(answer.headers['x-clickhouse-summary']))).toMatchObject({
      written_rows: '200000',
    });
    expect(await read('select count(), sum(a), min(length(b)) from large')).toBe('[200000,19999900000,20]');
  });

  test('insert … select and inserts into table functions run as they are', async () => {
    await makeTable('selected');
    await client.ask('insert into selected (a) select number from numbers(10)');
    await client.ask('insert into selected (a) with 5 as x select x');
    await client.ask("insert into function null('a UInt8') format CSV\n1\n");
    expect(await client.ask('select count() from selected')).toBe('11');
  });

  test('a query over input() reads the data, binary too', async () => {
    await makeTable('input_rows');
    const query =
      "insert into input_rows (a, b) select x * 2, upper(y) from input('x UInt32, y String') where x > 1 format";
    await client.ask(`${query} CSV\n1,a\n2,b\n`);
    const { bytes } = await client.send("select 250::UInt32 as x, 'c' as y format RowBinary");
    await client.send(bytes, { params: { query: `${query} RowBinary` } });
    expect(await read('select a, b from input_rows order by a')).toBe('[4,"B"]\n[500,"C"]');
  });

  test('no data is no row', async () => {
    await makeTable('empty');
    await client.send('', { params: { query: 'insert into empty format JSONEachRow' } });
    expect(await client.ask('select count() from empty')).toBe('0');
  });
});

describe('compressed bodies', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('%s, with the statement inside or in the URL', async (encoding, compress) => {
    const table = `c_${encoding}`;
    await makeTable(table);
    const headers = { 'content-encoding': encoding };
    await client.send(compress(`insert into ${table} (a) format CSV\n1\n2\n`), { headers });
    await client.send(compress('3\n4\n'), {
      headers,
      params: { query: `insert into ${table} (a) format CSV` },
    });
    expect(await client.ask(`select sum(a) from ${table}`)).toBe('10');
  });

  test.each(['zstd', 'lz4', 'xz', 'snappy'])('%s, undone by the engine', async (encoding) => {
    const table = `c_${encoding}`;
    await makeTable(table);
    const { text: folder } = await client.send("select path from system.disks where name = 'default'");
    const file = join(folder.trim(), `compressed_${encoding}.${encoding}`);
    await client.ask(`insert into function file('${file}', 'CSV', 'a UInt32', '${encoding}') select 5`);
    const { bytes } = await client.send(
      `select * from file('${file}', 'RawBLOB', 'raw String', 'none') format RawBLOB`,
    );
    const answer = await client.send(bytes, {
      headers: { 'content-encoding': encoding },
      params: { query: `insert into ${table} (a) format CSV` },
    });
    expect(answer.text).toBe('');
    expect(await client.ask(`select sum(a) from ${table}`)).toBe('5');
  });
});

describe('a repeated insert', () => {
  test('with the same token is dropped, with another or none is not', async () => {
    await makeTable('tokens');
    const insert = (token?: string): Promise<RawAnswer> =>
      client.send('1\n', {
        params: {
          query: 'insert into tokens (a) format TSV',
          ...(token ? { insert_deduplication_token: token } : {}),
        },
      });
    await insert('x');
    await insert('x');
    await client.send("insert into tokens (a) settings insert_deduplication_token = 'x' format TSV\n1\n");
    expect(await client.ask('select count() from tokens')).toBe('1');
    await insert('y');
    expect(await client.ask('select count() from tokens')).toBe('2');
  });
});

describe('an insert that is broken off', () => {
  test('stores nothing, and its body is gone', async () => {
    await makeTable('cut');
    const sent = client.open({ params: { query: 'insert into cut (a) format TSV' } });
    sent.on('error', () => {});
    sent.write('1\n2\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    sent.destroy();
    await client.ask('select 1');
    expect(await client.ask('select count() from cut')).toBe('0');
  });

  test('leaves no file behind, and neither do inserts that fail', async () => {
    await makeTable('files');
    await client.send('insert into files format JSONEachRow nonsense');
    await client.send('insert into nowhere format JSONEachRow {"a":1}');
    await client.send(gzipSync('1\n').subarray(0, 10), {
      headers: { 'content-encoding': 'gzip' },
      params: { query: 'insert into files (a) format TSV' },
    });
    const { text } = await client.send("select path from system.disks where name = 'default'");
    const folder = join(text.trim(), '..');
    const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
    const folders = [join(folder, 'tmp'), `/dev/shm/weir-engine-${process.getuid?.()}-${name}`].filter(
      existsSync,
    );
    expect(folders.length).toBeGreaterThan(0);
    await vi.waitFor(
      () =>
        expect(
          folders.flatMap((path) => readdirSync(path)).filter((file) => !/^(pipe-\d|owner$)/.test(file)),
        ).toEqual([]),
      { timeout: 120_000 },
    );
  });
});
