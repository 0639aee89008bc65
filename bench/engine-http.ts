/**
 * What the embedded engine's HTTP interface costs and what Native blocks gain: the same 100,000 events inserted as
 * JSONEachRow with the stock client (from objects, as it is used), as a Native block through the client room, and as a Native
 * file the engine reads by itself, which is the floor. Rounds alternate; ratios are taken round by round. Then the time of
 * the smallest question, alone and eight at a time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { type ClickHouse, createClickHouse } from '../src/clickhouse/client.js';
import { migrateClickHouse } from '../src/clickhouse/migrate.js';
import { createEngine } from '../src/embedded/engine.js';
import { findFreePort } from '../src/embedded/port.js';
import { makeEvent } from './support/events.js';
import { listTree, sumMemoryBytes } from './support/processes.js';
import { median, quantile, report } from './support/report.js';

const ROWS = Number(process.env.BENCH_ROWS ?? 100_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const QUESTIONS = 400;
const CONCURRENT = 8;

const COLUMNS = ['project', 'event', 'timestamp', 'event_id', 'user_id', 'received_at', 'properties'];

const toRow = (_: unknown, index: number): Record<string, unknown> => {
  const { event, event_id, user_id, timestamp, properties } = makeEvent('bench', index);
  const time = String(timestamp).replace('T', ' ').replace('Z', '');
  return { project: 'bench', event, timestamp: time, event_id, user_id, received_at: time, properties };
};

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function fetchNative(clickhouse: ClickHouse): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const settings = {
    output_format_native_use_flattened_dynamic_and_json_serialization: 1,
    max_block_size: ROWS,
    preferred_block_size_bytes: 0,
  };
  const sql = `select ${COLUMNS.join(', ')} from events order by project, event, toDate(timestamp), person_key, timestamp`;
  for await (const chunk of await clickhouse.queryRaw(sql, 'Native', { settings }))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function timeQuestions(clickhouse: ClickHouse, atOnce: number): Promise<number[]> {
  const times: number[] = [];
  const work = async (): Promise<void> => {
    for (let n = 0; n < QUESTIONS / atOnce; n++) times.push(await time(() => clickhouse.query('select 1')));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return times;
}

async function run(url: string, folder: string, pid: number): Promise<void> {
  const clickhouse = createClickHouse(url);
  const stock = createClient({ url });
  await migrateClickHouse(clickhouse);
  const idleBytes = sumMemoryBytes(listTree(pid));
  const rows = Array.from({ length: ROWS }, toRow);
  const insertJson = (): Promise<unknown> =>
    stock.insert({ table: 'events', values: rows, format: 'JSONEachRow' });
  await insertJson();
  const block = await fetchNative(clickhouse);
  const file = join(folder, 'block.native');
  writeFileSync(file, block);

  const empty = (): Promise<void> => clickhouse.command('truncate table events');
  const rounds: { json: number; native: number; floor: number }[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    await empty();
    const json = await time(insertJson);
    await empty();
    const native = await time(() => clickhouse.insertNative('events', COLUMNS, block));
    await empty();
    const floor = await time(() =>
      clickhouse.command(
        `insert into events (${COLUMNS.join(', ')}) select * from file('${file}', 'Native')`,
      ),
    );
    // The first round warms caches and compilers and does not count.
    if (round > 0) rounds.push({ json, native, floor });
  }
  const alone = await timeQuestions(clickhouse, 1);
  const crowdMs = await time(() => timeQuestions(clickhouse, CONCURRENT));
  const rate = (pick: (round: (typeof rounds)[number]) => number): number =>
    median(rounds.map((round) => (ROWS / pick(round)) * 1_000));
  report('engine-http', [
    { figure: 'JSONEachRow, stock client', value: rate((r) => r.json), unit: 'rows/s' },
    { figure: 'Native block, client room', value: rate((r) => r.native), unit: 'rows/s' },
    { figure: 'Native file, read by the engine', value: rate((r) => r.floor), unit: 'rows/s' },
    { figure: 'Native against JSONEachRow', value: median(rounds.map((r) => r.json / r.native)), unit: 'x' },
    {
      figure: 'Native over HTTP against the floor',
      value: median(rounds.map((r) => r.native / r.floor)),
      unit: 'x time',
    },
    { figure: 'select 1, p50', value: quantile(alone, 0.5), unit: 'ms' },
    { figure: 'select 1, p99', value: quantile(alone, 0.99), unit: 'ms' },
    { figure: 'select 1, eight at a time', value: (QUESTIONS / crowdMs) * 1_000, unit: 'queries/s' },
    { figure: 'memory of the engine, idle', value: idleBytes / 2 ** 20, unit: 'MB' },
    { figure: 'memory of the engine, after', value: sumMemoryBytes(listTree(pid)) / 2 ** 20, unit: 'MB' },
  ]);
  await Promise.all([clickhouse.close(), stock.close()]);
}

const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'));
const engine = createEngine({
  folder: join(folder, 'engine'),
  port: await findFreePort(),
  password: 'bench',
});
const child = await engine.start();
try {
  await run(engine.url, folder, child.pid);
} finally {
  await child.stop();
  rmSync(folder, { recursive: true, force: true });
}
