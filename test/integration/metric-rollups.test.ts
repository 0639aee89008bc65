/** Rollups on the real engine: whatever a rollup can answer, it answers as the events do. */
import { beforeAll, describe, expect, test } from 'vitest';
import { countLookback, planQuery } from '../../src/mdl/plan/query.js';
import { deriveRollup, findObstacle, type RollupPlan } from '../../src/mdl/plan/rollup.js';
import type {
  Comparison,
  Dimension,
  Grain,
  MetricPlan,
  Predicate,
  Property,
  QueryPlan,
  Scalar,
} from '../../src/mdl/plan/types.js';
import { printQuery } from '../../src/mdl/print/query.js';
import {
  printFilling,
  printMonths,
  printRemoval,
  printRollup,
  type RollupTarget,
} from '../../src/mdl/print/rollup.js';
import type { OracleEvent, OracleRow } from '../oracle/metrics.js';
import {
  type Ask,
  compileOne,
  createFormula,
  listUtcBounds,
  runPlan,
  runPrinted,
  runTotal,
} from '../oracle/metrics-questions.js';
import { createRandom, ORACLE_SEED, type Random } from '../oracle/random.js';
import { createShopEvents, SHOP, toRow } from '../oracle/shop.js';
import { freshClickHouse, runClickHouse } from '../support/stack.js';

const DAY = 86_400_000;
const START = Date.UTC(2025, 2, 1);
const CUT = Date.UTC(2025, 2, 10);
let url: string;

/** Inserts events as received at a time, a block under a token; the block may be sent again. */
async function receive(events: readonly OracleEvent[], receivedMs: number, token: string): Promise<void> {
  const received = JSON.stringify(new Date(receivedMs).toISOString().replace('T', ' ').replace('Z', ''));
  const rows = events.map((e) => `${toRow('shop', e).slice(0, -1)},"received_at":${received}}`);
  await runClickHouse(
    url,
    `insert into events settings insert_deduplication_token = '${token}' format JSONEachRow\n${rows.join('\n')}`,
  );
}

const rename = (events: readonly OracleEvent[], prefix: string): readonly OracleEvent[] =>
  events.map((e) => ({ ...e, eventId: prefix + e.eventId }));

function createMetric(random: Random): string {
  const dimensions = [
    'product_category',
    'user_segment',
    'plan',
    'amount',
    'gift',
    'tags',
    'context.country',
    'event.session_id',
  ].filter(() => random.chance(0.4));
  let formula: string;
  do
    formula = createFormula(random, 3)
      .replace(/\b(median|p75|p90|p95|p99)\(/g, 'avg(')
      .replace(/\buniq\(/g, random.chance(0.3) ? 'uniq_approx(' : 'uniq(');
  while (formula.includes('conversion') || !/\w\(/.test(formula));
  return `metric "m" { formula = ${JSON.stringify(formula)} dimensions = [${dimensions.map((d) => `"${d}"`).join(', ')}] ${random.chance(0.3) ? 'time_window = "5m"' : ''} }`;
}

const VALUES: readonly Scalar[] = [
  'pro',
  'free',
  '',
  'DE',
  'books',
  '5',
  'x',
  's3',
  5,
  5.5,
  7,
  -0,
  1e300,
  true,
  false,
];

/** A condition of a question on dimensions of a rollup, of the kinds their JSON can tell. */
function createWhere(random: Random, dimensions: readonly Dimension[], depth = 2): Predicate {
  const inner = (): Predicate => createWhere(random, dimensions, depth - 1);
  if (depth > 0 && random.chance(0.5))
    return random.pick<() => Predicate>([
      () => ({ kind: 'and', parts: [inner(), inner()] }),
      () => ({ kind: 'or', parts: [inner(), inner()] }),
      () => ({ kind: 'not', part: inner() }),
    ])();
  const read = (): Property => random.pick(dimensions).property as Property;
  const property = read();
  const op = random.pick<Comparison>(['eq', 'gt', 'gte', 'lt', 'lte']);
  const value = random.pick(['p', 'r', 'fre', 'b_o%', '%o%', 'D', 's1', '']);
  const text = random.pick(['like', 'starts_with', 'ends_with', 'matches'] as const);
  return random.pick<() => Predicate>([
    () => ({ kind: 'compare', op, property, value: random.pick(VALUES) }),
    () => ({ kind: 'compare', op: 'eq', property, value: random.pick(VALUES) }),
    () => ({ kind: 'in', property, values: [1, 2, 3].map(() => random.pick(VALUES)) }),
    () => ({ kind: 'compare_properties', op, left: property, right: read() }),
    () => ({ kind: 'text', op: text, property, value }),
    () =>
      property.kind === 'column' ? { kind: 'set', property } : { kind: 'in', property, values: ['pro', 5] },
  ])();
}

function planAsk(metric: MetricPlan, ask: Ask, random: Random, where?: Predicate): QueryPlan | undefined {
  const lookback = countLookback(metric, ask.grain);
  if (!lookback.ok) return undefined;
  const bounds = listUtcBounds(ask, lookback.plan);
  const planned = planQuery(metric, {
    project: 'shop',
    ...ask,
    bounds,
    dimensions: metric.dimensions.filter(() => random.chance(0.6)),
    where,
  });
  return planned.ok ? planned.plan : undefined;
}

const key = (row: OracleRow): string => `${row.bucket} ${row.groups.join(' ')}`;

function expectSame(raw: readonly OracleRow[], rolled: readonly OracleRow[], text: string): void {
  expect(rolled.map(key), text).toEqual(raw.map(key));
  for (const [i, { value }] of raw.entries()) {
    const other = rolled[i]!.value;
    if (typeof value !== 'number' || typeof other !== 'number') expect(other, text).toBe(value);
    else
      expect(Math.abs(other - value), `${text}\n${other} is not ${value}`).toBeLessThanOrEqual(
        1e-7 * Math.max(1, Math.abs(value)),
      );
  }
}

function expectSameTotal(raw: OracleRow['value'] | undefined, rolled: typeof raw, text: string): void {
  const row = (value: typeof raw): readonly OracleRow[] =>
    value === undefined ? [] : [{ bucket: 0, groups: [], value }];
  expectSame(row(raw), row(rolled), `the total of ${text}`);
}

const ASKS: readonly Ask[] = [
  { grain: 'day', fromMs: START + 3 * DAY, toMs: START + 7 * DAY },
  { grain: 'hour', fromMs: START + 4 * DAY, toMs: START + 4 * DAY + 9 * 3_600_000 },
  { grain: 'all', fromMs: START + 3 * DAY, toMs: START + 6 * DAY },
  { grain: 'all' as Grain, fromMs: START + 3 * DAY + 3_600_000, toMs: START + 6 * DAY, groupLimit: 2 },
  { grain: 'week', fromMs: START + 2 * DAY, toMs: START + 16 * DAY },
  { grain: 'day', fromMs: START + 3 * DAY, toMs: START + 6 * DAY + 4_567_891 },
  { grain: 'hour', fromMs: START + 4 * DAY, toMs: START + 4 * DAY + 9 * 3_600_000 + 1 },
  { grain: 'all', fromMs: START + 3 * DAY + 1_234_567, toMs: START + 6 * DAY + 7_654_321 },
  { grain: 'all', fromMs: START + 3 * DAY, toMs: START + 6 * DAY - 1, groupLimit: 2 },
];

describe('rollups filled while events arrive', () => {
  const made: { text: string; metric: MetricPlan; rollup: RollupPlan; table: string }[] = [];

  beforeAll(async () => {
    url = (await freshClickHouse()).url;
    const random = createRandom(ORACLE_SEED);
    const batch = (seed: number, count: number): readonly OracleEvent[] =>
      rename(createShopEvents(createRandom(seed), count, START, START + 9 * DAY), `b${seed}-`);
    await receive(batch(1, 300), CUT - 5_000, 'first');
    const targets: RollupTarget[] = [];
    for (let i = 0; i < 24; i++) {
      const text = createMetric(random);
      const metric = compileOne(
        text,
        { ...SHOP, events: new Map([...SHOP.events].map(([n, e]) => [n, { ...e, closed: false }])) },
        undefined,
        ['wrong_unit'],
      );
      const derived = deriveRollup(metric);
      if (!derived.possible) continue;
      const target = { rollup: derived.rollup, project: 'shop', table: `rollup_${i}`, cutMs: CUT };
      for (const statement of printRollup(target)) await runPrinted(url, statement);
      targets.push(target);
      made.push({ text, metric, rollup: derived.rollup, table: target.table });
    }
    await receive(batch(2, 200), CUT - 1, 'received before the cut, stored after the view was made');
    await receive(batch(3, 200), CUT, 'received at the cut');
    await receive(batch(3, 200), CUT, 'received at the cut');
    for (const target of targets)
      for (let round = 0; round < 2; round++)
        for (const { bucket: month } of await runPrinted(url, printMonths(target, 0))) {
          const { fill, place, clear } = printFilling(target, month, 'staging');
          for (const statement of [...fill, place, clear]) await runPrinted(url, statement);
        }
    await receive(batch(4, 200), CUT + DAY, 'late events, received after the filling');
    await receive(batch(2, 200), CUT - 1, 'received before the cut, stored after the view was made');
  });

  test('most random metrics of mergeable aggregates have one', () => {
    expect(made.length).toBeGreaterThan(18);
  });

  test.each(ASKS.map((ask, i) => ({ i, ask })))(
    'question $i: every rollup answers as the events do',
    async ({ i, ask }) => {
      const random = createRandom(ORACLE_SEED + i);
      let answered = 0;
      for (const { text, metric, rollup, table } of made) {
        const plan = planAsk(metric, ask, random);
        if (!plan || findObstacle(rollup, plan) !== undefined) continue;
        answered++;
        expectSame(
          await runPlan(url, plan),
          await runPlan(url, plan, printQuery(plan, { rollup, table })),
          text,
        );
        if (ask.groupLimit === undefined)
          expectSame(
            await runPlan(url, plan),
            await runPlan(url, plan, printQuery(plan, { rollup, table }, { few: true })),
            text,
          );
        expectSameTotal(await runTotal(url, plan), await runTotal(url, plan, { rollup, table }), text);
      }
      expect(answered).toBeGreaterThan(5);
    },
  );

  test.each(ASKS.map((ask, i) => ({ i, ask })))(
    'question $i: conditions on dimensions are answered from rollups as from the events',
    async ({ i, ask }) => {
      const random = createRandom(ORACLE_SEED + 100 + i);
      let answered = 0;
      for (const { text, metric, rollup, table } of made) {
        if (rollup.dimensions.length === 0) continue;
        const plan = planAsk(metric, ask, random, createWhere(random, rollup.dimensions));
        if (!plan || findObstacle(rollup, plan) !== undefined) continue;
        answered++;
        const printed = printQuery(plan, { rollup, table });
        const told = `${text}\n${printed.sql}\n${JSON.stringify(printed.params)}`;
        expectSame(await runPlan(url, plan), await runPlan(url, plan, printed), told);
      }
      expect(answered).toBeGreaterThan(4);
    },
  );

  test('a condition that the JSON of dimensions does not tell goes to the events, with the reason', () => {
    const { metric, rollup } = made.find((one) => one.metric.dimensions.some(({ name }) => name === 'plan'))!;
    const plan: Property = { kind: 'path', column: 'properties', segments: ['plan'] };
    const reason = (where: Predicate): string | undefined => {
      const planned = planAsk(
        metric,
        { grain: 'day', fromMs: START, toMs: START + 9 * DAY },
        createRandom(1),
      );
      return findObstacle(rollup, { ...planned!, where });
    };
    const eq: Predicate = { kind: 'compare', op: 'eq', property: plan, value: 'pro' };
    expect(reason(eq)).toBeUndefined();
    expect(reason({ kind: 'not', part: { kind: 'set', property: plan } })).toBe(
      'its dimensions do not tell objects from absent values',
    );
    expect(reason({ kind: 'contains', property: plan, value: 'p' })).toBe(
      'its dimensions do not tell what lists contain',
    );
    const other: Property = { kind: 'path', column: 'properties', segments: ['a', 'b'] };
    expect(reason({ kind: 'and', parts: [eq, { ...eq, property: other }] })).toBe(
      'the question has a condition on "a.b", which is none of its dimensions',
    );
    expect(reason({ kind: 'cohort', id: 'x' })).toBe('membership of cohorts changes after the event');
  });

  test('a rollup does not answer what would not be exact, and says why', () => {
    const { metric, rollup } = made.find(
      (one) => one.rollup.grainMs === 3_600_000 && one.rollup.dimensions.length > 0,
    )!;
    const obstacle = (ask: Ask, change: Partial<QueryPlan> = {}): string | undefined => {
      const bounds = [ask.fromMs - 40 * DAY, ask.fromMs, ask.toMs];
      const planned = planQuery(
        {
          ...metric,
          value: {
            kind: 'leaf',
            leaf: { measure: 0, frame: { shiftBuckets: 0, shiftMs: 0, span: { kind: 'bucket' } } },
          },
        },
        { project: 'shop', ...ask, bounds, dimensions: [] },
      );
      return planned.ok ? findObstacle(rollup, { ...planned.plan, ...change }) : 'refused';
    };
    const day: Ask = { grain: 'all', fromMs: START, toMs: START + DAY };
    expect(obstacle(day)).toBeUndefined();
    expect(obstacle({ ...day, toMs: START + 90_000 })).toBe(
      'the range does not hold one of its hours as a whole',
    );
    expect(obstacle({ ...day, toMs: START + DAY + 90_000 })).toBeUndefined();
    const kolkata = START - 19_800_000;
    const days = { bounds: [kolkata, kolkata + DAY, kolkata + 2 * DAY] };
    expect(obstacle({ ...day, fromMs: kolkata }, { ...days, grain: 'day' })).toContain(
      'T18:30:00.000Z does not lie between two of its hours',
    );
    expect(
      obstacle(day, {
        dimensions: [{ name: 'x', property: { kind: 'path', column: 'properties', segments: ['x'] } }],
      }),
    ).toBe('it has no dimension "x"');
    expect(obstacle(day, { metric: { ...metric, selections: [] } })).toBe(
      'it was made for other events or aggregates',
    );
  });

  test('removing a rollup leaves nothing', async () => {
    for (const { table } of made)
      for (const statement of printRemoval(table)) await runPrinted(url, statement);
    expect(
      await runClickHouse(
        url,
        "select count() from system.tables where database = currentDatabase() and name like 'rollup%'",
      ),
    ).toBe('0\n');
    await receive(
      rename(createShopEvents(createRandom(9), 5, START, START + DAY), 'after-'),
      CUT + DAY,
      'after',
    );
  });
});

test.each([
  [
    'median(page_view.seconds)',
    '',
    ['median is exact and needs every value; median_approx can be rolled up'],
  ],
  [
    "conversion(page_view, checkout_started, '7d') * p99(page_view.seconds)",
    '',
    [
      'conversion depends on events after its bucket',
      'p99 is exact and needs every value; p99_approx can be rolled up',
    ],
  ],
  ["count(page_view where user in cohort 'vip')", '', ['membership of cohorts changes after the event']],
  ['count(page_view)', 'rollup = "off"', ['the definition says rollup = "off"']],
  ['5', '', ['the formula has no aggregate']],
])('%s %s has no rollup, with the reasons', (formula, fields, reasons) => {
  const derived = deriveRollup(compileOne(`metric "m" { formula = "${formula}" ${fields} }`, SHOP));
  expect(derived).toEqual({ possible: false, reasons });
});
