/** Questions about metrics through the room that answers them, against the naive evaluator. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClickHouse, createClickHouse } from '../../src/clickhouse/client.js';
import { RequestError } from '../../src/errors.js';
import { parseMetrics } from '../../src/mdl/parse/file.js';
import { DEFAULT_LIMITS, type QueryContext } from '../../src/query/context.js';
import { calculateMetric, explainMetric, type MetricAnswer } from '../../src/query/metric/calculate.js';
import { compileDefinition } from '../../src/query/metric/definition.js';
import { type MetricSources, NO_SOURCES } from '../../src/query/metric/sources.js';
import { evaluateMetric, type OracleEvent } from '../oracle/metrics.js';
import { insertRows } from '../oracle/metrics-questions.js';
import { createRandom } from '../oracle/random.js';
import { createShopEvents, toRow } from '../oracle/shop.js';
import { freshClickHouse } from '../support/stack.js';

const DAY = 86_400_000;
const START = Date.UTC(2025, 2, 1);
const MISSION =
  'metric "conversion_rate" { formula = "count(checkout_completed) / count(checkout_started) * 100" dimensions = ["product_category", "user_segment"] time_window = "1d" cache_ttl = "5m" }';

let clickhouse: ClickHouse;
let context: QueryContext;
let events: readonly OracleEvent[];

beforeAll(async () => {
  const { url } = await freshClickHouse();
  clickhouse = createClickHouse(url);
  context = { clickhouse, project: 'shop', limits: DEFAULT_LIMITS };
  events = createShopEvents(createRandom(11), 1_500, START, START + 12 * DAY);
  const received = '2025-03-10 06:00:00.000';
  const rows = (project: string, some: readonly OracleEvent[]): string[] =>
    some.map((e) => `${toRow(project, e).slice(0, -1)},"received_at":"${received}"}`);
  await insertRows(url, rows('shop', events));
  await insertRows(url, rows('other', createShopEvents(createRandom(12), 300, START, START + 12 * DAY)));
});

afterAll(() => clickhouse.close());

const ask = (input: object, sources: MetricSources = NO_SOURCES): Promise<MetricAnswer> =>
  calculateMetric(context, sources, input);

async function refuse(input: object, sources: MetricSources = NO_SOURCES): Promise<RequestError> {
  const error: unknown = await ask(input, sources).then(
    () => new Error('it was answered'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof RequestError)) throw error;
  return error;
}

const DAYS = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / DAY + 1 }, (_, i) => from + i * DAY);

/** The rows of a definition by days, as the evaluator has them: time, groups and value. */
function evaluate(definition: string, from: number, to: number): unknown[][] {
  const { metrics } = parseMetrics(definition).file;
  const metric = metrics.at(-1)!;
  const question = {
    fromMs: from,
    toMs: to,
    unitMs: DAY,
    bounds: DAYS(from, to),
    lookback: 0,
    dimensions: metric.dimensions,
  };
  const rows = evaluateMetric(metric, new Map(metrics.map((m) => [m.name, m])), events, question);
  return rows.map(({ bucket, groups, value }) => [
    new Date(bucket).toISOString(),
    ...groups.map((g) => (g === null ? null : JSON.parse(g))),
    value,
  ]);
}

function expectTable(answer: MetricAnswer, wanted: readonly unknown[][]): void {
  const width = wanted[0]!.length;
  const got = answer.rows.map((row) => row.slice(0, width));
  expect(got.map((row) => row.slice(0, -1))).toEqual(wanted.map((row) => row.slice(0, -1)));
  for (const [i, row] of wanted.entries()) {
    const value = row.at(-1) as number | null;
    if (value === null) expect(got[i]!.at(-1)).toBeNull();
    else expect(got[i]!.at(-1)).toBeCloseTo(value, 7);
  }
}

test('the first definition of the page runs: days by category and segment, totals, and which days are complete', async () => {
  const answer = await ask({ definition: MISSION, from: '2025-03-05', to: '2025-03-12' });
  expect(answer.columns).toEqual(['time', 'product_category', 'user_segment', 'value', 'complete']);
  expectTable(answer, evaluate(MISSION, START + 4 * DAY, START + 11 * DAY));
  const total = evaluateMetric(parseMetrics(MISSION).file.metrics[0]!, new Map(), events, {
    fromMs: START + 4 * DAY,
    toMs: START + 11 * DAY,
    unitMs: undefined,
    bounds: [],
    lookback: 0,
    dimensions: [],
  });
  expect(answer.totals.value).toBeCloseTo(total[0]!.value as number, 7);
  expect(new Set(answer.rows.filter((row) => row.at(-1) === true).map((row) => row[0]))).toEqual(
    new Set(['05', '06', '07', '08', '09'].map((day) => `2025-03-${day}T00:00:00.000Z`)),
  );
  expect(answer.meta).toMatchObject({
    source: 'raw',
    grain: 'day',
    timezone: 'UTC',
    metric: 'conversion_rate',
    complete_through: '2025-03-10T06:00:00.000Z',
  });
});

test('grain, dimensions, zone and conditions of the question come before those of the definition', async () => {
  const definition = `metric "m" { formula = "count(*)" dimensions = ["plan"] time_window = "1h" timezone = "Asia/Kolkata" }`;
  const hours = await ask({ definition, from: '2025-03-05', to: '2025-03-06' });
  expect(hours.meta).toMatchObject({
    grain: 'hour',
    timezone: 'Asia/Kolkata',
    from: '2025-03-04T18:30:00.000Z',
  });
  const asked = await ask({
    definition,
    from: '2025-03-05',
    to: '2025-03-06',
    grain: 'all',
    dimensions: [],
    timezone: 'UTC',
    where: { property: 'context.country', op: 'eq', value: 'DE' },
  });
  const wanted = events.filter(
    (e) => e.at >= START + 4 * DAY && e.at < START + 5 * DAY && e.context.country === 'DE',
  ).length;
  expect(asked.columns).toEqual(['time', 'value', 'complete']);
  expect(asked.rows).toEqual([['2025-03-05T00:00:00.000Z', wanted, true]]);
  expect(asked.totals).toEqual({ value: wanted });
});

test('values of a dimension keep their type, and the least frequent groups are one', async () => {
  const answer = await ask({
    definition: 'metric "m" { formula = "count(checkout_completed)" }',
    from: '2025-03-01',
    to: '2025-03-13',
    grain: 'all',
    dimensions: ['amount', 'gift'],
    breakdown_limit: 4,
  });
  expect(answer.rows).toHaveLength(5);
  expect(answer.rows.at(-1)!.slice(1, 3)).toEqual(['$other', '$other']);
  const all = await ask({
    definition: 'metric "m" { formula = "count(checkout_completed)" }',
    from: '2025-03-01',
    to: '2025-03-13',
    grain: 'all',
    dimensions: ['amount', 'gift'],
  });
  expect(new Set(all.rows.map((row) => row[1]))).toEqual(new Set([5, '5', 5.5, 'x', false, null]));
  const sum = (rows: readonly (readonly unknown[])[]): number =>
    rows.reduce((total, row) => total + (row[3] as number), 0);
  expect(sum(answer.rows)).toBe(sum(all.rows));
});

test('the previous period stands beside each bucket and group, also where one of the two has no events', async () => {
  const definition = `metric "m" { formula = "count(checkout_completed where event.timestamp < '2025-03-06' or plan = 'pro')" dimensions = ["plan"] }`;
  const answer = await ask({ definition, from: '2025-03-06', to: '2025-03-09', compare: 'previous' });
  expect(answer.columns).toEqual(['time', 'plan', 'value', 'previous', 'complete']);
  const current = evaluate(definition, START + 5 * DAY, START + 8 * DAY);
  const before = evaluate(definition, START + 2 * DAY, START + 5 * DAY);
  const find = (rows: unknown[][], time: string, plan: unknown): unknown =>
    rows.find((row) => row[0] === time && row[1] === plan)?.[2] ?? 0;
  for (const [time, plan, value, previous] of answer.rows as [string, unknown, number, number][]) {
    expect(value).toBe(find(current, time, plan));
    expect(previous).toBe(find(before, new Date(Date.parse(time) - 3 * DAY).toISOString(), plan));
  }
  expect(answer.rows.some((row) => row[2] === 0 && (row[3] as number) > 0)).toBe(true);
  expect(answer.totals.previous).toBe(before.reduce((sum, row) => sum + (row[2] as number), 0));
});

test('a formula that looks back begins with a whole bucket and reads what lies before', async () => {
  const definition = `metric "m" { formula = "previous(count(*), '2d') + rolling(uniq(*), '3d')" }`;
  const answer = await ask({ definition, from: '2025-03-05T10:00:00Z', to: '2025-03-07' });
  expect(answer.meta.from).toBe('2025-03-05T00:00:00.000Z');
  const on = (from: number, to: number): readonly OracleEvent[] =>
    events.filter((e) => e.at >= START + from * DAY && e.at < START + to * DAY);
  const persons = (some: readonly OracleEvent[]): number =>
    new Set(some.map((e) => (e.userId === '' ? ['a', e.anonymousId] : ['u', e.userId]).join())).size;
  expect(answer.rows.map((row) => row[1])).toEqual([
    on(2, 3).length + persons(on(2, 5)),
    on(3, 4).length + persons(on(3, 6)),
  ]);
  const monthly = await refuse({ definition, from: '2025-03-01', to: '2025-06-01', grain: 'month' });
  expect(monthly.detail).toBe(
    'grain: The formula looks back by "2d", which is not a whole number of months; ask for a finer grain, or define the metric with another duration.',
  );
});

test('without from and to, the answer spans the time window that ends now', async () => {
  for (const timezone of ['UTC', 'Pacific/Auckland', 'America/New_York']) {
    const definition = `metric "m" { formula = "count(*)" time_window = "7d" timezone = "${timezone}" }`;
    const { meta } = await ask({ definition, grain: 'day' });
    expect(Date.parse(meta.to) - Date.parse(meta.from), timezone).toBe(7 * DAY);
  }
  expect((await refuse({ definition: 'metric "m" { formula = "count(*)" }' })).detail).toContain(
    'from is needed',
  );
});

test('stored metrics are found by name and by id, and definitions may refer to them', async () => {
  const sources: MetricSources = {
    ...NO_SOURCES,
    listMetrics: async () => [
      {
        id: 'met_1',
        name: 'orders',
        definition: 'metric "orders" { formula = "count(checkout_completed)" filter = "revenue > 0" }',
      },
    ],
  };
  const range = { from: '2025-03-05', to: '2025-03-06', grain: 'all' };
  const value = async (input: object): Promise<unknown> =>
    (await ask({ ...input, ...range }, sources)).totals.value;
  const wanted = events.filter(
    (e) =>
      e.event === 'checkout_completed' &&
      e.at >= START + 4 * DAY &&
      e.at < START + 5 * DAY &&
      typeof e.properties.revenue === 'number' &&
      e.properties.revenue > 0,
  ).length;
  expect(await value({ metric: 'orders' })).toBe(wanted);
  expect(await value({ metric: 'met_1' })).toBe(wanted);
  expect(await value({ definition: 'metric "twice" { formula = "orders * 2" }' })).toBe(wanted * 2);
  expect(
    await value({
      definition: 'metric "a" { formula = "orders" } metric "b" { formula = "1" }',
      metric: 'a',
    }),
  ).toBe(wanted);
  expect(await refuse({ metric: 'order', ...range }, sources)).toMatchObject({
    status: 404,
    code: 'unknown_metric',
  });
});

test('a definition with mistakes is a 422 that shows each in its place', async () => {
  const definition =
    'metric "m" {\n  formula = "sum(checkout_completed.plan) / cont(page_view) + count(chekout_started)"\n}';
  const { status, code, detail, errors } = await refuse({ definition, from: '2025-03-01', to: '2025-03-02' });
  expect({ status, code }).toEqual({ status: 422, code: 'invalid_definition' });
  expect(detail).toContain('m:2:45  unknown function "cont"\n    formula = "sum(');
  expect(errors.map((error) => ({ ...error, message: '' }))).toEqual([
    expect.objectContaining({
      path: 'definition',
      code: 'unknown_function',
      line: 2,
      column: 45,
      length: 4,
      hint: 'did you mean count?',
    }),
    expect.objectContaining({
      code: 'unknown_event',
      line: 2,
      column: 69,
      length: 15,
      hint: 'did you mean "checkout_started"?',
    }),
  ]);
});

describe('a question that cannot be answered says why', () => {
  const definition = 'metric "m" { formula = "count(*)" }';
  test.each([
    [{}, 'metric', 'Name a stored metric'],
    [{ definition, from: '2025-03-02', to: '2025-03-01' }, 'to', 'to lies after from'],
    [{ definition, from: '2025-03-01', to: '2025-03-02', grain: 'fortnight' }, 'grain', 'grain is one of'],
    [
      { definition, from: '2025-03-01', to: '2026-03-02', grain: 'minute' },
      'grain',
      'more than 20160 buckets',
    ],
    [
      { definition, from: '2025-03-01', to: '2025-03-02', timezone: 'Mars/Olympus' },
      'timezone',
      'no such time zone',
    ],
    [
      { definition, from: '2025-03-01', to: '2025-03-02', dimensions: ['a', 'a'] },
      'dimensions',
      'asked for twice',
    ],
    [
      { definition, from: '2025-03-01', to: '2025-03-02', breakdown_limit: 5_000 },
      'breakdown_limit',
      'at most 1000',
    ],
    [{ definition, from: '2025-03-01', to: '2025-03-02', frm: 1 }, 'frm', 'There is no field "frm" here'],
    [
      { definition, from: '2025-03-01', to: '2025-03-02', where: { property: 'a', op: 'is' } },
      'where.op',
      'op is one of',
    ],
    [{ definition: 5 }, 'definition', 'text of a metric'],
  ])('%o', async (input, path, message) => {
    const error = await refuse(input);
    expect(error.status).toBe(422);
    expect(error.errors[0]!.path).toBe(path);
    expect(error.errors[0]!.message).toContain(message);
  });
});

test('a question over the limit of rows is refused with the estimate, before any work', async () => {
  const small = { ...context, limits: { ...DEFAULT_LIMITS, maxRowsToRead: 10 } };
  const refused = calculateMetric(small, NO_SOURCES, {
    definition: 'metric "m" { formula = "count(page_view)" }',
    from: '2025-03-01',
    to: '2025-03-12',
  });
  await expect(refused).rejects.toMatchObject({ status: 422, code: 'query_over_limit' });
});

test('an explanation has the plan, every statement and what they would read, and the reasons against a rollup', async () => {
  const explained = await explainMetric(context, NO_SOURCES, {
    definition: `metric "m" { formula = "p90(checkout_completed.revenue) + 0 * conversion(page_view, checkout_completed, '7d')" }`,
    from: '2025-03-01',
    to: '2025-03-05',
  });
  expect(explained.sql).toHaveLength(1);
  expect(explained.estimate.rows).toBeGreaterThan(0);
  expect(explained.plan).toMatchObject({
    metric: 'm',
    buckets: 4,
    rollup: {
      possible: false,
      reasons: [
        'conversion depends on events after its bucket',
        'p90 is exact and needs every value; p90_approx can be rolled up',
      ],
    },
  });
});

test('rows and total are one statement, and two where the formula looks beyond its bucket', async () => {
  const explain = async (formula: string, more: object = {}): Promise<number> => {
    const definition = `metric "m" { formula = ${JSON.stringify(formula)} }`;
    const question = { definition, from: '2025-03-03', to: '2025-03-06', ...more };
    return (await explainMetric(context, NO_SOURCES, question)).sql.length;
  };
  expect(await explain('uniq(page_view)', { dimensions: ['plan'] })).toBe(1);
  expect(await explain('previous(count(page_view))', { grain: 'all' })).toBe(1);
  expect(await explain('previous(count(page_view))')).toBe(2);
  expect(await explain("rate(count(page_view), '1m')")).toBe(2);
});

test('the total counts all groups, those behind the limit and buckets without events included', async () => {
  const definition = 'metric "m" { formula = "uniq(checkout_completed)" dimensions = ["product_category"] }';
  const range = { from: '2025-02-20', to: '2025-03-20' };
  const [split, whole, absent] = await Promise.all([
    ask({ definition, ...range, breakdown_limit: 1 }),
    ask({ definition, ...range, grain: 'all', dimensions: [] }),
    ask({ definition, from: '2020-01-01', to: '2020-01-03' }),
  ]);
  expect(split.totals.value).toBe(whole.rows[0]!.at(-2));
  expect(split.totals.value).toBeGreaterThan(10);
  expect(split.rows).toHaveLength(28 * 2);
  expect(absent.totals.value).toBe(0);
  const constant = { definition: 'metric "m" { formula = "5" }', from: '2020-01-01', to: '2020-01-03' };
  expect(await ask(constant)).toMatchObject({ rows: [{ 1: 5 }, { 1: 5 }], totals: { value: 5 } });
});

test('groups that were few when asked last and are many now are ranked all the same', async () => {
  const question = {
    definition: 'metric "m" { formula = "count(grown)" dimensions = ["kind"] }',
    from: '2025-03-01',
    to: '2025-03-03',
    breakdown_limit: 2,
  };
  const store = (kinds: readonly string[]) =>
    clickhouse.insertRows(
      'events',
      kinds.map((kind, i) => ({
        project: 'shop',
        event: 'grown',
        event_id: `${kind}${i}`,
        user_id: 'u',
        timestamp: '2025-03-01 10:00:00.000',
        properties: { kind },
      })),
    );
  const groups = async (): Promise<unknown[]> =>
    (await ask(question)).rows
      .filter((row) => String(row[0]).startsWith('2025-03-01'))
      .map((row) => row.slice(1, 3));
  await store(['a', 'a', 'b']);
  for (let round = 0; round < 3; round++)
    expect(await groups()).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  await store(['c', 'c', 'c', 'd']);
  for (let round = 0; round < 3; round++)
    expect(await groups()).toEqual([
      ['a', 2],
      ['c', 3],
      ['$other', 2],
    ]);
});

test('what is known of the project comes from its events and its registered types', async () => {
  const sources: MetricSources = {
    listMetrics: async () => [],
    listRollups: async () => [],
    findCohorts: async () => new Map(),
    listTypes: () => [
      {
        name: 'refund_issued',
        mode: 'reject',
        schema: {
          type: 'object',
          additionalProperties: false,
          properties: { amount: { type: 'number', unit: 'EUR' }, reason: { enum: ['late', 'broken'] } },
        },
      },
    ],
    isStrict: () => true,
  };
  const problems = async (formula: string): Promise<unknown> =>
    compileDefinition(context, sources, `metric "m" { formula = ${JSON.stringify(formula)} }`).then(
      ({ warnings }) => warnings.map(({ message }) => message),
      (error: RequestError) => error.errors.map(({ message }) => message),
    );
  expect(await problems("sum(refund_issued.amount where reason = 'late')")).toEqual([]);
  expect(await problems('sum(refund_issued.reason)')).toEqual(['sum needs a number, "reason" is a text']);
  expect(
    await problems('sum(refund_issued.amount) + sum(refund_issued.amount) / count(refund_issued)'),
  ).toEqual([]);
  expect(await problems('sum(refund_issued.amount) + count(refund_issued)')).toEqual([
    'a sum: EUR and a plain number do not go together',
  ]);
  expect(await problems('count(refund_issued where amont > 1)')).toEqual([
    'refund_issued has no property "amont"',
  ]);
  expect(await problems('count(nothing_like_it)')).toEqual(['unknown event "nothing_like_it"']);
  expect(await problems('sum(checkout_completed.items.total) + sum(checkout_completed.tags)')).toEqual([
    'sum needs a number, "tags" is a list',
  ]);
  expect(await problems('count(checkout_completed where items is not null and context.os.name = 5)')).toEqual(
    ['"context.os.name" is a text, 5 is a number'],
  );
});
