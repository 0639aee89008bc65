/**
 * Formulas at random against the naive evaluator, on random events of a small shop: repeats, ties, absent values, values
 * of the wrong type. METRIC_FORMULAS says how many (default a short share), ORACLE_SEED repeats a run.
 */
import { beforeAll, expect, test } from 'vitest';
import type { Catalogue } from '../../src/mdl/catalogue.js';
import { parseMetrics } from '../../src/mdl/parse/file.js';
import type { Grain } from '../../src/mdl/plan/types.js';
import { printQuery } from '../../src/mdl/print/query.js';
import { freshClickHouse } from '../support/stack.js';
import { evaluateMetric, type OracleEvent, type OracleRow } from './metrics.js';
import {
  type Ask,
  compileOne,
  createFormula,
  insertRows,
  printAsk,
  runPlan,
  runTotal,
  toOracleQuestion,
} from './metrics-questions.js';
import { createRandom, ORACLE_SEED, type Random } from './random.js';
import { createShopEvents, isShopText, SHOP, toRow } from './shop.js';

const FORMULAS = Number(process.env.METRIC_FORMULAS ?? 150);
const EVENTS = 400;
const DAY = 86_400_000;
const START = Date.UTC(2025, 2, 1);

/** The shop with every schema open: random conditions ask page views for their plan. */
const CATALOGUE: Catalogue = {
  ...SHOP,
  events: new Map([...SHOP.events].map(([name, entry]) => [name, { ...entry, closed: false }])),
};

let url: string;
let events: readonly OracleEvent[];

beforeAll(async () => {
  url = (await freshClickHouse()).url;
  events = createShopEvents(createRandom(ORACLE_SEED), EVENTS, START, START + 8 * DAY);
  await insertRows(
    url,
    events.map((e) => toRow('shop', e)),
  );
  const strangers = createShopEvents(createRandom(ORACLE_SEED + 1), 50, START, START + 8 * DAY);
  await insertRows(
    url,
    strangers.map((e) => toRow('another shop', e)),
  );
});

const DIMENSIONS = [
  'product_category',
  'user_segment',
  'plan',
  'gift',
  'amount',
  'tags',
  'context.country',
  'items',
  'quantity',
  'event.name',
];

function createAsk(random: Random): Ask {
  const grain = random.pick<Grain>(['day', 'day', 'hour', 'all', 'week']);
  const fromMs = START + random.pick([2 * DAY, 3 * DAY, 2 * DAY + 7_200_000]);
  const toMs =
    fromMs +
    (grain === 'hour'
      ? random.pick([DAY, 5 * 3_600_000 + 1_234])
      : random.pick([3 * DAY, 2 * DAY + 5_400_000]));
  return { grain, fromMs, toMs, ...(random.chance(0.3) ? { groupLimit: 1 + random.below(4) } : {}) };
}

function createDefinition(random: Random): string {
  const dimensions = DIMENSIONS.filter(() => random.chance(0.15)).slice(0, 3);
  const fields = [
    `formula = ${JSON.stringify(createFormula(random, 3))}`,
    ...(random.chance(0.6) ? [`dimensions = [${dimensions.map((name) => `"${name}"`).join(', ')}]`] : []),
    ...(random.chance(0.2) ? [`filter = "context.country = 'DE' or quantity > 1"`] : []),
  ];
  const base = `metric "base" { formula = ${JSON.stringify(createFormula(random, 1, 'cumulative'))} filter = "product_category is not null" }`;
  return `${base}\nmetric "m" { ${fields.join(' ').replace(/\b1e3\b/g, 'base')} }`;
}

function isClose(a: OracleRow['value'], b: OracleRow['value']): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= 1e-7 * Math.max(1, Math.abs(a), Math.abs(b));
}

/** The first row in which two answers differ, or undefined. */
function findDifference(got: readonly OracleRow[], wanted: readonly OracleRow[]): unknown {
  for (let i = 0; i < Math.max(got.length, wanted.length); i++) {
    const [a, b] = [got[i], wanted[i]];
    if (
      !a ||
      !b ||
      a.bucket !== b.bucket ||
      a.groups.join('\0') !== b.groups.join('\0') ||
      !isClose(a.value, b.value)
    )
      return { row: i, got: a, wanted: b };
  }
  return undefined;
}

/** Whole-bucket questions only, where a formula looks back: the language counts its first bucket whole. */
function alignAsk(ask: Ask, lookback: number): Ask {
  const unit = { day: DAY, hour: 3_600_000, week: 7 * DAY }[ask.grain as string];
  return unit === undefined || lookback === 0 ? ask : { ...ask, fromMs: ask.fromMs - (ask.fromMs % unit) };
}

test(`${FORMULAS} random formulas equal the naive evaluator`, async () => {
  const random = createRandom(ORACLE_SEED);
  let refused = 0;
  let totals = 0;
  for (let i = 0; i < FORMULAS; i++) {
    const text = createDefinition(random);
    let ask = createAsk(random);
    const plan = compileOne(text, CATALOGUE, 'm', ['wrong_unit']);
    let asked: ReturnType<typeof printAsk>;
    try {
      ask = alignAsk(ask, printAsk(plan, ask).lookback);
      asked = printAsk(plan, ask);
    } catch (error) {
      expect(String(error)).toContain('not a whole number of');
      refused++;
      continue;
    }
    const { file } = parseMetrics(text);
    const metrics = new Map(file.metrics.map((metric) => [metric.name, metric]));
    const metric = metrics.get('m')!;
    const wanted = evaluateMetric(
      metric,
      metrics,
      events,
      toOracleQuestion(ask, asked, metric.dimensions),
      (path) => isShopText(path.segments),
    );
    const got = await runPlan(url, asked.plan);
    const atOnce = await runPlan(url, asked.plan, printQuery(asked.plan, undefined, { few: true }));
    // Of the groups behind the limit only the ranked rows make one.
    const isFew = !got.some(({ groups }) => groups[0] === '$other');
    if (isFew) expect(findDifference(atOnce, got), text).toBeUndefined();
    else expect(atOnce.length).toBeGreaterThanOrEqual(got.length);
    const total = await runTotal(url, asked.plan);
    const whole = { ...toOracleQuestion(ask, asked, []), unitMs: undefined, bounds: [], lookback: 0 };
    const wantedTotal =
      total === undefined
        ? []
        : evaluateMetric(metric, metrics, events, whole, (path) => isShopText(path.segments));
    if (total !== undefined) totals++;
    const difference =
      findDifference(got, wanted) ??
      findDifference(total === undefined ? [] : [{ ...wantedTotal[0]!, value: total }], wantedTotal);
    if (difference !== undefined)
      expect.fail(
        `formula ${i}\n${text}\n${JSON.stringify(ask)}\n${JSON.stringify(difference, null, 1)}\n${asked.printed.sql}\n${JSON.stringify(asked.printed.params)}`,
      );
  }
  expect(refused).toBeLessThan(FORMULAS / 3);
  expect(totals).toBeGreaterThan(FORMULAS / 5);
});
