/**
 * Metrics over 10 million events of 500,000 people in 90 days (made inside the engine), from the events and from their rollups:
 * one aggregate, a distinct count, two events by three dimensions, and a dashboard of twelve tiles asked at once. "cold" is the
 * first run in a process that knows nothing of the project, "again" the median of the others; nothing is cached but the file
 * system's pages. Further: how long a rollup takes to be filled, its rows, and what rollups cost an insert.
 *
 * BENCH_EVENTS: events (10000000). BENCH_DATA: a folder that keeps the events between runs.
 */
import type { ClickHouse } from '../src/clickhouse/client.js';
import { deriveRollup, listGrains, nameGrain } from '../src/mdl/plan/rollup.js';
import {
  printFilling,
  printMonths,
  printRemoval,
  printRollup,
  type RollupTarget,
} from '../src/mdl/print/rollup.js';
import type { PrintedQuery } from '../src/mdl/print/sql.js';
import { DEFAULT_LIMITS, type QueryContext } from '../src/query/context.js';
import { calculateMetric } from '../src/query/metric/calculate.js';
import { forgetSeen } from '../src/query/metric/catalogue.js';
import { compileDefinition } from '../src/query/metric/definition.js';
import { type AnsweringRollup, type MetricSources, NO_SOURCES } from '../src/query/metric/sources.js';
import { EVENTS, withEngine } from './support/funnel-events.js';
import { type Figure, median, report } from './support/report.js';

const RUNS = 5;
const DAYS = 90;
const PROJECT = 'shop';
const FIRST = '2024-01-01';
const LAST = '2024-03-31';
const RECEIVED = '2024-04-01T00:00:00Z';
/** Rows of the insert that is measured with and without rollups. */
const INSERT_ROWS = 100_000;

const METRICS: Readonly<Record<string, string>> = {
  simple: 'formula = "count(purchase)"',
  distinct: 'formula = "uniq(purchase)"',
  complex: 'formula = "count(purchase) / count(checkout) * 100" dimensions = ["country", "plan", "device"]',
  revenue: 'formula = "sum(purchase.price)" dimensions = ["country"]',
};

async function makeEvents(clickhouse: ClickHouse): Promise<void> {
  await clickhouse.command(printEvents(0, EVENTS), {
    timeoutMs: 1_800_000,
    settings: { max_execution_time: 1_800 },
  });
  await clickhouse.command('optimize table events final', { timeoutMs: 1_800_000 });
}

/** An insert of made-up events: eight kinds, half of them views. */
const printEvents = (start: number, count: number): string =>
  `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at, properties)
   select '${PROJECT}',
     ['view', 'cart', 'checkout', 'purchase', 'click', 'search', 'login', 'share'][1 + if(cityHash64(number, 1) % 2 = 0, 0, cityHash64(number, 2) % 8)],
     toDateTime64('${FIRST} 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 3) % (${DAYS} * 86400000)),
     toString(number), concat('u', toString(cityHash64(number, 4) % ${Math.max(1, EVENTS / 20)})), 's', toDateTime64('${RECEIVED.slice(0, 19).replace('T', ' ')}', 3, 'UTC'),
     concat('{"country":"c', toString(cityHash64(number, 5) % 20), '","plan":"p', toString(cityHash64(number, 7) % 4),
       '","device":"d', toString(cityHash64(number, 8) % 5), '","price":', toString((cityHash64(number, 6) % 10000) / 100 + 0.001), '}')::JSON
   from numbers(${start}, ${count})`;

const execute = (clickhouse: ClickHouse, { sql, params }: PrintedQuery): Promise<void> =>
  clickhouse.command(sql, { params, timeoutMs: 1_800_000, settings: { max_execution_time: 1_800 } });

interface Made {
  readonly rollup: AnsweringRollup;
  readonly target: RollupTarget;
  readonly fillMs: number;
}

async function makeRollups(context: QueryContext, metric: string): Promise<Made[]> {
  const { clickhouse } = context;
  const { plans } = await compileDefinition(context, NO_SOURCES, printMetric(metric));
  const derived = deriveRollup(plans[0]!);
  if (!derived.possible) throw new Error(`${metric} has no rollup`);
  const made: Made[] = [];
  for (const plan of listGrains(derived.rollup)) {
    const name = `${metric}_${nameGrain(plan.grainMs)}`;
    const target = { rollup: plan, project: PROJECT, table: `bench_${name}`, cutMs: Date.UTC(2024, 4, 1) };
    const start = performance.now();
    for (const statement of printRemoval(target.table)) await execute(clickhouse, statement);
    for (const statement of printRollup(target)) await execute(clickhouse, statement);
    const months = printMonths(target, 0);
    const { rows } = await clickhouse.query<{ month: number }>(months.sql, { params: months.params });
    for (const { month } of rows) {
      const { fill, place, clear } = printFilling(target, month, 'bench_filling');
      for (const statement of [...fill, place, clear]) await execute(clickhouse, statement);
    }
    made.push({ rollup: { name, table: target.table, plan }, target, fillMs: performance.now() - start });
  }
  return made;
}

const printMetric = (name: string): string => `metric "${name}" { ${METRICS[name]} }`;

interface Timing {
  readonly cold: number;
  readonly again: number;
  readonly source: string;
  readonly rowsRead: number;
}

async function time(
  context: QueryContext,
  sources: MetricSources,
  questions: readonly object[],
): Promise<Timing> {
  const times: number[] = [];
  let source = '';
  let rowsRead = 0;
  forgetSeen(context);
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const answers = await Promise.all(
      questions.map((question) => calculateMetric(context, sources, question)),
    );
    times.push(performance.now() - start);
    source = answers[0]!.meta.source;
    rowsRead = answers.reduce((sum, { meta }) => sum + meta.rows_read, 0);
  }
  return { cold: times[0]!, again: median(times.slice(1)), source, rowsRead };
}

const ask = (metric: string, more: object = {}): object => ({
  definition: printMetric(metric),
  from: FIRST,
  to: LAST,
  ...more,
});

const QUESTIONS: Readonly<Record<string, readonly object[]>> = {
  'simple, 90 days': [ask('simple')],
  'distinct persons, 90 days': [ask('distinct')],
  'distinct persons, 7-day buckets': [ask('distinct', { grain: 'week' })],
  'two events, three dimensions, 90 days': [ask('complex')],
  'twelve tiles at once': ['simple', 'distinct', 'revenue'].flatMap((metric) => [
    ask(metric),
    ask(metric, { grain: 'week' }),
    ask(metric, { grain: 'all' }),
    ask(metric, { from: '2024-03-01', grain: 'hour', to: '2024-03-03' }),
  ]),
};

async function timeInsert(clickhouse: ClickHouse, start: number): Promise<number> {
  const began = performance.now();
  await clickhouse.command(printEvents(start, INSERT_ROWS), { timeoutMs: 600_000 });
  return performance.now() - began;
}

async function run(clickhouse: ClickHouse): Promise<void> {
  // A front knows the newest receipt from Redis.
  const receivedMs = Date.parse(RECEIVED);
  const context: QueryContext = { clickhouse, project: PROJECT, limits: DEFAULT_LIMITS, receivedMs };
  const figures: Figure[] = [];
  const add = (figure: string, value: number, unit: string) => figures.push({ figure, value, unit });
  const raw: Record<string, Timing> = {};
  for (const [name, questions] of Object.entries(QUESTIONS))
    raw[name] = await time(context, NO_SOURCES, questions);
  const made: Made[] = [];
  for (const metric of Object.keys(METRICS)) made.push(...(await makeRollups(context, metric)));
  const sources: MetricSources = { ...NO_SOURCES, listRollups: async () => made.map(({ rollup }) => rollup) };
  for (const [name, questions] of Object.entries(QUESTIONS)) {
    const rolled = await time(context, sources, questions);
    const plain = raw[name]!;
    add(`${name}: events, cold`, plain.cold, 'ms');
    add(`${name}: events, again`, plain.again, 'ms');
    add(`${name}: ${rolled.source}, cold`, rolled.cold, 'ms');
    add(`${name}: ${rolled.source}, again`, rolled.again, 'ms');
    add(`${name}: events / rollup, again`, plain.again / rolled.again, 'x');
    add(`${name}: rows read, events / rollup`, plain.rowsRead / Math.max(1, rolled.rowsRead), 'x');
  }
  for (const { rollup, fillMs } of made) {
    const { rows } = await clickhouse.query<{ n: number }>('select count() as n from {table:Identifier}', {
      params: { table: rollup.table },
    });
    add(`${rollup.name}: filled in`, fillMs, 'ms');
    add(`${rollup.name}: rows`, Number(rows[0]!.n), 'rows');
  }
  const fed = await timeInsert(clickhouse, EVENTS);
  for (const { target } of made)
    for (const statement of printRemoval(target.table)) await execute(clickhouse, statement);
  const unfed = await timeInsert(clickhouse, EVENTS + INSERT_ROWS);
  add(`insert of ${INSERT_ROWS} events, no rollup`, unfed, 'ms');
  add(`insert of ${INSERT_ROWS} events, ${made.length} rollups`, fed, 'ms');
  report('query-metric', figures);
}

await withEngine(makeEvents, (clickhouse) => run(clickhouse));
