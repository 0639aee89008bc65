/**
 * An experiment of a million exposed persons (made inside the engine): two variants, two exposures each, six further events of each person,
 * by five goals of the three kinds. What each kind costs alone, and all together. "first run" is cold but for the file system's
 * pages, "again" the median of the others.
 *
 * BENCH_UNITS: exposed persons (1000000). BENCH_DATA: a folder that keeps the events between runs.
 */
import type { ClickHouse } from '../src/clickhouse/client.js';
import { DEFAULT_LIMITS, type QueryContext } from '../src/query/context.js';
import { analyzeExperiment } from '../src/query/experiment/analyze.js';
import { withEngine } from './support/funnel-events.js';
import { type Figure, median, report } from './support/report.js';

const UNITS = Number(process.env.BENCH_UNITS ?? 1_000_000);
const RUNS = 5;
const KINDS = ['view', 'cart', 'buy'];

/** Exposures in the first ten of thirty days; what people do lies anywhere in them. */
async function makeEvents(clickhouse: ClickHouse): Promise<void> {
  const insert = (event: string, each: number, days: number, properties: string): string =>
    `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at, properties)
     select 'shop', ${event},
       toDateTime64('2024-01-11 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, ${days}) % (${days} * 86400000)) - toIntervalDay(${days === 10 ? 0 : 10}),
       toString(number), concat('u', toString(number % ${UNITS})), 's', toDateTime64('2024-02-10 00:00:00', 3, 'UTC'), ${properties}::JSON
     from numbers(${UNITS * each})`;
  const options = { timeoutMs: 1_800_000, settings: { max_execution_time: 1_800 } };
  const variant = `if(cityHash64(number % ${UNITS}, 7) % 2 = 0, '{"variant":"control"}', '{"variant":"new"}')`;
  await clickhouse.command(insert(`'exposed'`, 2, 10, variant), options);
  const kind = `[${KINDS.map((name) => `'${name}'`).join(', ')}][1 + cityHash64(number, 1) % ${KINDS.length}]`;
  const price = `concat('{"price":', toString((cityHash64(number, 6) % 10000) / 100 + 0.001), '}')`;
  await clickhouse.command(insert(kind, 6, 30, price), options);
  await clickhouse.command('optimize table events final', options);
}

const GOALS = {
  conversion: { event: 'buy' },
  'events a person': { event: 'view', measure: 'count' },
  'sum a person': { event: 'buy', measure: { sum: 'price' } },
  'average an event': { event: 'buy', measure: { average: 'price' } },
  'funnel of three steps': { funnel: { steps: KINDS.map((event) => ({ event })) } },
};

async function time(
  context: QueryContext,
  goals: readonly object[],
): Promise<{ first: number; again: number }> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const { variants } = await analyzeExperiment(context, {
      exposure: { event: 'exposed', variant: 'variant' },
      goals,
      window: '7d',
      from: '2024-01-11',
      to: '2024-01-21',
    });
    times.push(performance.now() - start);
    const units = variants.reduce((sum, one) => sum + one.units, 0);
    if (units !== UNITS) throw new Error(`${units} of ${UNITS} units`);
  }
  const [first, ...others] = times as [number, ...number[]];
  return { first, again: median(others) };
}

await withEngine(makeEvents, async (clickhouse) => {
  const context: QueryContext = { clickhouse, project: 'shop', limits: DEFAULT_LIMITS };
  const figures: Figure[] = [];
  const add = async (name: string, goals: readonly object[]): Promise<void> => {
    const { first, again } = await time(context, goals);
    figures.push({ figure: `${name}, first run`, value: first, unit: 'ms' });
    figures.push({ figure: `${name}, again`, value: again, unit: 'ms' });
  };
  for (const [name, goal] of Object.entries(GOALS)) await add(name, [goal]);
  await add('all five goals', Object.values(GOALS));
  report(`an experiment of ${UNITS} exposed persons, ${UNITS * 8} events`, figures);
});
