/**
 * The four-step seven-day funnel of query-funnel against PostgreSQL on the same events: window functions that keep, for each step,
 * the latest possible start of a chain that reached it, which is exact and needs one sort. The server is tuned for the question:
 * buffers and a sort that hold everything, a covering index, two parallel workers. Compiled expressions (jit) this PostgreSQL was
 * built without. Both must count the same.
 */
import { join } from 'node:path';
import pg from 'pg';
import type { ClickHouse } from '../src/clickhouse/client.js';
import { findFreePort } from '../src/embedded/port.js';
import { createPostgres, type PostgresSettings } from '../src/embedded/postgres.js';
import { DEFAULT_LIMITS } from '../src/query/context.js';
import { analyzeFunnel } from '../src/query/funnel/analyze.js';
import { readNativeBlocks } from '../src/query/native-result.js';
import { KINDS, RECEIVED_MS, withFunnelEngine } from './support/funnel-events.js';
import { median, report } from './support/report.js';

const RUNS = 3;
const STEPS = KINDS.slice(0, 4);
const FROM = Date.UTC(2024, 0, 5);
const TO = Date.UTC(2024, 0, 12);
const WINDOW_MS = 7 * 86_400_000;

/** For ten million events, about a gigabyte with their index. */
const TUNED: PostgresSettings = {
  shared_buffers: '2GB',
  effective_cache_size: '4GB',
  work_mem: '1GB',
  max_parallel_workers_per_gather: '2',
};

const FUNNEL_SQL = `
with relevant as (
  select person, ts, kind from events
  where kind between 1 and 4 and ts >= ${FROM} and ts < ${TO + WINDOW_MS}
), first as (
  select *, max(case when kind = 1 and ts < ${TO} then ts end) over unit as s1 from relevant
  window unit as (partition by person order by ts range between unbounded preceding and current row)
), second as (
  select *, max(case when kind = 2 and ts - s1 <= ${WINDOW_MS} then s1 end) over unit as s2 from first
  window unit as (partition by person order by ts range between unbounded preceding and current row)
), third as (
  select *, max(case when kind = 3 and ts - s2 <= ${WINDOW_MS} then s2 end) over unit as s3 from second
  window unit as (partition by person order by ts range between unbounded preceding and current row)
), people as (
  select person, bool_or(s1 is not null) as a, bool_or(s2 is not null) as b, bool_or(s3 is not null) as c,
    bool_or(kind = 4 and ts - s3 <= ${WINDOW_MS}) as d
  from third group by person
)
select count(*) filter (where a)::int as a, count(*) filter (where b)::int as b, count(*) filter (where c)::int as c, count(*) filter (where d)::int as d from people`;

async function copyEvents(clickhouse: ClickHouse, client: pg.Client): Promise<void> {
  await client.query('create unlogged table events (person int8, ts int8, kind int2)');
  const kinds = KINDS.map((kind) => `'${kind}'`).join(', ');
  const sql = `select toFloat64(toInt64(bitAnd(person_key, 9007199254740991))) as person, toFloat64(toUnixTimestamp64Milli(timestamp)) as ts, toUInt32(indexOf([${kinds}], event)) as kind from events where project = 'people'`;
  const stream = await clickhouse.queryRaw(sql, 'Native', { timeoutMs: 1_800_000 });
  for await (const { columns } of readNativeBlocks(stream)) {
    const [person, ts, kind] = columns.map(({ values }) => Array.from(values as Float64Array));
    await client.query('insert into events select * from unnest($1::int8[], $2::int8[], $3::int2[])', [
      person,
      ts,
      kind,
    ]);
  }
  await client.query('create index on events (kind, ts) include (person)');
  await client.query('vacuum analyze events');
}

async function withPostgres(folder: string, run: (client: pg.Client) => Promise<void>): Promise<void> {
  const options = {
    folder: join(folder, 'postgres'),
    port: await findFreePort(),
    password: 'bench',
    fsync: false,
    settings: TUNED,
  };
  const postgres = await createPostgres(options);
  const child = await postgres.start();
  const client = new pg.Client({ connectionString: postgres.url });
  client.on('error', () => {});
  await client.connect();
  try {
    await run(client);
  } finally {
    await client.end();
    await child.stop();
  }
}

async function time<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const times: number[] = [];
  let result: T | undefined;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    result = await work();
    times.push(performance.now() - start);
  }
  return { ms: median(times), result: result as T };
}

await withFunnelEngine(async (clickhouse, _, folder) => {
  await withPostgres(folder, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('events') is not null as there`,
    );
    if (!rows[0]!.there) await copyEvents(clickhouse, client);
    const context = { clickhouse, project: 'people', limits: DEFAULT_LIMITS, receivedMs: RECEIVED_MS };
    const question = {
      steps: STEPS.map((event) => ({ event })),
      window: '7d',
      from: '2024-01-05',
      to: '2024-01-12',
    };
    const ask = (times: boolean) => async () =>
      (await analyzeFunnel(context, { ...question, times })).steps.map(({ count }) => count);
    const fast = await time(ask(false));
    const fold = await time(ask(true));
    const slow = await time(async () =>
      Object.values((await client.query<Record<string, number>>(FUNNEL_SQL)).rows[0]!),
    );
    for (const { result } of [fold, slow])
      if (result.join() !== fast.result.join())
        throw new Error(`counts differ: ${result.join()} and ${fast.result.join()}`);
    report(`query-funnel-postgres (shared_buffers ${TUNED.shared_buffers}, work_mem ${TUNED.work_mem})`, [
      { figure: 'windowFunnel', value: fast.ms, unit: 'ms' },
      { figure: 'fold', value: fold.ms, unit: 'ms' },
      { figure: 'PostgreSQL', value: slow.ms, unit: 'ms' },
      { figure: 'PostgreSQL against windowFunnel', value: slow.ms / fast.ms, unit: 'times' },
      { figure: 'PostgreSQL against the fold', value: slow.ms / fold.ms, unit: 'times' },
    ]);
  });
});
