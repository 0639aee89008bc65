/** POST /v1/query on a real engine: a project sees its own events and nothing else, whatever it asks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/query/context.js';
import { createSqlRunner, type SqlRunner } from '../../src/query/sql/run.js';
import { freshClickHouse, runClickHouse } from '../support/stack.js';

const SECRET = 'the-other-projects-secret';
let runner: SqlRunner;
let database: string;

beforeAll(async () => {
  const { url } = await freshClickHouse();
  database = new URL(url).pathname.slice(1);
  const columns = 'project, event, timestamp, event_id, user_id, received_at, properties';
  await runClickHouse(
    url,
    `insert into events (${columns}) select 'mine', if(number % 2 = 0, 'opened', 'closed'), toDateTime64('2026-01-01', 3, 'UTC') + number, toString(number), toString(number % 7), now(), concat('{"n":', toString(number), ',"plan":"pro"}')::JSON from numbers(100)`,
  );
  await runClickHouse(
    url,
    `insert into events (${columns}) select 'theirs', '${SECRET}', now(), '${SECRET}', '${SECRET}', now(), '{"plan":"${SECRET}"}'::JSON from numbers(10)`,
  );
  runner = createSqlRunner(url);
});

afterAll(() => runner.close());

const ask = (sql: string, params?: object) =>
  runner.run('mine', params === undefined ? { sql } : { sql, params }, DEFAULT_LIMITS);

const refusal = async (sql: string): Promise<string> => {
  try {
    return `answered ${JSON.stringify(await ask(sql))}`;
  } catch (error) {
    const { status, code, detail } = error as { status?: number; code?: string; detail?: string };
    expect({ sql, status, detail }).toMatchObject({ status: 422 });
    expect(detail).not.toContain(SECRET);
    return code ?? '';
  }
};

describe('answers', () => {
  it('with columns, rows and what it cost', async () => {
    const answer = await ask('select event, count() as n from events group by event order by n desc, event');
    expect(answer.columns.map(({ name }) => name)).toEqual(['event', 'n']);
    expect(answer.rows).toEqual([
      ['closed', 50],
      ['opened', 50],
    ]);
    expect(answer.meta.rows_read).toBe(100);
  });

  it('bound values, properties, windows, joins, with', async () => {
    const { rows } = await ask(
      'with big as (select user_id, properties.n::Float64 as n from events where n >= {least:Float64} and event in {events:Array(String)}) select user_id, sum(n) over (order by user_id) as running from big order by user_id limit 2',
      { least: 90, events: ['opened', "it's"] },
    );
    expect(rows).toEqual([
      ['0', 98],
      ['1', 190],
    ]);
  });

  it('keeps the order it was asked for, and the digits of large numbers', async () => {
    const { rows } = await ask('select event_id from events order by toUInt64(event_id) desc limit 3');
    expect(rows).toEqual([['99'], ['98'], ['97']]);
    expect((await ask('select toUInt64(18446744073709551615) as n, 7 as m')).rows).toEqual([
      ['18446744073709551615', 7],
    ]);
  });

  it('with times as everywhere', async () => {
    const { rows } = await ask(
      "select min(timestamp), toDateTime(0, 'Europe/Berlin'), [max(timestamp)], toDate(0) from events",
    );
    expect(rows).toEqual([
      ['2026-01-01T00:00:00.000Z', '1970-01-01T00:00:00Z', ['2026-01-01T00:01:39.000Z'], '1970-01-01'],
    ]);
  });

  it('group by a property of any type', async () => {
    expect((await ask('select properties.plan, count() from events group by all')).rows).toEqual([
      ['pro', 100],
    ]);
  });
});

describe('sees nothing of others', () => {
  it('in any plain question', async () => {
    for (const sql of [
      'select * from events',
      'select distinct event, user_id, event_id from events',
      'select a.event, b.event from events as a cross join events as b limit 10000',
      "select * from events where 1 = 1 or project = 'theirs'",
      'select project from events',
      'with events as (select * from events) select * from events',
      'select (select groupUniqArray(event) from events), groupUniqArray(user_id) from events',
    ]) {
      const answer = await ask(sql).catch((error: unknown) => ({ refused: String(error) }));
      expect(JSON.stringify(answer)).not.toContain(SECRET);
    }
  });

  it('by asking for it in other ways', async () => {
    const attempts = [
      `select * from ${database}.events`,
      `select * from \`${database}\`.events`,
      `select * from "${database}.events"`,
      `select '${SECRET}' in ${database}.events`,
      'select * from rejected_events',
      'select * from system.tables',
      'select * from system.parts',
      'select * from INFORMATION_SCHEMA.tables',
      "select * from file('/etc/passwd', 'LineAsString')",
      "select * from url('http://127.0.0.1:1/', 'LineAsString')",
      `select * from merge('${database}', 'events')`,
      `select * from remote('127.0.0.1', '${database}', 'events')`,
      `select * from mergeTreeIndex('${database}', 'events')`,
      `select * from loop(events)`,
      `select * from view(select 1)`,
      `select * from eval('select 1')`,
      `select hasColumnInTable('${database}', 'events', 'project')`,
      `select * from dictionary('x')`,
      'select 1) union all (select * from events',
      "select 1 into outfile '/tmp/x'",
      'select 1 settings readonly = 0',
      'select currentUser(), hostName()',
      "select getSetting('max_threads')",
      'select * apply(hostName) from events',
    ];
    for (const sql of attempts) expect(await refusal(sql)).toMatch(/^(?:sql_refused|query_refused)$/);
  });

  it('cannot pass names as parameters', async () => {
    await expect(ask('select * from {t:Identifier}', { t: 'events' })).rejects.toMatchObject({
      status: 422,
      code: 'sql_refused',
    });
    await expect(ask('select 1', { weir_project: 'theirs' })).rejects.toMatchObject({ status: 422 });
  });
});

describe('says what is wrong', () => {
  it.each([
    ['select nothing from events', /nothing/],
    ['select count( from events', /bracket/],
    ['select * from nowhere', /events is the only one/],
    ["select toDate('x') from events", /date/i],
    ['select {absent:String}', /absent/],
  ])('%s', async (sql, words) => {
    await expect(ask(sql)).rejects.toMatchObject({ status: 422, detail: expect.stringMatching(words) });
  });

  it('limits what an answer may hold and cost', async () => {
    await expect(ask('select number from numbers(10001)')).rejects.toMatchObject({
      status: 422,
      code: 'query_over_limit',
    });
    const small = { ...DEFAULT_LIMITS, maxRowsToRead: 50 };
    await expect(
      runner.run('mine', { sql: 'select uniq(event_id) from events' }, small),
    ).rejects.toMatchObject({ code: 'query_over_limit' });
    const brief = { ...DEFAULT_LIMITS, timeoutMs: 1_000, maxRowsToRead: 1e15 };
    await expect(
      runner.run('mine', { sql: 'select sum(number * number) from numbers(1000000000000)' }, brief),
    ).rejects.toMatchObject({ code: 'query_over_limit' });
  });
});
