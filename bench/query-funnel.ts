/**
 * Funnels over 10 million events of 500,000 people (made inside the engine): the four-step seven-day funnel by windowFunnel
 * and by the fold, fifty steps against five, and a person of 300,000 events among the others. Each question runs several times;
 * "cold" is the first run, "again" the median of the others: nothing is cached but the file system's pages.
 *
 * BENCH_EVENTS: events (10000000). BENCH_DATA: a folder that keeps the events between runs.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouse, createClickHouse } from '../src/clickhouse/client.js';
import { migrateClickHouse } from '../src/clickhouse/migrate.js';
import { createEngine } from '../src/embedded/engine.js';
import { findFreePort } from '../src/embedded/port.js';
import { DEFAULT_LIMITS, type QueryContext } from '../src/query/context.js';
import { analyzeFunnel } from '../src/query/funnel/analyze.js';
import { type Figure, median, report } from './support/report.js';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const PEOPLE = EVENTS / 20;
const RUNS = 5;
const HEAVY_EVENTS = 300_000;
const KINDS = ['view', 'cart', 'checkout', 'purchase', 'click', 'search', 'login', 'share'];

/** 21 days; half of the events are views. Fifty further kinds get a share of `share`. */
async function makeEvents(clickhouse: ClickHouse): Promise<void> {
  const kinds = KINDS.map((kind) => `'${kind}'`).join(', ');
  const insert = (project: string, count: number, event: string, person: string, seed: number): string =>
    `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at, properties)
     select '${project}', ${event},
       toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 3, ${seed}) % (21 * 86400000)),
       toString(number), ${person}, 's', toDateTime64('2024-01-22 00:00:00', 3, 'UTC'),
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

interface Timing {
  cold: number;
  again: number;
  /** Processor time of the engine and of this process, of one run: what is comparable on a busy machine. */
  engineCpu: number;
  ownCpu: number;
  counts: number[];
}

/** Milliseconds of processor time a process has used, by /proc: fields 14 and 15 after the command, in hundredths of a second. */
function readCpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

let enginePid = 0;

async function time(context: QueryContext, question: object): Promise<Timing> {
  const times: number[] = [];
  let counts: number[] = [];
  const engineStart = readCpu(enginePid);
  const ownStart = process.cpuUsage();
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const answer = await analyzeFunnel(context, question);
    times.push(performance.now() - start);
    counts = answer.steps.map(({ count }) => count);
  }
  const own = process.cpuUsage(ownStart);
  return {
    cold: times[0]!,
    again: median(times.slice(1)),
    engineCpu: (readCpu(enginePid) - engineStart) / RUNS,
    ownCpu: (own.user + own.system) / 1_000 / RUNS,
    counts,
  };
}

const steps = (names: readonly string[]): object[] => names.map((event) => ({ event }));
const week = { window: '7d', from: '2024-01-05', to: '2024-01-12' };

async function run(url: string): Promise<void> {
  const clickhouse = createClickHouse(url);
  const { rows } = await clickhouse.query<{ n: number }>(
    `select count() as n from system.tables where database = currentDatabase() and name = 'events' and total_rows > 0`,
  );
  if (Number(rows[0]?.n) === 0) {
    await migrateClickHouse(clickhouse);
    await makeEvents(clickhouse);
  }
  const contextOf = (project: string): QueryContext => ({ clickhouse, project, limits: DEFAULT_LIMITS });
  const four = { ...week, steps: steps(KINDS.slice(0, 4)) };
  const people = contextOf('people');
  const fast = await time(people, { ...four, times: false });
  const fold = await time(people, four);
  if (fast.counts.join() !== fold.counts.join()) throw new Error('the two plans disagree');
  const overlapping = await time(people, { ...four, steps: steps(['view', 'view', 'cart', 'view']) });
  const unordered = await time(people, { ...four, order: 'unordered' });
  const conversions = await time(people, { ...four, count: 'conversions' });
  const broken = await time(people, { ...four, breakdown: ['country'] });
  const names = Array.from({ length: 50 }, (_, step) => `step${step}`);
  const month = { window: '21d', from: '2024-01-01', to: '2024-01-22' };
  const five = await time(contextOf('fifty'), { ...month, steps: steps(names.slice(0, 5)) });
  const fifty = await time(contextOf('fifty'), { ...month, steps: steps(names) });
  const heavy = await time(contextOf('heavy'), {
    ...month,
    steps: steps(['view', 'cart', 'view', 'purchase']),
  });
  const timings: [string, Timing][] = [
    ['4 steps, 7 days, windowFunnel (counts)', fast],
    ['4 steps, 7 days, fold (counts and times)', fold],
    ['4 overlapping steps, fold', overlapping],
    ['4 steps, unordered', unordered],
    ['4 steps, conversions', conversions],
    ['4 steps, by country', broken],
    ['5 of 50 steps, fold', five],
    ['50 steps, fold', fifty],
    ['a person of 300,000 events, fold', heavy],
  ];
  const figures: Figure[] = timings.flatMap(([name, { cold, again, engineCpu, ownCpu }]) => [
    { figure: `${name}, first run`, value: cold, unit: 'ms' },
    { figure: `${name}, again`, value: again, unit: 'ms' },
    { figure: `${name}, processor time of the engine`, value: engineCpu, unit: 'ms' },
    { figure: `${name}, own processor time`, value: ownCpu, unit: 'ms' },
  ]);
  figures.push({ figure: '50 steps against 5', value: fifty.again / five.again, unit: 'times' });
  report('query-funnel', figures);
  await clickhouse.close();
}

const given = process.env.BENCH_DATA;
const folder = given ?? mkdtempSync(join(tmpdir(), 'weir-bench-'));
if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
const engine = createEngine({
  folder: join(folder, 'engine'),
  port: await findFreePort(),
  password: 'bench',
});
const child = await engine.start();
enginePid = child.pid!;
try {
  await run(engine.url);
} finally {
  await child.stop();
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
