/**
 * A dashboard of twelve metric tiles on 10 million events, asked at once over HTTP of a whole Weir while events stream in: metrics stored
 * through the API, their rollups made by Weir itself. Four tiles each of a distinct count, a sum by one dimension and a ratio
 * of which three dimensions are kept: hours of two days, days, weeks and all of 90 days.
 *
 *   computed     with `Cache-Control: no-cache`: every tile is computed
 *   as it comes  without: a tile is computed when an event that it counts was stored since
 *   kept         while events of a type stream in that no tile asks for; or with `max-stale`, whatever streams in
 *
 * Each while EVENTS_PER_SECOND events stream in, all of which the tiles count unless said otherwise, in payloads of a hundred with timestamps of the
 * last day. Every answer is checked to come from a rollup. The same is computed from the events before there are metrics.
 *
 * BENCH_EVENTS: events (10000000). BENCH_DATA: a folder that keeps them between runs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClickHouse } from '../src/clickhouse/client.js';
import { type Figure, median, quantile, report } from './support/report.js';
import { type Stack, startStack } from './support/stack.js';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const DAYS = 90;
const RANGE = { from: '2024-01-01', to: '2024-03-31' };
const RECENT = { from: '2024-03-29', to: '2024-03-31' };
const LAST_DAY_MS = Date.UTC(2024, 2, 30);
const DAY_MS = 86_400_000;
const EVENTS_PER_SECOND = 1_000;
const PAYLOAD_EVENTS = 100;
const RUNS = 15;
const WARM_RUNS = 50;
const READY_TIMEOUT_MS = 600_000;

const METRICS: Readonly<Record<string, string>> = {
  buyers: 'formula = "uniq(purchase)"',
  revenue: 'formula = "sum(purchase.price)" dimensions = ["country"]',
  conversion:
    'formula = "count(purchase) / count(checkout) * 100" dimensions = ["country", "plan", "device"]',
};

/** Events that the tiles count, and one that they do not. */
const COUNTED = ['purchase', 'checkout'];
const OTHER = ['opened'];

interface Tile {
  readonly metric: string;
  readonly body: object;
}

const TILES: readonly Tile[] = [
  ...['buyers', 'revenue'].flatMap((metric) => [
    { metric, body: { ...RECENT, grain: 'hour' } },
    { metric, body: { ...RANGE, grain: 'day' } },
    { metric, body: { ...RANGE, grain: 'week' } },
    { metric, body: { ...RANGE, grain: 'all' } },
  ]),
  { metric: 'conversion', body: { ...RECENT, grain: 'hour', dimensions: ['device'] } },
  { metric: 'conversion', body: { ...RANGE, grain: 'day', dimensions: ['plan'] } },
  { metric: 'conversion', body: { ...RANGE, grain: 'week', dimensions: ['country'] } },
  { metric: 'conversion', body: { ...RANGE, grain: 'all' } },
];

async function call<T>(stack: Stack, method: string, path: string, body?: unknown, headers = {}): Promise<T> {
  const response = await fetch(stack.url + path, {
    method,
    headers: {
      authorization: `Bearer ${stack.keys.admin}`,
      'content-type': 'application/json',
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}

/** Half of the events are views; made inside the engine once, as those of bench/query-metric.ts. */
async function fill(stack: Stack): Promise<void> {
  const clickhouse = createClickHouse(stack.clickhouseUrl);
  const { rows } = await clickhouse.query<{ n: number }>('select count() as n from events');
  if (Number(rows[0]!.n) < EVENTS) {
    const options = { timeoutMs: 1_800_000, settings: { max_execution_time: 1_800 } };
    await clickhouse.command(
      `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at, properties)
       select 'default',
         ['view', 'cart', 'checkout', 'purchase', 'click', 'search', 'login', 'share'][1 + if(cityHash64(number, 1) % 2 = 0, 0, cityHash64(number, 2) % 8)],
         toDateTime64('${RANGE.from} 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 3) % (${DAYS} * 86400000)),
         toString(number), concat('u', toString(cityHash64(number, 4) % ${Math.max(1, EVENTS / 20)})), 's', now64(3),
         concat('{"country":"c', toString(cityHash64(number, 5) % 20), '","plan":"p', toString(cityHash64(number, 7) % 4),
           '","device":"d', toString(cityHash64(number, 8) % 5), '","price":', toString((cityHash64(number, 6) % 10000) / 100 + 0.001), '}')::JSON
       from numbers(${EVENTS})`,
      options,
    );
    await clickhouse.command('optimize table events final', options);
  }
  await clickhouse.close();
}

/** Sends events at a steady rate until stopped; then says how many a second were taken. */
function startStream(stack: Stack, types: readonly string[]): { stop(): Promise<number> } {
  let stopped = false;
  let sent = 0;
  const startedMs = performance.now();
  const run = async (): Promise<void> => {
    while (!stopped) {
      const events = Array.from({ length: PAYLOAD_EVENTS }, (_, i) => {
        const n = sent + i;
        return {
          event: types[n % types.length],
          user_id: `u${(n * 7919) % Math.max(1, EVENTS / 20)}`,
          timestamp: new Date(LAST_DAY_MS + ((n * 60_013) % DAY_MS)).toISOString(),
          properties: {
            country: `c${n % 20}`,
            plan: `p${n % 4}`,
            device: `d${n % 5}`,
            price: (n % 10_000) / 100,
          },
        };
      });
      await call(stack, 'POST', '/v1/events', events);
      sent += PAYLOAD_EVENTS;
      const dueMs = startedMs + (sent / EVENTS_PER_SECOND) * 1_000;
      await sleep(Math.max(0, dueMs - performance.now()));
    }
  };
  const running = run();
  // What ends the benchmark ends the stack, and that this.
  running.catch(() => {});
  return {
    async stop() {
      stopped = true;
      await running;
      return sent / ((performance.now() - startedMs) / 1_000);
    },
  };
}

interface Opened {
  readonly ms: number;
  /** Tiles that were computed. */
  readonly computed: number;
  readonly sources: readonly string[];
}

/** Asks all tiles at once. @param defined whether with their definitions instead of stored metrics */
async function open(stack: Stack, control: string, defined = false): Promise<Opened> {
  const startedMs = performance.now();
  const answers = await Promise.all(
    TILES.map(({ metric, body }) =>
      call<{ meta: { cache: string; source: string } }>(
        stack,
        'POST',
        '/v1/analytics/metrics/calculate',
        { ...(defined ? { definition: `metric "${metric}" { ${METRICS[metric]} }` } : { metric }), ...body },
        control === '' ? {} : { 'cache-control': control },
      ),
    ),
  );
  return {
    ms: performance.now() - startedMs,
    computed: answers.filter(({ meta }) => meta.cache === 'miss').length,
    sources: answers.map(({ meta }) => meta.source),
  };
}

/** Opens it several times while events of the types stream in. */
async function openWhile(
  stack: Stack,
  types: readonly string[],
  runs: number,
  control: string,
  defined = false,
): Promise<{ opened: readonly Opened[]; rate: number }> {
  const stream = startStream(stack, types);
  await sleep(1_000);
  const opened: Opened[] = [];
  for (let run = 0; run < runs; run++) opened.push(await open(stack, control, defined));
  return { opened, rate: await stream.stop() };
}

async function removeMetrics(stack: Stack): Promise<void> {
  const { data } = await call<{ data: { id: string }[] }>(stack, 'GET', '/v1/analytics/metrics/custom');
  for (const { id } of data) await call(stack, 'DELETE', `/v1/analytics/metrics/custom/${id}?force=true`);
}

/** Stores the metrics and waits until every rollup is filled. Milliseconds. */
async function storeMetrics(stack: Stack): Promise<number> {
  const startedMs = performance.now();
  for (const [name, fields] of Object.entries(METRICS))
    await call(stack, 'POST', '/v1/analytics/metrics/custom', {
      definition: `metric "${name}" { ${fields} }`,
    });
  while (performance.now() - startedMs < READY_TIMEOUT_MS) {
    const { sources } = await open(stack, 'no-cache');
    if (sources.every((source) => source !== 'raw')) return performance.now() - startedMs;
    await sleep(1_000);
  }
  throw new Error('the rollups were not ready in time');
}

/** A benchmark asks more often than one key may. */
const liftQuotas = (stack: Stack): Promise<unknown> =>
  call(stack, 'PATCH', '/v1/projects/default', {
    settings: { quotas: { ingest_per_second: 100_000, queries_per_second: 100_000 } },
  });

const median12 = (opened: readonly Opened[]): number => median(opened.map(({ ms }) => ms));

async function prepare(kept: string | undefined): Promise<{ stack: Stack; figures: Figure[] }> {
  const stack = await startStack({}, kept);
  await fill(stack);
  await liftQuotas(stack);
  await removeMetrics(stack);
  await call(stack, 'POST', '/v1/events?wait=stored', { event: 'opened', user_id: 'u1' });
  const raw = await openWhile(stack, COUNTED, 5, 'no-cache', true);
  return {
    stack,
    figures: [{ figure: 'from the events, computed', value: median12(raw.opened), unit: 'ms' }],
  };
}

const { stack, figures } = await prepare(process.env.BENCH_DATA);
try {
  const add = (figure: string, value: number, unit: string) => figures.push({ figure, value, unit });
  add('rollups filled and asked', await storeMetrics(stack), 'ms');
  const computed = await openWhile(stack, COUNTED, RUNS, 'no-cache');
  const raws = computed.opened.flatMap(({ sources }) => sources.filter((source) => source === 'raw'));
  if (raws.length > 0) throw new Error(`${raws.length} tiles were answered from the events`);
  add('events streamed in meanwhile', computed.rate, '/s');
  add('from rollups, computed', median12(computed.opened), 'ms');
  add(
    'from rollups, computed, 9 of 10 within',
    quantile(
      computed.opened.map(({ ms }) => ms),
      0.9,
    ),
    'ms',
  );
  const coming = await openWhile(stack, COUNTED, WARM_RUNS, '');
  add('as it comes', median12(coming.opened), 'ms');
  add('as it comes, tiles computed', median(coming.opened.map((one) => one.computed)), 'of 12');
  const stale = await openWhile(stack, COUNTED, WARM_RUNS, 'max-stale=30');
  add('max-stale=30', median12(stale.opened), 'ms');
  await open(stack, '');
  const kept = await openWhile(stack, OTHER, WARM_RUNS, '');
  add('kept, other events streaming in', median12(kept.opened), 'ms');
  add(
    'kept, 9 of 10 within',
    quantile(
      kept.opened.map(({ ms }) => ms),
      0.9,
    ),
    'ms',
  );
  add(
    'kept, tiles computed',
    kept.opened.reduce((sum, one) => sum + one.computed, 0),
    `of ${12 * WARM_RUNS}`,
  );
  add('from the events / from rollups', figures[0]!.value / median12(computed.opened), 'x');
  add('computed / kept', median12(computed.opened) / median12(kept.opened), 'x');
  report('metric-dashboard', figures);
} finally {
  await stack.stop();
}
