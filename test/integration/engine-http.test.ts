/** The embedded engine's HTTP interface, as it is on the wire. */
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createRawClient, listRunning, type RawAnswer, type RawClient } from '../support/engine.js';
import { freshClickHouse } from '../support/stack.js';

let client: RawClient;

const codeOf = (answer: RawAnswer): number => Number(answer.headers['x-clickhouse-exception-code']);
const summaryOf = (answer: RawAnswer): Record<string, string> =>
  JSON.parse(String(answer.headers['x-clickhouse-summary'])) as Record<string, string>;

beforeAll(async () => {
  client = createRawClient((await freshClickHouse({ migrate: false })).url);
  await client.ask(`create table t
    (a UInt8, b String default concat('b', toString(a)), n Nullable(Int64), m UInt8 materialized a + 1,
     k LowCardinality(String), j JSON) engine = MergeTree order by a`);
});

describe('who may ask', () => {
  test('/ping needs no password', async () => {
    const answer = await client.send('', {
      method: 'GET',
      path: '/ping',
      headers: { 'x-clickhouse-key': 'no' },
    });
    expect(answer).toMatchObject({ status: 200, text: 'Ok.\n' });
  });

  test.each([
    ['a wrong password', { 'x-clickhouse-key': 'wrong' }],
    ['a wrong user', { 'x-clickhouse-user': 'somebody' }],
    ['an empty password', { 'x-clickhouse-key': '' }],
  ])('%s is refused as ClickHouse refuses it', async (_, headers) => {
    const answer = await client.send('select 1', { headers });
    expect(answer.status).toBe(403);
    expect(codeOf(answer)).toBe(516);
    expect(answer.text).toMatch(
      /^Code: 516\. DB::Exception: \w+: Authentication failed: password is incorrect/,
    );
    expect(answer.text).toContain('(AUTHENTICATION_FAILED)');
  });

  test('Basic authentication and URL parameters are accepted', async () => {
    const { url } = await freshClickHouse({ migrate: false });
    const { origin, username, password } = new URL(url);
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    const byHeader = await fetch(`${origin}/?query=select+1`, {
      headers: { authorization: `Basic ${basic}` },
    });
    expect(await byHeader.text()).toBe('1\n');
    const byUrl = await fetch(`${origin}/?query=select+1&user=${username}&password=${password}`);
    expect(await byUrl.text()).toBe('1\n');
  });
});

describe('a question', () => {
  test('may stand in the URL, in the body, or in both with a line break between', async () => {
    expect((await client.send('', { method: 'GET', params: { query: 'select 1' } })).text).toBe('1\n');
    expect(await client.ask('select 2')).toBe('2');
    expect((await client.send('+ 1', { params: { query: 'select 2' } })).text).toBe('3\n');
  });

  test('is answered with its format, its id and a summary', async () => {
    const answer = await client.send('select number from numbers(1000) where number % 2 = 0 format JSON', {
      params: { query_id: 'my id' },
    });
    expect(answer.headers).toMatchObject({
      'x-clickhouse-format': 'JSON',
      'x-clickhouse-query-id': 'my id',
      'x-clickhouse-timezone': expect.stringMatching(/./) as string,
      'x-clickhouse-server-display-name': 'weir',
      'content-type': 'application/json; charset=UTF-8',
    });
    expect(summaryOf(answer)).toMatchObject({ read_rows: '1000', result_rows: '500', written_rows: '0' });
  });

  test('without a format clause takes the default format of the request', async () => {
    const byUrl = await client.send('select 1 as x', { params: { default_format: 'JSONEachRow' } });
    expect(byUrl.text).toBe('{"x":1}\n');
    const byHeader = await client.send('select 1 as x', {
      headers: { 'x-clickhouse-format': 'CSVWithNames' },
    });
    expect(byHeader.text).toBe('"x"\n1\n');
    expect((await client.send('select 1 as x')).headers['x-clickhouse-format']).toBe('TabSeparated');
  });

  test('in a format with a header and a footer has each of them once, however long it is', async () => {
    const csv = await client.ask('select number from numbers(500000) format CSVWithNames');
    expect(csv.match(/number/g)).toHaveLength(1);
    const json = JSON.parse(await client.ask('select number from numbers(500000) format JSON')) as {
      rows: number;
    };
    expect(json.rows).toBe(500_000);
  });

  test('binds parameters of any content', async () => {
    const value = 'it\'s \n \t \\ {x} "q" ; -- `';
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
    const text = await client.ask(
      'select {x:String} as x, {n:Nullable(String)} as n, {l:Array(UInt8)} as l format JSONEachRow',
      { param_x: escaped, param_n: '\\N', param_l: '[1,2]' },
    );
    expect(JSON.parse(text)).toEqual({ x: value, n: null, l: [1, 2] });
  });

  test('by GET cannot change anything', async () => {
    for (const query of [
      'insert into t (a) values (1)',
      'create table x (a Int8) engine = Memory',
      'drop table t',
    ]) {
      expect(codeOf(await client.send('', { method: 'GET', params: { query } }))).toBe(164);
    }
  });

  test('with readonly=1 cannot change a setting, write, or read files', async () => {
    const readonly = { params: { readonly: '1', max_threads: '1' } };
    expect((await client.send('select 1', readonly)).status).toBe(200);
    for (const query of [
      'insert into t (a) values (1)',
      'set max_threads = 2',
      'select 1 settings max_threads = 2',
      "select * from file('/etc/hostname', 'LineAsString')",
      "select * from url('http://127.0.0.1:1', 'LineAsString')",
    ]) {
      expect(codeOf(await client.send(query, readonly))).toBe(164);
    }
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('may be compressed with %s', async (encoding, compress) => {
    const answer = await client.send(compress('select 42'), { headers: { 'content-encoding': encoding } });
    expect(answer.text).toBe('42\n');
  });

  test('is answered compressed when that is asked for in both places', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    const query = 'select number from numbers(300000)';
    const plain = await client.send(query, { headers });
    const packed = await client.send(query, { headers, params: { enable_http_compression: '1' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
  });
});

describe('an error', () => {
  test.each([
    ['selec 1', 400, 62],
    ['select nope', 404, 47],
    ['select * from nope', 404, 60],
    ['select 1 format Nope', 404, 73],
    ["select throwIf(1, 'boom')", 500, 395],
    ['select {x:String}', 500, 456],
    ["select 'open", 400, 62],
    ['select (1', 400, 62],
    ['', 400, 62],
    ['-- nothing', 400, 62],
    ['select 1; select 2', 400, 62],
    ["select 1 into outfile '/tmp/x'", 500, 358],
    ["insert into t from infile '/etc/passwd' format CSV", 404, 78],
    ['select 1 format Template', 500, 474],
  ])('%j: status %i, code %i', async (query, status, code) => {
    const answer = await client.send(query);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.text).toMatch(
      new RegExp(
        `^Code: ${code}\\. DB::Exception: .*\\([A-Z_]+\\) \\(version [^()]+ \\(official build\\)\\)\\n$`,
        's',
      ),
    );
    expect(answer.text).not.toMatch(/weir:\d|\/dev\/shm|outfile '\/|infile '\/dev/);
  });

  test.each([
    ['an unknown setting', { nope: '1' }, 404, 115],
    ['a setting named by an injection', { 'max_threads=1; drop table t; --': '1' }, 404, 115],
    ['a setting valued by an injection', { max_threads: "1'; drop table t; --" }, 400, 27],
    ['a parameter named by an injection', { "param_x'": '1' }, 400, 36],
    ['a format named by an injection', { default_format: "CSV'" }, 400, 36],
    ['a database that is not there', { database: 'nope' }, 404, 81],
    ['a database named by an injection', { database: '`; drop table t; --' }, 404, 81],
    ['a session', { session_id: 's' }, 501, 48],
    ["ClickHouse's own compression", { compress: '1' }, 501, 48],
    ['another dialect', { dialect: 'kusto' }, 501, 48],
    ['a role', { role: 'admin' }, 404, 511],
  ])('%s is refused', async (_, params, status, code) => {
    const answer = await client.send('select 1', { params });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(await client.ask('exists table t')).toBe('1');
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('of a body that is not %s, or is cut off, names the cause', async (encoding, compress) => {
    const headers = { 'content-encoding': encoding };
    const whole = compress('insert into t (a) format CSV\n1\n');
    for (const body of [Buffer.from('not compressed at all'), whole.subarray(0, whole.length - 6)]) {
      expect(codeOf(await client.send(body, { headers }))).toBe(271);
    }
    expect(codeOf(await client.send('select 1', { headers: { 'content-encoding': 'rot13' } }))).toBe(89);
  });

  test('of a statement too long for the engine, or for this server, is its own', async () => {
    const long = `select length('${'x'.repeat(300_000)}')`;
    expect(codeOf(await client.send(long))).toBe(62);
    expect((await client.send(long, { params: { max_query_size: '1000000' } })).text).toBe('300000\n');
    const tooLong = await client.send(Buffer.alloc(17 * 1024 * 1024, 'x'));
    expect([tooLong.status, codeOf(tooLong)]).toEqual([413, 229]);
  });

  test('after the first bytes is a tagged block and a broken answer', async () => {
    const answer = await client.send('select throwIf(number = 3000000), number from numbers(4000000)');
    expect(answer).toMatchObject({ status: 200, broken: true });
    const tag = String(answer.headers['x-clickhouse-exception-tag']);
    const end = answer.bytes.subarray(-1_000).toString('utf8');
    expect(end).toMatch(
      new RegExp(
        `\\r\\n__exception__\\r\\n${tag}\\r\\nCode: 395.*\\n\\d+ ${tag}\\r\\n__exception__\\r\\n$`,
        's',
      ),
    );
  });

  test('with wait_end_of_query comes instead of the first bytes', async () => {
    const params = { wait_end_of_query: '1' };
    const failed = await client.send('select throwIf(number = 3000000), number from numbers(4000000)', {
      params,
    });
    expect([failed.status, codeOf(failed)]).toEqual([500, 395]);
    const whole = await client.send('select number from numbers(300000)', { params });
    expect(Number(whole.headers['content-length'])).toBe(whole.bytes.length);
    expect(summaryOf(whole)).toMatchObject({ result_rows: '300000' });
  });

  test.each(['/nope', '/play', '/../etc/passwd'])('of the path %s is 404', async (path) => {
    expect((await client.send('select 1', { path })).status).toBe(404);
  });

  test('of the method is 405', async () => {
    expect((await client.send('select 1', { method: 'DELETE' })).status).toBe(405);
  });
});

describe('nothing is left behind', () => {
  const SESSIONS = 12;

  const askAll = (query: string): Promise<string[]> =>
    Promise.all(Array.from({ length: SESSIONS }, () => client.ask(query)));

  test('settings and parameters of a request are gone in every later one', async () => {
    const before = await client.ask(
      "select getSetting('insert_deduplication_token'), getSetting('max_block_size')",
    );
    const settings = { insert_deduplication_token: 'leak', max_block_size: '777', param_x: 'leak' };
    await Promise.all(Array.from({ length: SESSIONS }, () => client.ask('select sleep(0.02)', settings)));
    await Promise.all(
      Array.from({ length: SESSIONS }, () => client.send('select nope', { params: settings })),
    );
    for (const text of await askAll(
      "select getSetting('insert_deduplication_token'), getSetting('max_block_size')",
    ))
      expect(text).toBe(before);
    expect(codeOf(await client.send('select {x:String}'))).toBe(456);
  });

  test('set, use and temporary tables of a statement end with it', async () => {
    for (let round = 0; round < SESSIONS; round++) {
      await client.ask('set max_block_size = 777');
      await client.ask('use system');
      await client.ask('create temporary table leak (a UInt8)');
    }
    const database = await client.ask('select currentDatabase()');
    expect(database).toMatch(/^t_/);
    for (const text of await askAll("select currentDatabase(), getSetting('max_block_size') = 777"))
      expect(text).toBe(`${database}\t0`);
    expect(codeOf(await client.send('select * from leak'))).toBe(60);
  });

  test('readonly of a request does not outlive it', async () => {
    await Promise.all(Array.from({ length: SESSIONS }, () => client.ask('select 1', { readonly: '1' })));
    for (const text of await askAll("select getSetting('readonly')")) expect(text).toBe('0');
  });
});

describe('many at once', () => {
  test('50 statements at once each see their own parameter and setting', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        client.ask("select {x:UInt32}, getSetting('max_block_size'), sleep(0.01)", {
          param_x: String(index),
          max_block_size: String(1_000 + index),
        }),
      ),
    );
    expect(answers).toEqual(answers.map((_, index) => `${index}\t${1_000 + index}\t0`));
  });

  test('the same query id twice at once is refused', async () => {
    const params = { query_id: 'twin' };
    const first = client.send('select sleep(3)', { params });
    await vi.waitFor(async () => expect((await listRunning(client)).join()).toContain('sleep(3)'), {
      timeout: 120_000,
    });
    expect(codeOf(await client.send('select 1', { params }))).toBe(216);
    expect((await first).status).toBe(200);
    expect((await client.send('select 1', { params })).status).toBe(200);
  });
});

describe('ending a statement', () => {
  const PATIENCE = { timeout: 120_000, interval: 100 };
  const ENDLESS = 'select sum(sipHash64(number)) from numbers(1000000000000)';

  const expectNoneRunning = (text: string) =>
    vi.waitFor(async () => expect((await listRunning(client)).join()).not.toContain(text), PATIENCE);

  test.each([
    ['computes', ENDLESS],
    ['streams', 'select number from system.numbers'],
    ['streams compressed', 'select number, sipHash64(number) from system.numbers'],
    ['writes', "insert into function null('a UInt64') select number from numbers(1000000000000)"],
    [
      'sleeps',
      'select sleepEachRow(1) from numbers(1000) settings max_block_size = 1, function_sleep_max_microseconds_per_block = 100000000000',
    ],
  ])('a client that goes away while it %s ends it, and every session is free again', async (_, query) => {
    const start = (): ReturnType<RawClient['open']> => {
      const sent = client.open({
        params: { enable_http_compression: '1' },
        headers: { 'accept-encoding': 'gzip' },
      });
      sent.on('error', () => {});
      sent.on('response', () => {});
      sent.end(query);
      return sent;
    };
    const text = query.slice(0, 30);
    const requests = [start(), start(), start()];
    await vi.waitFor(
      async () => expect((await listRunning(client)).join().split(text)).toHaveLength(4),
      PATIENCE,
    );
    // One more takes the last session, the others wait for one.
    for (let extra = 0; extra < 3; extra++) requests.push(start());
    for (const sent of requests) sent.destroy();
    await expectNoneRunning(text);
    const after = await Promise.all(Array.from({ length: 8 }, () => client.ask('select 1')));
    expect(after).toEqual(Array(8).fill('1'));
  });

  test('kill query by its id ends it with code 394, also when no session is free', async () => {
    const killed = client.send(ENDLESS, { params: { query_id: 'to be killed' } });
    await vi.waitFor(
      async () => expect((await listRunning(client)).join()).toContain('1000000000000'),
      PATIENCE,
    );
    const others = ['a', 'b', 'c', 'd'].map((query_id) => client.send(ENDLESS, { params: { query_id } }));
    const text = await client.ask("kill query where query_id = 'to be killed' sync");
    expect(text).toBe('waiting\tto be killed\tweir');
    expect(codeOf(await killed)).toBe(394);
    for (const id of ['a', 'b', 'c', 'd']) await client.ask(`kill query where query_id = '${id}'`);
    for (const other of others) expect(codeOf(await other)).toBe(394);
    expect(await client.ask("kill query where query_id = 'to be killed'")).toBe('');
  });

  test('max_execution_time ends it with code 159', async () => {
    const answer = await client.send(ENDLESS, { params: { max_execution_time: '1' } });
    expect([answer.status, codeOf(answer)]).toEqual([408, 159]);
  });

  test('a body that is never finished holds no session', async () => {
    const hanging = Array.from({ length: 8 }, () => {
      const sent = client.open({ params: { query: 'insert into t (a) format CSV' } });
      sent.on('error', () => {});
      sent.write('1\n');
      return sent;
    });
    expect(await client.ask('select 1')).toBe('1');
    for (const sent of hanging) sent.destroy();
    expect(await client.ask("select count() from t where a = 1 and b != 'b1'")).toBe('0');
  });
});
