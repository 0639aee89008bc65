/** Moving in from what people have: a Postgres, Segment's archive, PostHog's export, Parquet; exactly once, and proven. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, startCommand } from '../support/command.js';
import { freshClickHouse, freshPostgres, runClickHouse, startWeir, type Weir } from '../support/stack.js';

let weir: Weir;
let clickhouse = '';
let postgres = '';
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-moving-'));
  clickhouse = (await freshClickHouse({ migrate: false })).url;
  postgres = (await freshPostgres({ migrate: false })).url;
  weir = await startWeir({ clickhouse });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  expect(await weir.stop()).toBe(0);
});

const run = (...args: string[]) => runCommand(['import', ...args], { env: { WEIR_DATA: weir.dataFolder } });
const ask = async (sql: string): Promise<string> => (await runClickHouse(clickhouse, sql)).trim();

async function runSql(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: postgres });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

interface Report {
  ok: boolean;
  sources: {
    stored: number;
    rejected_by_code: object;
    comparison: { unexplained: number; groups: object[] };
  }[];
}
const readReport = (path: string): Report => JSON.parse(readFileSync(path, 'utf8'));

test('a table of Postgres with all its types arrives exactly, twice imports nothing, tampering is found', async () => {
  await runSql(
    'create table events (id bigint primary key, name text, uid uuid, created_at timestamptz, data jsonb, amount numeric(24,4), big bigint, tags text[], note text)',
    `insert into events select i, case when i % 2 = 0 then 'bought' else 'looked' end, md5((i % 50)::text)::uuid,
       timestamptz '2024-02-28 23:00:00+00' + i * interval '1 minute', jsonb_build_object('plan', 'p' || i % 3, 'deep', jsonb_build_object('n', i)),
       case when i = 7 then 12345678901234567890.1234 else i + 0.25 end, 9007199254740990 + i, array['a', 'b'], null
     from generate_series(1, 2500) i`,
  );
  const report = join(folder, 'postgres.json');
  const args = [
    ...['--from', postgres, '--table', 'events'],
    ...[
      '--map',
      'event=name,user_id=uid,timestamp=created_at,event_id=id',
      '--check',
      'sum:data.deep.n',
      '--report',
      report,
    ],
  ];
  const first = await run(...args);
  expect(first.stderr + first.stdout).toContain('2,500 stored, 0 duplicate, 0 rejected');
  expect(first.stdout).toContain('Compared: 2,500 events of 2 types on 3 days: all as in the source');
  expect(first.stdout).toContain('users: 50 in the source, 50 stored');
  expect(first.stdout).toContain('sum of data.deep.n: 3126250 in the source, 3126250 stored');
  expect(first.code).toBe(0);
  expect(readReport(report)).toMatchObject({
    ok: true,
    sources: [{ stored: 2500, comparison: { unexplained: 0 } }],
  });
  const row = await ask(
    "select event, user_id, toString(timestamp), properties.amount, properties.big, properties.data.plan, properties.tags from events where event_id = '7'",
  );
  expect(row).toBe(
    "looked\t8f14e45f-ceea-167a-5a36-dedd4bea2543\t2024-02-28 23:07:00.000\t12345678901234567890.1234\t9007199254740997\tp1\t['a','b']",
  );
  expect(
    await ask(
      "select properties.amount, properties.big, dynamicType(properties.big) from events where event_id = '1'",
    ),
  ).toBe('1.25\t9007199254740991\tFloat64');

  const again = await run(...args, '--by', 'id');
  expect(again.stdout).toContain('0 stored, 2,500 duplicate, 0 rejected');
  expect(again.code).toBe(0);

  await runSql(
    "update events set uid = md5('somebody')::uuid where id = 100",
    'delete from events where id = 101',
  );
  await runSql(
    "insert into events (id, name, uid, created_at) values (9999, 'bought', md5('1')::uuid, '2024-02-29 12:00Z')",
  );
  const tampered = await run(...args, '--check-only');
  expect(tampered.stdout).toContain('2 NOT as in the source');
  expect(tampered.code).toBe(1);
  const { differences } = JSON.parse(readFileSync(report, 'utf8')).sources[0].comparison;
  const sum = (name: string): number =>
    differences.reduce((n: number, one: Record<string, number>) => n + (one[name] ?? 0), 0);
  expect([sum('missing'), sum('changed'), sum('others')]).toEqual([1, 1, 1]);
  expect(differences.flatMap(({ examples }: { examples: string[] }) => examples).sort()).toEqual([
    '100',
    '9999',
  ]);
});

test('an import from Postgres that is killed goes on behind its key, and stores every row once', async () => {
  await runSql(
    'create table many (a int, b text, at timestamptz, primary key (a, b))',
    "insert into many select i / 10, 'k' || i % 10, timestamptz '2024-03-01' + i * interval '1 second' from generate_series(0, 39999) i",
  );
  const args = [
    '--from',
    postgres,
    '--table',
    'many',
    '--map',
    'user_id=a,timestamp=at',
    '--set',
    'event=killed',
    '--rest',
    'properties',
  ];
  const running = startCommand(['import', ...args], { env: { WEIR_DATA: weir.dataFolder } });
  const stored = async (): Promise<number> =>
    Number(await ask("select count() from events where event = 'killed'"));
  await expect.poll(stored, { interval: 20 }).toBeGreaterThan(0);
  running.process.kill('SIGKILL');
  await running.result;
  const resumed = await run(...args);
  expect(resumed.stdout).toContain('Compared: 40,000 events of 1 type on 1 day: all as in the source');
  expect(resumed.code).toBe(0);
  expect(await ask("select count(), uniqExact(event_id) from events where event = 'killed'")).toBe(
    '40000\t40000',
  );
});

test('a query needs a key, and mistakes are sentences', async () => {
  const none = await run('--from', postgres, '--query', 'select 1 as a');
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('A query needs --by COLUMN') });
  const wrong = await run('--from', postgres, '--table', 'many', '--map', 'user_id=AT', '--set', 'event=x');
  expect(wrong.stderr).toContain(
    '--map user_id=AT: there is no such column (did you mean at?); there are a, b, at.',
  );
  expect((await run('--from', postgres, '--table', 'nothing')).stderr).toContain(
    'relation "nothing" does not exist',
  );
  expect((await run('--from', 'segment-archiv', folder)).stderr).toContain('(did you mean segment-archive?)');
  const query = await run(
    '--from',
    postgres,
    '--query',
    'select a, b, at from many where a < 3',
    '--by',
    'a,b',
    '--map',
    'user_id=a,timestamp=at',
    '--set',
    'event=asked',
  );
  expect(query.stdout).toContain('30 stored, 0 duplicate, 0 rejected');
});

/** Two day folders of Segment's archive, as its destination writes them. */
function writeArchive(): string {
  const archive = join(folder, 'segment-logs');
  const at = '2024-05-06T07:08:09.123Z';
  const common = {
    version: 2,
    channel: 'server',
    sentAt: '2024-05-06T07:00:00.000Z',
    receivedAt: at,
    originalTimestamp: '2024-05-06T06:59:59.000Z',
    context: { library: { name: 'analytics-node' } },
  };
  const days = {
    '1714953600000': [
      {
        type: 'track',
        event: 'Order Completed',
        messageId: 's1',
        userId: 'u1',
        timestamp: at,
        properties: { revenue: 12.5 },
      },
      {
        type: 'identify',
        messageId: 's2',
        userId: 'u1',
        anonymousId: 'a1',
        timestamp: at,
        traits: { plan: 'pro' },
      },
      {
        type: 'page',
        messageId: 's3',
        anonymousId: 'a1',
        name: 'Home',
        timestamp: at,
        properties: { path: '/' },
      },
      { type: 'track', messageId: 's4', userId: 'u1', timestamp: at },
    ],
    '1715040000000': [
      {
        type: 'track',
        event: 'Order Completed',
        messageId: 's5',
        userId: 'u2',
        timestamp: '2024-05-07T00:00:00.000Z',
        properties: { revenue: 7.5 },
      },
      {
        type: 'track',
        event: 'Order Completed',
        messageId: 's1',
        userId: 'u1',
        timestamp: at,
        properties: { revenue: 12.5 },
      },
      {
        type: 'group',
        messageId: 's6',
        userId: 'u2',
        groupId: 'g1',
        timestamp: '2024-05-07T00:00:00.000Z',
        traits: {},
      },
    ],
  };
  for (const [day, messages] of Object.entries(days)) {
    mkdirSync(join(archive, 'source1', day), { recursive: true });
    const lines = messages.map((message) => JSON.stringify({ ...common, ...message }));
    writeFileSync(join(archive, 'source1', day, '168.gz'), gzipSync(`${lines.join('\n')}\n`));
  }
  return archive;
}

test("Segment's archive goes through Segment's dialect, with its own times, and rejects are named by file and line", async () => {
  const archive = writeArchive();
  const rejects = join(folder, 'rejects.ndjson');
  const first = await run(
    '--from',
    'segment-archive',
    archive,
    '--check',
    'sum:revenue',
    '--rejects',
    rejects,
  );
  expect(first.stdout).toContain('5 stored, 1 duplicate, 1 rejected');
  expect(first.stdout).toContain('168.gz line 4  missing_event');
  expect(first.stdout).toContain('all as in the source');
  expect(JSON.parse(readFileSync(rejects, 'utf8'))).toMatchObject({
    code: 'missing_event',
    place: expect.stringContaining('1714953600000/168.gz line 4'),
  });
  expect(first.code).toBe(0);
  expect(
    await ask(
      "select event, user_id, anonymous_id, toString(timestamp), properties.revenue from events where event_id in ('s1', 's2', 's3') order by event_id",
    ),
  ).toBe(
    'Order Completed\tu1\t\t2024-05-06 07:08:09.123\t12.5\n$identify\tu1\ta1\t2024-05-06 07:08:09.123\t\\N\n$page\t\ta1\t2024-05-06 07:08:09.123\t\\N',
  );
  const again = await run('--from', 'segment-archive', archive, '--no-compare');
  expect(again.stdout).toContain('0 stored, 6 duplicate, 1 rejected');
  const limited = await run(
    '--from',
    'segment-archive',
    archive,
    '--from-date',
    '2024-05-07',
    '--to-date',
    '2024-05-08',
  );
  expect(limited.stdout).toContain('0 stored, 2 duplicate, 0 rejected; 2 events, 5 outside of the dates');
});

test("PostHog's export arrives the same from JSONL and from Parquet", async () => {
  const rows = Array.from({ length: 300 }, (_, i) => ({
    uuid: `018f4c5e-0000-7000-8000-${String(i).padStart(12, '0')}`,
    event: i % 3 === 0 ? '$pageview' : 'played',
    distinct_id: `d${i % 20}`,
    person_id: `p${i % 20}`,
    properties: { $session_id: `s${i % 40}`, seconds: i / 4, token: 'phc_x' },
    person_properties: {},
    elements_chain: '',
    timestamp: new Date(Date.UTC(2024, 3, 1) + i * 60_000).toISOString(),
    created_at: new Date(Date.UTC(2024, 3, 1) + i * 60_000).toISOString(),
  }));
  const jsonl = join(folder, 'export.jsonl.gz');
  writeFileSync(jsonl, gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
  const first = await run('--from', 'posthog-export', jsonl, '--check', 'sum:seconds');
  expect(first.stdout).toContain('300 stored, 0 duplicate, 0 rejected');
  expect(first.stdout).toContain('Compared: 300 events of 2 types on 1 day: all as in the source');
  expect(
    await ask(
      "select uniqExact(session_id), uniqExact(user_id), sum(properties.seconds.:Float64) from events where event in ('played', '$pageview')",
    ),
  ).toBe('40\t20\t11212.5');

  const parquet = join(folder, 'export.parquet');
  const lines = rows
    .map(({ properties, person_properties, ...row }) => ({
      ...row,
      properties: JSON.stringify(properties),
      person_properties: '{}',
    }))
    .map((row) => JSON.stringify(row));
  const inserted = `insert into function file('${parquet}', Parquet, 'uuid String, event String, distinct_id String, person_id String, properties String, person_properties String, elements_chain String, timestamp DateTime64(6, \\'UTC\\'), created_at DateTime64(6, \\'UTC\\')') settings date_time_input_format = 'best_effort' format JSONEachRow ${lines.join('\n')}`;
  await runClickHouse(clickhouse, inserted);
  const again = await run('--from', 'posthog-export', parquet);
  expect(again.stdout + again.stderr).toContain('0 stored, 300 duplicate, 0 rejected');
  expect(again.stdout).toContain('all as in the source');

  const mapped = await run(
    parquet,
    '--map',
    'user_id=distinct_id,event_id=uuid,properties=properties',
    '--set',
    'event=mapped',
    '--set',
    'anonymous_id=x',
  );
  expect(mapped.stdout).toContain('0 stored, 0 duplicate, 300 rejected');
  expect(mapped.stdout).toContain('event_id_conflict');
  expect(mapped.stdout).toContain('and 280 more');
  // Those the server counted without naming them are no unexplained difference.
  expect(mapped.code).toBe(0);

  const zstd = join(folder, 'plain.ndjson.zst');
  const events = ['z1', 'z2'].map((id) => ({
    event: 'zstd',
    event_id: id,
    user_id: 'u',
    timestamp: rows[0]?.timestamp,
  }));
  await runClickHouse(
    clickhouse,
    `insert into function file('${zstd}', LineAsString, 'line String') format LineAsString ${events.map((one) => JSON.stringify(one)).join('\n')}`,
  );
  const unpacked = await run(zstd);
  expect(unpacked.stderr + unpacked.stdout).toContain('2 stored, 0 duplicate, 0 rejected');
});

test('a dry run shows events, unmapped columns and what is wrong, and stores nothing', async () => {
  const path = join(folder, 'dry.csv');
  writeFileSync(path, 'name,uid,at,note\ntried,u1,2024-01-01,x\ntried,,2024-01-01,y\ntried,u3,someday,z\n');
  const unmapped = await run(path, '--dry-run');
  expect(unmapped).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Perhaps --map event=name,user_id=uid'),
  });
  const dry = await run(path, '--dry-run', '--map', 'event=name,user_id=uid,timestamp=at');
  expect(dry.stdout).toContain('Columns that feed no field: note: properties of their own names.');
  expect(dry.stdout).toContain('the first 3 rows, nothing is stored');
  expect(dry.stdout).toContain('"timestamp":"2024-01-01T00:00:00.000Z","properties":{"note":"x"}');
  expect(dry.stdout).toMatch(/1 are valid, 2 are not:/);
  expect(dry.stdout).toMatch(/line 3 {2}missing_user/);
  expect(dry.stdout).toMatch(/line 4 {2}invalid_timestamp/);
  expect(dry.code).toBe(0);
  expect(await ask("select count() from events where event = 'tried'")).toBe('0');
});

test('many files of several kinds are one source, by wildcard, and a new file later is read too', async () => {
  const many = join(folder, 'many');
  mkdirSync(join(many, 'deep'), { recursive: true });
  const line = (id: string): string =>
    `{"event":"one_of_many","event_id":"${id}","user_id":"u","timestamp":"2024-06-01T00:00:00Z"}\n`;
  for (let i = 0; i < 30; i++)
    writeFileSync(join(many, i % 2 ? 'deep' : '', `f${i}.ndjson`), line(`m${i}`) + line(`n${i}`));
  const first = await run(join(many, '**', '*.ndjson'), '--rate', '1000');
  expect(first.stdout).toContain('60 stored, 0 duplicate, 0 rejected');
  writeFileSync(join(many, 'a.csv'), 'event,event_id,user_id\none_of_many,late,u\n');
  const second = await run(many);
  expect(second.stdout).toContain('1 stored, 60 duplicate, 0 rejected');
  expect(second.stdout).toContain('not compared for want of a time of their own: 1 event');
  const nothing = await run(join(many, '*.parquet'));
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no file of events') });
});
