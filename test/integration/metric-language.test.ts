/** The metric language on the real engine: the corpus against the naive evaluator, names that try to be syntax, time zones, sketches, limits. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Catalogue } from '../../src/mdl/catalogue.js';
import { quoteInside } from '../../src/mdl/format/formula.js';
import { parseMetrics } from '../../src/mdl/parse/file.js';
import { countLookback, planQuery } from '../../src/mdl/plan/query.js';
import type { Grain } from '../../src/mdl/plan/types.js';
import type { PrintedQuery } from '../../src/mdl/print/sql.js';
import { listBuckets } from '../../src/query/time/buckets.js';
import { findZone } from '../../src/query/time/zone.js';
import { evaluateMetric, type OracleEvent, type OracleRow } from '../oracle/metrics.js';
import {
  compileOne,
  insertRows,
  printAsk,
  runPlan,
  runPrinted,
  toOracleQuestion,
} from '../oracle/metrics-questions.js';
import { createRandom } from '../oracle/random.js';
import { createShopEvents, isShopText, SHOP, toRow } from '../oracle/shop.js';
import { EMPTY_CATALOGUE } from '../support/catalogue.js';
import { freshClickHouse, runClickHouse } from '../support/stack.js';
import { listDefinitions, readAsk } from '../unit/mdl/corpus.js';
import { listExamples } from '../unit/mdl/examples.js';

const DAY = 86_400_000;
const START = Date.UTC(2025, 1, 28);
let url: string;
let events: readonly OracleEvent[];

beforeAll(async () => {
  url = (await freshClickHouse()).url;
  events = createShopEvents(createRandom(7), 900, START, START + 11 * DAY);
  await insertRows(
    url,
    events.map((e) => toRow('shop', e)),
  );
});

/** Sketches agree within their stated error, everything else to the last digits a float has. */
const closeness = (text: string): number => (text.includes('_approx') ? 0.015 : 1e-9);

function expectRows(got: readonly OracleRow[], wanted: readonly OracleRow[], tolerance: number): void {
  expect(got.map(({ bucket, groups }) => ({ bucket, groups }))).toEqual(
    wanted.map(({ bucket, groups }) => ({ bucket, groups })),
  );
  for (const [i, { value }] of wanted.entries()) {
    const found = got[i]!.value;
    if (typeof value !== 'number' || typeof found !== 'number') expect(found, `row ${i}`).toBe(value);
    else
      expect(Math.abs(found - value), `row ${i}: ${found} is not ${value}`).toBeLessThanOrEqual(
        tolerance * Math.max(1, Math.abs(value)),
      );
  }
}

/** One metric of a text, asked of the engine and of the evaluator. */
async function expectAnswer(text: string, name: string | undefined): Promise<readonly OracleRow[]> {
  const plan = compileOne(text, SHOP, name);
  const ask = readAsk(text);
  const asked = printAsk(plan, ask);
  const { metrics } = parseMetrics(text).file;
  const known = new Map(metrics.map((metric) => [metric.name, metric]));
  const metric = name === undefined ? metrics.at(-1)! : known.get(name)!;
  const question = toOracleQuestion(ask, asked, metric.dimensions);
  const wanted = evaluateMetric(metric, known, events, question, (path) => isShopText(path.segments));
  expectRows(await runPlan(url, asked.plan), wanted, closeness(text));
  return wanted;
}

const isSomething = ({ value }: OracleRow): boolean => value !== 0 && value !== null;

describe('a definition of the corpus answers what the naive evaluator answers', () => {
  test.each(listDefinitions())('$name', async ({ name, text }) => {
    const wanted = await expectAnswer(text, undefined);
    if (name !== 'hostile-names' && name !== 'constant')
      expect(wanted.some(isSomething), 'the events make a difference').toBe(true);
  });
});

const EXAMPLES = listExamples().flatMap((text) =>
  parseMetrics(text).file.metrics.map(({ name }) => ({ name, text })),
);

describe('an example of the reference page answers what the naive evaluator answers', () => {
  test.each(EXAMPLES)('$name', async ({ name, text }) => {
    expect((await expectAnswer(text, name)).some(isSomething), 'the events make a difference').toBe(true);
  });
});

const HOSTILE = [
  "x' or 1=1 --",
  '"; drop table events',
  'a`b\\c',
  '{p0:String}',
  '{project:Identifier}',
  '$(x)',
  '%s',
  "\\'",
  'a\tb\\n',
  '’',
  '*/ select 1 /*',
  'd`) from system.tables --',
  '{{slot}}',
  '$other',
  'null',
  ' ',
];

test('names and values that look like syntax are names and values', async () => {
  const hostileEvents: OracleEvent[] = HOSTILE.map((text, i) => ({
    event: text,
    at: START + i,
    eventId: `h${i}`,
    userId: text,
    anonymousId: '',
    sessionId: text,
    properties: { [text]: text, nested: { [text]: i } },
    context: { [text]: text },
  }));
  const { url: own } = await freshClickHouse();
  await insertRows(
    own,
    hostileEvents.map((e) => toRow('shop', e)),
  );
  const ask = { grain: 'day' as Grain, fromMs: START, toMs: START + DAY };
  for (const [i, text] of HOSTILE.entries()) {
    const usable = !text.includes('\t') && text.trim() !== '';
    const name = quoteInside(text);
    const path = usable
      ? `properties.${name} = ${name} and nested.${name} = ${i} and context.${name} is not null and `
      : '';
    const formula = `count(${name} where ${path}event.session_id = ${name} and user.id in (${name}, 'x') and event.name like ${quoteInside(text.replaceAll('\\', '\\\\'))})`;
    const dimensions = usable && !text.includes('.') ? `dimensions = [${JSON.stringify(text)}]` : '';
    const plan = compileOne(`metric "m" { formula = ${JSON.stringify(formula)} ${dimensions} }`, SHOP);
    const rows = await runPrinted(own, printAsk(plan, ask).printed);
    expect(
      rows.map((row) => row.value),
      formula,
    ).toEqual([1]);
    if (dimensions !== '') expect(JSON.parse(rows[0]!.groups[0]!)).toBe(text);
  }
  expect(await runClickHouse(own, 'select count() from events')).toBe(`${HOSTILE.length}\n`);
});

describe('buckets of a time zone', () => {
  test.each([
    ['Europe/Berlin', Date.UTC(2025, 2, 28), 4 * DAY], // an hour is missing on the 30th
    ['America/New_York', Date.UTC(2025, 10, 1), 3 * DAY], // an hour is there twice on the 2nd
    ['Asia/Kathmandu', Date.UTC(2025, 2, 1), 2 * DAY],
    ['Australia/Lord_Howe', Date.UTC(2025, 3, 5), 2 * DAY], // half an hour is there twice on the 6th
    ['Africa/Cairo', Date.UTC(2025, 3, 24), 2 * DAY], // the 25th begins at one
  ])(
    '%s: every event falls in the bucket the calendar says, also looked back at',
    async (name, from, length) => {
      const { url: own } = await freshClickHouse();
      const zone = findZone(name)!;
      const stored = createShopEvents(createRandom(3), 300, from - 3 * DAY, from + length + DAY);
      await insertRows(
        own,
        stored.map((e) => toRow('shop', e)),
      );
      for (const grain of ['hour', 'day'] as const) {
        const text = `metric "m" { formula = "uniq(*) + 100 * previous(count(*)) + rate(count(*), '1m')" }`;
        const plan = compileOne(text, SHOP, undefined, ['wrong_unit']);
        const lookback = countLookback(plan, grain);
        if (!lookback.ok) throw new Error(lookback.problem.message);
        const shown = listBuckets({ fromMs: from, toMs: from + length }, grain, zone)!.bounds;
        const before = listBuckets({ fromMs: shown[0]! - 1, toMs: shown[0]! }, grain, zone)!.bounds[0]!;
        const bounds = [before, ...shown];
        const planned = planQuery(plan, {
          project: 'shop',
          fromMs: shown[0]!,
          toMs: from + length,
          grain,
          bounds,
          dimensions: [],
        });
        if (!planned.ok) throw new Error(planned.problem.message);
        const metric = parseMetrics(text).file.metrics[0]!;
        const question = {
          fromMs: shown[0]!,
          toMs: from + length,
          unitMs: grain === 'hour' ? 3_600_000 : DAY,
          bounds,
          lookback: 1,
          dimensions: [],
        };
        expectRows(
          await runPlan(own, planned.plan),
          evaluateMetric(metric, new Map(), stored, question),
          1e-9,
        );
      }
    },
  );
});

test('sketches stay within one percent on many values', async () => {
  const { url: own } = await freshClickHouse();
  const insert = `insert into events (project, event, timestamp, event_id, user_id, properties)
    select 'shop', 'page_view', toDateTime64('2025-03-01 00:00:00', 3, 'UTC') + number % 86400, toString(number), toString(number % 30000),
      concat('{"seconds":', toString(toInt32(exp((number * 7919 % 100000) / 10000) * 1000) / 1000 + 0.0001), '}') from numbers(100000)`;
  await runClickHouse(own, insert);
  const ask = { grain: 'all' as Grain, fromMs: Date.UTC(2025, 2, 1), toMs: Date.UTC(2025, 2, 2) };
  for (const [exact, sketch] of [
    ['uniq(page_view)', 'uniq_approx(page_view)'],
    ...['median', 'p75', 'p90', 'p95', 'p99'].map((name) => [
      `${name}(page_view.seconds)`,
      `${name}_approx(page_view.seconds)`,
    ]),
  ]) {
    const [wanted, found] = await Promise.all(
      [exact, sketch].map(
        async (formula) =>
          (
            await runPrinted(
              own,
              printAsk(compileOne(`metric "m" { formula = "${formula}" }`, SHOP), ask).printed,
            )
          )[0]!.value,
      ),
    );
    expect(Number(wanted)).toBeGreaterThan(1);
    expect(Math.abs(Number(found) / Number(wanted) - 1), `${sketch}: ${found} for ${wanted}`).toBeLessThan(
      0.0101,
    );
  }
});

test('the largest formula the limits allow runs', async () => {
  const sums = Array.from(
    { length: 32 },
    (_, i) => `count(page_view where seconds = ${i} and path != 'x${i}' and path like '%')`,
  );
  const wide = `metric "wide" { formula = "${sums.join(' + ')} + ${Array.from({ length: 70 }, () => '1').join(' * ')}" dimensions = ["a", "b", "c", "d", "e", "f", "g", "h"] }`;
  let deep = 'count(page_view)';
  for (let i = 0; i < 13; i++)
    deep = `round(least(${deep}, (${deep.length > 4_000 ? '1' : 'count(*)'} + 1)), 1)`;
  const lookback = `metric "deep" { formula = "rolling(previous(${deep}), '3d') + cumulative(uniq(*))" }`;
  for (const text of [wide, lookback]) {
    const plan = compileOne(text, EMPTY_CATALOGUE);
    const rows = await runPrinted(
      url,
      printAsk(plan, { grain: 'day', fromMs: START + 5 * DAY, toMs: START + 8 * DAY }).printed,
    );
    expect(rows.length).toBeGreaterThan(0);
  }
});

/** The statement with who belongs to the shop's cohort, as who asks puts it before. */
const withVip = ({ sql, params }: PrintedQuery): PrintedQuery => ({
  sql: `with members_co_vip as (select person_key from cohort_members where project = 'shop' and cohort_id = 'co_vip') select * from (${sql})`,
  params,
});

test('users are read from their table, members of cohorts from what was put before the statement', async () => {
  const { url: own } = await freshClickHouse();
  await insertRows(
    own,
    events.map((e) => toRow('shop', e)),
  );
  const key = (user: string): string => `cityHash64(true, '${user}')`;
  await runClickHouse(
    own,
    `insert into user_property_changes select 'shop', 'plan', ${key('u1')}, now64(3), now64(3), 'e', 1, '"pro"' union all select 'shop', 'plan', ${key('u2')}, now64(3), now64(3), 'e', 1, '"free"' union all select 'other', 'plan', ${key('u3')}, now64(3), now64(3), 'e', 1, '"pro"'`,
  );
  await runClickHouse(
    own,
    "insert into cohort_people (project, cohort_id, version, name, known) values ('shop', 'co_vip', 1, 'u1', 1), ('shop', 'co_vip', 1, 'u4', 1), ('other', 'co_vip', 1, 'u5', 1)",
  );
  await runClickHouse(
    own,
    "insert into cohort_refreshes (project, cohort_id, version, as_of, size) values ('shop', 'co_vip', 1, now64(3), 2), ('other', 'co_vip', 1, now64(3), 1)",
  );
  const catalogue: Catalogue = { ...SHOP, userProperties: new Map([['plan', { types: ['text'], seen: 9 }]]) };
  const ask = { grain: 'all' as Grain, fromMs: START, toMs: START + 11 * DAY };
  const answer = async (formula: string, fields = ''): Promise<readonly OracleRow[]> =>
    runPrinted(
      own,
      withVip(
        printAsk(compileOne(`metric "m" { formula = "${formula}" ${fields} }`, catalogue), ask).printed,
      ),
    );
  const countOf = (...users: string[]): number => events.filter((e) => users.includes(e.userId)).length;
  expect((await answer("count(* where user.plan = 'pro')"))[0]!.value).toBe(countOf('u1'));
  expect((await answer("uniq(*.user.plan) + 0 * count(* where user in cohort 'vip')"))[0]!.value).toBe(2);
  expect((await answer("count(* where user in cohort 'vip')"))[0]!.value).toBe(countOf('u1', 'u4'));
  expect((await answer("count(* where user not in cohort 'vip')"))[0]!.value).toBe(
    events.length - countOf('u1', 'u4'),
  );
  const byPlan = await answer('count(*)', 'dimensions = ["user.plan"]');
  expect(byPlan.map((row) => [row.groups[0], row.value])).toEqual([
    ['"free"', countOf('u2')],
    ['"pro"', countOf('u1')],
    [null, events.length - countOf('u1', 'u2')],
  ]);
});
