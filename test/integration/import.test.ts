import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFreePort } from '../../src/embedded/port.js';
import { fromRoot } from '../../src/paths.js';
import { runCommand, startCommand } from '../support/command.js';
import { freshClickHouse, runClickHouse, startWeir, type Weir } from '../support/stack.js';

const PURCHASES = fromRoot('test', 'fixtures', 'purchases-3000.ndjson.gz');
const COMMITS = fromRoot('test', 'fixtures', 'commits-4000.ndjson.gz');

let weir: Weir;
let clickhouse = '';
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-import-'));
  clickhouse = (await freshClickHouse({ migrate: false })).url;
  weir = await startWeir({ clickhouse });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  expect(await weir.stop()).toBe(0);
});

const importFiles = (args: string[], input = '') =>
  runCommand(['import', ...args], { env: { WEIR_DATA: weir.dataFolder }, input });

const ask = async (sql: string): Promise<string> => (await runClickHouse(clickhouse, sql)).trim();

/** The same counts by a few lines of arithmetic over the file. */
function countFile(path: string): { events: number; users: number; revenue: number } {
  const events = gunzipSync(readFileSync(path))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const revenue = events.reduce((sum, { properties }) => sum + (properties.revenue ?? 0), 0);
  return { events: events.length, users: new Set(events.map(({ user_id }) => user_id)).size, revenue };
}

test('two real files are stored exactly, and a second import stores nothing', async () => {
  const first = await importFiles([PURCHASES, COMMITS]);
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toContain(`${PURCHASES}: 3,000 stored, 0 duplicate, 0 rejected; 3,000 events`);
  expect(first.stdout).toContain(`${COMMITS}: 4,000 stored, 0 duplicate, 0 rejected; 4,000 events`);
  const again = await importFiles([PURCHASES, COMMITS]);
  expect(again.stdout).toContain('0 stored, 3,000 duplicate, 0 rejected');
  expect(again.stdout).toContain('0 stored, 4,000 duplicate, 0 rejected');

  const purchases = countFile(PURCHASES);
  const sql =
    "select count(), uniqExact(user_id), round(sum(properties.revenue.:Float64), 2) from events where event = 'purchase'";
  expect(await ask(sql)).toBe(
    `${purchases.events}\t${purchases.users}\t${Math.round(purchases.revenue * 100) / 100}`,
  );
  expect(await ask("select count() from events where event != 'purchase'")).toBe(
    String(countFile(COMMITS).events),
  );
});

test('CSV becomes events by a mapping', async () => {
  const path = join(folder, 'orders.csv');
  writeFileSync(
    path,
    'order,customer,day,amount,gift\n1,c1,2024-05-06,12.5,true\n2,c2,2024-05-07 08:09:10,3,false\n2,c2,2024-05-07 08:09:10,3,false\n',
  );
  const { code, stdout } = await importFiles([
    path,
    '--set',
    'event=ordered',
    '--map',
    'user_id=customer,timestamp=day,event_id=order',
  ]);
  expect(stdout).toContain('2 stored, 1 duplicate, 0 rejected');
  expect(code).toBe(0);
  const sql =
    "select event_id, user_id, toString(timestamp), properties.amount, properties.gift from events where event = 'ordered' order by event_id";
  expect(await ask(sql)).toBe(
    '1\tc1\t2024-05-06 00:00:00.000\t12.5\ttrue\n2\tc2\t2024-05-07 08:09:10.000\t3\tfalse',
  );
});

test('standard input is read, bad lines are listed, and the rest is stored', async () => {
  const lines = [
    '{"event":"piped","user_id":"u1"}',
    '{"event":"piped"}',
    'nonsense',
    '{"event":"piped","user_id":"u1"}',
    '{"event":"piped","user_id":"u2","timestamp":"soon"}',
  ];
  const { code, stdout } = await importFiles(['-'], lines.join('\n'));
  expect(code).toBe(0);
  expect(stdout).toContain('2 stored, 0 duplicate, 3 rejected; 5 events');
  expect(stdout).toMatch(/line 2 {2}missing_user/);
  expect(stdout).toMatch(/line 3 {2}malformed_json/);
  expect(stdout).toMatch(/line 5 {2}invalid_timestamp/);
  // Without ids of their own the same lines are recognised all the same.
  expect((await importFiles(['-'], lines.join('\n'))).stdout).toContain('0 stored, 2 duplicate, 3 rejected');
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'an import ended by %s goes on and stores every event once',
  async (signal) => {
    const path = join(folder, `${signal}.ndjson`);
    const count = 30_000;
    const line = (i: number): string =>
      JSON.stringify({
        event: signal,
        event_id: `${signal}-${i}`,
        user_id: `u${i % 100}`,
        timestamp: 1_700_000_000_000 + i,
      });
    writeFileSync(path, Array.from({ length: count }, (_, i) => `${line(i)}\n`).join(''));
    const running = startCommand(['import', path, '--no-compare'], { env: { WEIR_DATA: weir.dataFolder } });
    const stored = async (): Promise<number> =>
      Number(await ask(`select count() from events where event = '${signal}'`));
    await expect.poll(stored, { timeout: 120_000, interval: 20 }).toBeGreaterThan(0);
    running.process.kill(signal);
    const ended = await running.result;
    if (signal === 'SIGINT' && ended.code !== 0) {
      expect(ended.code).toBe(130);
      expect(ended.stderr).toContain('The same command goes on from here.');
    }
    const resumed = await importFiles([path]);
    expect(resumed.code).toBe(0);
    expect(await stored()).toBe(count);
    expect(await ask(`select uniqExact(event_id) from events where event = '${signal}'`)).toBe(String(count));
    if (signal === 'SIGINT' && ended.code === 130)
      expect(resumed.stdout).toContain('30,000 stored, 0 duplicate');
  },
);

test('a key of another project is compared with that project, and one that may not write or read says so', async () => {
  const { url, keys } = weir;
  const post = async (path: string, key: string, body: object): Promise<string> => {
    const headers = { Authorization: `Bearer ${key}` };
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.status).toBe(201);
    const made = (await response.json()) as { key?: string; admin_key?: string };
    return String(made.key ?? made.admin_key);
  };
  const admin = await post('/v1/projects', keys.admin, { id: 'moved', name: 'Moved' });
  const event = { event: 'moved', user_id: 'ada', event_id: 'm1', timestamp: '2026-01-02T03:04:05Z' };
  const path = join(folder, 'moved.ndjson');
  writeFileSync(path, JSON.stringify(event));
  const whole = await importFiles([path, '--key', admin]);
  expect(whole).toMatchObject({ code: 0, stdout: expect.stringContaining('all as in the source') });

  const writer = await post('/v1/keys', admin, { scopes: ['write'] });
  const unread = await importFiles([path, '--key', writer, '--again']);
  expect(unread).toMatchObject({ code: 0, stdout: expect.stringContaining('0 stored, 1 duplicate') });
  expect(unread.stdout).toMatch(
    /^Not compared: 403: .*needs read\. It is the key of the import itself; say another with --read-key or WEIR_READ_KEY\.$/m,
  );

  const unwritten = await importFiles([path, '--key', keys.read, '--again']);
  expect(unwritten.code).toBe(1);
  expect(unwritten.stderr).toContain(
    'This key may not send events: it has the scope read, and this needs write. It is the key of --key; say another with --key or WEIR_KEY.',
  );
});

test('no running Weir, a wrong key and a missing file are sentences', async () => {
  const none = await runCommand(['import', PURCHASES], { env: { WEIR_DATA: folder } });
  expect(none).toMatchObject({
    code: 1,
    stderr: `No Weir is running on ${folder}: start it with npm start, or say where it is with --url and --key.\n`,
  });
  const wrong = await importFiles([PURCHASES, '--key', 'weir_w_wrong', '--again']);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toMatch(/^401: /m);
  expect(wrong.stderr).toContain('It is the key of --key; say another with --key or WEIR_KEY.');
  const missing = await importFiles(['nowhere.ndjson']);
  expect(missing).toMatchObject({
    code: 2,
    stderr: 'nowhere.ndjson cannot be read (there is no such file).\n',
  });
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const down = await runCommand(['send', 'x', '--user', 'u', '--url', url, '--key', 'k']);
  expect(down).toMatchObject({ code: 1, stderr: `${url} cannot be reached (ECONNREFUSED).\n` });
});
