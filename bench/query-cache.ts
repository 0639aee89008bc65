/**
 * What a kept answer saves: four kinds of questions computed (`no-cache`) and kept in the process, and a dashboard of twelve tiles
 * asked at once while events of a type that no tile asks for stream in. Medians over HTTP, the client on the same machine.
 *
 * BENCH_EVENTS: events (1000000).
 */

import { type Figure, median, report } from './support/report.js';
import { type Asked, ask, makeShop, SHOP_EVENTS, sendEvent } from './support/shop-events.js';
import { type Stack, startStack } from './support/stack.js';

const RUNS = 5;
const WARM_RUNS = 30;
const RANGE = { from: '2024-01-01', to: '2024-03-31' };

const QUESTIONS: Readonly<Record<string, Asked>> = {
  trend: {
    path: '/v1/analytics/trends',
    body: { ...RANGE, events: [{ event: 'view', measure: 'users' }], grain: 'day' },
  },
  funnel: {
    path: '/v1/analytics/funnels/analyze',
    body: { ...RANGE, window: '7d', steps: ['view', 'cart', 'purchase'].map((event) => ({ event })) },
  },
  retention: {
    path: '/v1/analytics/retention',
    body: { ...RANGE, start: { event: 'view' }, return: { event: 'purchase' }, grain: 'week', periods: 8 },
  },
  metric: {
    path: '/v1/analytics/metrics/calculate',
    body: { ...RANGE, grain: 'day', definition: 'metric "bought" { formula = "count(purchase)" }' },
  },
};

const TILES: readonly Asked[] = ['view', 'cart', 'checkout', 'purchase', 'click', 'search'].flatMap(
  (event) => [
    { path: '/v1/analytics/trends', body: { ...RANGE, events: [{ event }], grain: 'day' } },
    {
      path: '/v1/analytics/trends',
      body: { ...RANGE, events: [{ event, measure: 'users' }], grain: 'week' },
    },
  ],
);

async function timeQuestion(stack: Stack, name: string, question: Asked): Promise<Figure[]> {
  const cold: number[] = [];
  for (let run = 0; run < RUNS; run++) cold.push((await ask(stack, question, 'no-cache')).ms);
  const warm: number[] = [];
  for (let run = 0; run < WARM_RUNS; run++) {
    const { ms, level } = await ask(stack, question);
    if (level !== 'l1') throw new Error(`${name} was answered from ${level}`);
    warm.push(ms);
  }
  return [
    { figure: `${name}, computed`, value: median(cold), unit: 'ms' },
    { figure: `${name}, kept`, value: median(warm), unit: 'ms' },
    { figure: `${name}, computed / kept`, value: median(cold) / median(warm), unit: 'times' },
  ];
}

async function timeDashboard(stack: Stack): Promise<Figure[]> {
  let stopped = false;
  const stream = async (): Promise<void> => {
    while (!stopped) await sendEvent(stack, 'opened');
  };
  const streaming = stream();
  // What ends the benchmark ends the stack, and that this.
  streaming.catch(() => {});
  const open = async (control?: string): Promise<number> => {
    const startedMs = performance.now();
    await Promise.all(TILES.map((tile) => ask(stack, tile, control)));
    return performance.now() - startedMs;
  };
  const cold: number[] = [];
  for (let run = 0; run < RUNS; run++) cold.push(await open('no-cache'));
  const warm: number[] = [];
  for (let run = 0; run < WARM_RUNS; run++) warm.push(await open());
  stopped = true;
  await streaming;
  return [
    { figure: 'dashboard of 12 tiles while events stream in, computed', value: median(cold), unit: 'ms' },
    { figure: 'dashboard of 12 tiles while events stream in, kept', value: median(warm), unit: 'ms' },
  ];
}

const stack = await startStack();
try {
  await makeShop(stack);
  const figures: Figure[] = [{ figure: 'events', value: SHOP_EVENTS, unit: '' }];
  for (const [name, question] of Object.entries(QUESTIONS))
    figures.push(...(await timeQuestion(stack, name, question)));
  figures.push(...(await timeDashboard(stack)));
  report('query-cache', figures);
} finally {
  await stack.stop();
}
