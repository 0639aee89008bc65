/**
 * Events for the funnel benchmarks, made inside the engine: projects `people` (BENCH_EVENTS events, 10 million, of a twentieth as many
 * people over 21 days), `fifty` (a tenth as many, of fifty types) and `heavy` (a person of 300,000 events among others).
 * BENCH_DATA names a folder that keeps them between runs.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouse, createClickHouse } from '../../src/clickhouse/client.js';
import { migrateClickHouse } from '../../src/clickhouse/migrate.js';
import { createEngine } from '../../src/embedded/engine.js';
import { findFreePort } from '../../src/embedded/port.js';

export const EVENTS = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const PEOPLE = EVENTS / 20;
const HEAVY_EVENTS = 300_000;
/** When they were received, epoch ms. A front knows the newest receipt from Redis, so the benchmarks' questions are told it. */
export const RECEIVED_MS = Date.UTC(2024, 0, 22);
export const KINDS = ['view', 'cart', 'checkout', 'purchase', 'click', 'search', 'login', 'share'];

/** 21 days; half of the events are views. Fifty further kinds get a share of `share`. */
async function makeEvents(clickhouse: ClickHouse): Promise<void> {
  const kinds = KINDS.map((kind) => `'${kind}'`).join(', ');
  const insert = (project: string, count: number, event: string, person: string, seed: number): string =>
    `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at, properties)
     select '${project}', ${event},
       toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 3, ${seed}) % (21 * 86400000)),
       toString(number), ${person}, 's', fromUnixTimestamp64Milli(toInt64(${RECEIVED_MS}), 'UTC'),
       concat('{"country":"c', toString(cityHash64(number, 5) % 20), '","price":', toString((cityHash64(number, 6) % 10000) / 100 + 0.001), '}')::JSON
     from numbers(${count})`;
  const kind = `[${kinds}][1 + if(cityHash64(number, 1) % 2 = 0, 0, cityHash64(number, 2) % ${KINDS.length})]`;
  const person = `concat('u', toString(cityHash64(number, 4) % ${PEOPLE}))`;
  const options = { timeoutMs: 1_800_000, settings: { max_execution_time: 1_800 } };
  await clickhouse.command(insert('people', EVENTS, kind, person, 0), options);
  const fifty = `concat('step', toString(cityHash64(number, 1) % 50))`;
  await clickhouse.command(
    insert('fifty', EVENTS / 10, fifty, `concat('u', toString(number % ${PEOPLE / 10}))`, 1),
    options,
  );
  await clickhouse.command(insert('heavy', HEAVY_EVENTS, kind, `'heavy'`, 2), options);
  await clickhouse.command(
    insert('heavy', HEAVY_EVENTS, kind, `concat('u', toString(number % 15000))`, 3),
    options,
  );
  await clickhouse.command('optimize table events final', options);
}

async function isFilled(clickhouse: ClickHouse): Promise<boolean> {
  const { rows } = await clickhouse.query<{ n: number }>(
    `select count() as n from system.tables where database = currentDatabase() and name = 'events' and total_rows > 0`,
  );
  return Number(rows[0]?.n) > 0;
}

/** The folder of the benchmark's data; removed afterwards unless BENCH_DATA names it. */
export function openFolder(): { folder: string; close(): void } {
  const given = process.env.BENCH_DATA;
  const folder = given ?? mkdtempSync(join(tmpdir(), 'weir-bench-'));
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    close: () => {
      if (given === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

type EngineRun = (clickhouse: ClickHouse, pid: number, folder: string) => Promise<void>;

/** Runs with an engine that has the events of the funnels. `pid` is the engine's process. */
export const withFunnelEngine = (run: EngineRun): Promise<void> => withEngine(makeEvents, run);

/** Runs with an engine that `fill` has filled, now or, with BENCH_DATA, earlier. */
export async function withEngine(
  fill: (clickhouse: ClickHouse) => Promise<void>,
  run: EngineRun,
): Promise<void> {
  const { folder, close } = openFolder();
  const engine = createEngine({
    folder: join(folder, 'engine'),
    port: await findFreePort(),
    password: 'bench',
  });
  const child = await engine.start();
  const clickhouse = createClickHouse(engine.url);
  try {
    if (!(await isFilled(clickhouse))) {
      await migrateClickHouse(clickhouse);
      await fill(clickhouse);
    }
    await run(clickhouse, child.pid!, folder);
  } finally {
    await clickhouse.close();
    await child.stop();
    close();
  }
}
