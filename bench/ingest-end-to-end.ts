/**
 * How fast events get from a client's POST into the table, durably, validated and exactly once, against writing the same
 * events straight into the same engine with the stock client: JSONEachRow, no validation, no stream, no deduplication.
 *
 * Both send batches of 500 events over 8 connections and are timed from the first byte sent to the last row counted in the
 * table; the rounds alternate and the ratio is taken round by round. The floor is the bare insert of Native blocks that were
 * encoded beforehand. The load generator shares the machine, for both alike.
 */
import { createClient } from '@clickhouse/client';
import { createClickHouse } from '../src/clickhouse/client.js';
import { EVENT_COLUMNS } from '../src/event/columns.js';
import type { Entry } from '../src/event/types.js';
import { createPreparePool } from '../src/pool/prepare-pool.js';
import { makeEvent } from './support/events.js';
import { sumCpuSeconds, sumMemoryBytes } from './support/processes.js';
import { median, quantile, report } from './support/report.js';
import { type Stack, startStack } from './support/stack.js';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const BATCH = 500;
const CONNECTIONS = 8;
const FLOOR_BLOCK_ROWS = 50_000;

interface Round {
  eventsPerSecond: number;
  ackMs: number[];
  cpuSeconds: number;
}

const makeBatches = (run: string): Record<string, unknown>[][] =>
  Array.from({ length: EVENTS / BATCH }, (_, b) =>
    Array.from({ length: BATCH }, (_, i) => makeEvent(run, b * BATCH + i)),
  );

/** Runs `send` over all batches with CONNECTIONS at once; the milliseconds of each call. */
async function sendAll<T>(batches: readonly T[], send: (batch: T) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < batches.length) {
      const batch = batches[next++]!;
      const start = performance.now();
      await send(batch);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return times;
}

async function waitForCount(count: () => Promise<number>, wanted: number): Promise<void> {
  while ((await count()) < wanted) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function runWeir(stack: Stack, run: string, count: (run: string) => Promise<number>): Promise<Round> {
  const bodies = makeBatches(run).map((events) => JSON.stringify(events));
  const cpuBefore = sumCpuSeconds(stack.pids());
  const start = performance.now();
  const ackMs = await sendAll(bodies, async (body) => {
    const headers = { authorization: `Bearer ${stack.keys.write}`, 'content-type': 'application/json' };
    const answer = await fetch(`${stack.url}/v1/events`, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
  });
  await waitForCount(() => count(run), EVENTS);
  const seconds = (performance.now() - start) / 1_000;
  return { eventsPerSecond: EVENTS / seconds, ackMs, cpuSeconds: sumCpuSeconds(stack.pids()) - cpuBefore };
}

async function runStock(stack: Stack, run: string, count: (run: string) => Promise<number>): Promise<Round> {
  const { origin, username, password, pathname } = new URL(stack.clickhouseUrl);
  const client = createClient({
    url: origin,
    username,
    password,
    database: pathname.slice(1),
    max_open_connections: CONNECTIONS,
  });
  const batches = makeBatches(run);
  const cpuBefore = sumCpuSeconds(stack.pids());
  const start = performance.now();
  const ackMs = await sendAll(batches, async (events) => {
    const values = events.map((event) => ({ ...event, project: 'stock', received_at: event.timestamp }));
    await client.insert({
      table: 'events',
      values,
      format: 'JSONEachRow',
      clickhouse_settings: { date_time_input_format: 'best_effort' },
    });
  });
  await waitForCount(() => count(run), EVENTS);
  const seconds = (performance.now() - start) / 1_000;
  await client.close();
  return { eventsPerSecond: EVENTS / seconds, ackMs, cpuSeconds: sumCpuSeconds(stack.pids()) - cpuBefore };
}

/** Rows a second of inserting blocks that were prepared beforehand, one after the other. */
async function runFloor(stack: Stack, run: string): Promise<number> {
  const pool = await createPreparePool({ threads: 1, memoryMb: 1_024 });
  const clickhouse = createClickHouse(stack.clickhouseUrl);
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < EVENTS; from += FLOOR_BLOCK_ROWS) {
    const events = Array.from({ length: Math.min(FLOOR_BLOCK_ROWS, EVENTS - from) }, (_, i) =>
      makeEvent(run, from + i),
    );
    const entry: Entry = {
      partition: 999,
      id: `${Date.now()}-${from}`,
      project: 'floor',
      format: 'events',
      encoding: '',
      eventCount: events.length,
      receivedAtMs: Date.now(),
      ip: '',
      userAgent: '',
      body: Buffer.from(JSON.stringify(events)),
    };
    blocks.push((await pool.prepare({ entries: [entry], partition: 999, seq: from })).block);
  }
  const columns = EVENT_COLUMNS.map((column) => column.name);
  const start = performance.now();
  for (const block of blocks) await clickhouse.insertNative('events', columns, block);
  const seconds = (performance.now() - start) / 1_000;
  await pool.close();
  await clickhouse.close();
  return EVENTS / seconds;
}

const stack = await startStack();
try {
  const clickhouse = createClickHouse(stack.clickhouseUrl);
  const count = async (run: string): Promise<number> => {
    const sql = 'select count() as n from events where startsWith(event_id, {run:String})';
    const { rows } = await clickhouse.query<{ n: number }>(sql, { params: { run: `${run}-` } });
    return Number(rows[0]?.n ?? 0);
  };
  const idleBytes = sumMemoryBytes(stack.pids());
  await runWeir(stack, 'warmup', count);
  const weir: Round[] = [];
  const stock: Round[] = [];
  let loadedBytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    weir.push(await runWeir(stack, `w${round}`, count));
    loadedBytes = Math.max(loadedBytes, sumMemoryBytes(stack.pids()));
    stock.push(await runStock(stack, `s${round}`, count));
  }
  const floor = await runFloor(stack, 'floor');
  await clickhouse.close();
  const acks = weir.flatMap((round) => round.ackMs);
  const perEvent = (rounds: readonly Round[]): number =>
    median(rounds.map((round) => (round.cpuSeconds * 1e6) / EVENTS));
  report('ingest-end-to-end', [
    {
      figure: 'Weir, durable and exactly once',
      value: median(weir.map((r) => r.eventsPerSecond)),
      unit: 'events/s',
    },
    {
      figure: 'stock client, JSONEachRow',
      value: median(stock.map((r) => r.eventsPerSecond)),
      unit: 'events/s',
    },
    {
      figure: 'ratio Weir / stock',
      value: median(weir.map((r, i) => r.eventsPerSecond / stock[i]!.eventsPerSecond)),
      unit: 'x',
    },
    { figure: 'bare Native insert (floor)', value: floor, unit: 'events/s' },
    { figure: 'Weir acknowledgement p50', value: quantile(acks, 0.5), unit: 'ms' },
    { figure: 'Weir acknowledgement p99', value: quantile(acks, 0.99), unit: 'ms' },
    { figure: 'Weir processor time, whole stack', value: perEvent(weir), unit: 'us/event' },
    { figure: 'stock processor time, engine', value: perEvent(stock), unit: 'us/event' },
    { figure: 'memory of the whole stack, idle', value: idleBytes / 2 ** 20, unit: 'MB' },
    { figure: 'memory of the whole stack, under load', value: loadedBytes / 2 ** 20, unit: 'MB' },
  ]);
} finally {
  await stack.stop();
}
