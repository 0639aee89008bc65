/**
 * How well the times come true that explanations expect: varied questions (kinds, ranges, breakdowns, measures) are computed one after
 * another, and the instance says itself what share took between half and twice of what it expected before each.
 *
 * BENCH_EVENTS: events (1000000). BENCH_QUESTIONS: questions (200).
 */

import { report } from './support/report.js';
import { type Asked, ask, makeShop, SHOP_DAYS, SHOP_EVENTS } from './support/shop-events.js';
import { type Stack, startStack } from './support/stack.js';

const QUESTIONS = Number(process.env.BENCH_QUESTIONS ?? 200);
const EVENTS = ['view', 'cart', 'checkout', 'purchase', 'click', 'search', 'login', 'share'];
const DAY_MS = 86_400_000;

/** Numbers that look random and are the same each time. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function compose(random: (below: number) => number): Asked {
  const days = 1 + random(SHOP_DAYS);
  const from = Date.UTC(2024, 0, 1) + random(SHOP_DAYS - days + 1) * DAY_MS;
  const range = {
    from: new Date(from).toISOString().slice(0, 10),
    to: new Date(from + days * DAY_MS).toISOString().slice(0, 10),
  };
  const event = EVENTS[random(EVENTS.length)]!;
  const other = EVENTS[random(EVENTS.length)]!;
  const breakdown = random(2) === 0 ? [] : ['country'];
  switch (random(4)) {
    case 0:
      return {
        path: '/v1/analytics/trends',
        body: {
          ...range,
          grain: 'day',
          breakdown,
          events: [{ event, measure: ['count', 'users'][random(2)] }],
        },
      };
    case 1:
      return {
        path: '/v1/analytics/funnels/analyze',
        body: { ...range, window: '7d', breakdown, steps: [{ event: 'view' }, { event }, { event: other }] },
      };
    case 2:
      return {
        path: '/v1/analytics/retention',
        body: { ...range, start: { event }, return: { event: other }, grain: 'week', periods: 4 },
      };
    default:
      return {
        path: '/v1/analytics/metrics/calculate',
        body: { ...range, grain: 'day', definition: `metric "asked" { formula = "sum(${event}.price)" }` },
      };
  }
}

interface Calibration {
  readonly expected: number;
  readonly within_factor_two: number | null;
  readonly median_ratio: number | null;
}

async function readCalibration(stack: Stack): Promise<Calibration> {
  const response = await fetch(`${stack.url}/v1/analytics/calibration`, {
    headers: { authorization: `Bearer ${stack.keys.read}` },
  });
  return ((await response.json()) as { overall: Calibration }).overall;
}

const stack = await startStack();
try {
  await makeShop(stack);
  const random = createRandom(1);
  for (let i = 0; i < QUESTIONS; i++) await ask(stack, compose(random), 'no-cache');
  const { expected, within_factor_two, median_ratio } = await readCalibration(stack);
  report('query-calibration', [
    { figure: 'events', value: SHOP_EVENTS, unit: '' },
    { figure: 'questions something was expected of', value: expected, unit: '' },
    { figure: 'took between half and twice of it', value: (within_factor_two ?? 0) * 100, unit: '%' },
    { figure: 'taken / expected, median', value: median_ratio ?? 0, unit: '' },
  ]);
} finally {
  await stack.stop();
}
