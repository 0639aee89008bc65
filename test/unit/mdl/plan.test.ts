import { expect, test } from 'vitest';
import {
  addUnits,
  declareUnit,
  formatUnit,
  LITERAL_UNIT,
  multiplyUnits,
  PLAIN_UNIT,
} from '../../../src/mdl/check/units.js';
import { compileMetrics } from '../../../src/mdl/compile.js';
import { formatDuration, parseDuration } from '../../../src/mdl/duration.js';
import { LIMITS } from '../../../src/mdl/limits.js';
import { countLookback, type MetricQuestion, planQuery } from '../../../src/mdl/plan/query.js';
import { cutRuns, printBounds } from '../../../src/mdl/print/bounds.js';
import { createBinder, quoteName, sql, word } from '../../../src/mdl/print/sql.js';
import { findNearest, findSuggestion } from '../../../src/mdl/suggest.js';
import { compileOne } from '../../oracle/metrics-questions.js';
import { SHOP } from '../../oracle/shop.js';

const DAY = 86_400_000;
const plan = (formula: string, fields = '') =>
  compileOne(`metric "m" { formula = ${JSON.stringify(formula)} ${fields} }`, SHOP);

test('aggregates that are the same are measured once', () => {
  const metric = plan(
    "count(page_view) / count(page_view) + uniq(page_view where path = '/') / uniq(page_view where path  =  '/') + per_user(count(page_view where path = '/'))",
  );
  expect(metric.measures.map((m) => `${m.aggregate} ${m.selection}`)).toEqual([
    'count 0',
    'uniq 1',
    'count 1',
  ]);
  expect(metric.selections).toHaveLength(2);
});

test('previous and rolling move down to the measures and add up', () => {
  const metric = plan("previous(previous(rolling(count(page_view), '3d'), '2d')) / 2");
  const [leaf] = [metric.value].flatMap((v) =>
    v.kind === 'arithmetic' && v.left.kind === 'leaf' ? [v.left.leaf] : [],
  );
  expect(leaf!.frame).toEqual({ shiftBuckets: 1, shiftMs: 2 * DAY, span: { kind: 'rolling', ms: 3 * DAY } });
  expect(countLookback(metric, 'day')).toEqual({ ok: true, plan: 5 });
  expect(countLookback(metric, 'hour')).toEqual({ ok: true, plan: 1 + 48 + 71 });
  expect(countLookback(metric, 'all')).toEqual({ ok: true, plan: 0 });
});

test('a duration that is not whole buckets is refused with both named', () => {
  for (const grain of ['week', 'month', 'quarter', 'year'] as const) {
    const refused = countLookback(plan("rolling(uniq(page_view), '3d')"), grain);
    expect(refused).toMatchObject({
      ok: false,
      problem: {
        code: 'window_not_whole',
        message: `the formula rolls over "3d", which is not a whole number of ${grain}s`,
      },
    });
  }
});

test('a chain of thousands of metrics is refused, not followed', () => {
  const text = Array.from({ length: 3_000 }, (_, i) => `metric "m${i}" { formula = "m${i + 1}" }`).join('\n');
  const codes = new Set(compileMetrics(text, SHOP).diagnostics.map((d) => d.code));
  expect(codes).toEqual(new Set(['too_many_references']));
});

test('the filter of a metric narrows the metrics it refers to', () => {
  const metric = compileOne(
    `metric "base" { formula = "count(page_view where seconds > 1)" filter = "path = '/'" }
     metric "m" { formula = "base" filter = "country = 'DE'" }`,
    SHOP,
  );
  const { condition } = metric.selections[0]!;
  expect(
    condition?.kind === 'and' && condition.parts.map((p) => (p.kind === 'compare' ? p.value : p.kind)),
  ).toEqual(['DE', '/', 1]);
});

const question = (change: Partial<MetricQuestion>): MetricQuestion => ({
  project: 'p',
  fromMs: 0,
  toMs: 2 * DAY,
  grain: 'day',
  bounds: [0, DAY, 2 * DAY],
  dimensions: [],
  ...change,
});

test('a question over a limit is refused with the limit', () => {
  const metric = plan('count(page_view)', 'dimensions = ["path"]');
  const minutes = Array.from({ length: LIMITS.buckets + 2 }, (_, i) => i * 60_000);
  const refuse = (change: Partial<MetricQuestion>): unknown => {
    const planned = planQuery(metric, question(change));
    return planned.ok ? 'planned' : planned.problem.code;
  };
  expect(refuse({})).toBe('planned');
  expect(refuse({ toMs: 0 })).toBe('invalid_range');
  expect(refuse({ grain: 'minute', bounds: minutes })).toBe('too_many_buckets');
  expect(refuse({ dimensions: metric.dimensions, groupLimit: LIMITS.groups + 1 })).toBe('too_many_groups');
  expect(
    refuse({
      dimensions: metric.dimensions,
      groupLimit: 500,
      grain: 'minute',
      bounds: minutes.slice(0, 1_000),
    }),
  ).toBe('too_many_groups');
  expect(refuse({ dimensions: Array.from({ length: 9 }, () => metric.dimensions[0]!) })).toBe(
    'too_many_dimensions',
  );
});

test('many buckets leave room for fewer groups', () => {
  const metric = plan('count(page_view)', 'dimensions = ["path"]');
  const bounds = Array.from({ length: 2_001 }, (_, i) => i * 60_000);
  const planned = planQuery(
    metric,
    question({ grain: 'minute', bounds, toMs: 2_000 * 60_000, dimensions: metric.dimensions }),
  );
  expect(planned.ok && planned.plan.groupLimit).toBe(99);
});

test('boundaries in equal steps become a range, others stay numbers', () => {
  expect(cutRuns([0, 10, 20, 30, 40, 47, 57, 67, 77, 100])).toEqual([
    { kind: 'run', from: 0, step: 10, count: 5 },
    { kind: 'run', from: 47, step: 10, count: 4 },
    { kind: 'list', values: [100] },
  ]);
  const binder = createBinder();
  const printed = printBounds(
    Array.from({ length: 20_000 }, (_, i) => i * 60_000),
    binder,
  );
  expect(printed.text).toBe('range({p0:Int64}, {p1:Int64}, 60000)');
  expect(binder.params).toEqual({ p0: 0, p1: 20_000 * 60_000 });
});

test('a suggestion is near, or begun', () => {
  const names = ['checkout_completed', 'checkout_started', 'page_view', 'conversion'];
  expect(findNearest('checkout_complete', names)).toBe('checkout_completed');
  expect(findNearest('CheckoutCompleted', names)).toBe('checkout_completed');
  expect(findNearest('pgae_veiw', names)).toBe('page_view');
  expect(findNearest('checkout', names)).toBeUndefined();
  expect(findNearest('purchase', names)).toBeUndefined();
  expect(findNearest('x', names)).toBeUndefined();
  expect(findSuggestion('conv', names)).toBe('conversion');
});

test('names of one and two letters are near by case and separators only', () => {
  const names = ['a', 'bc', 'buy', 'page_view'];
  for (const name of ['b', 'x', 'bd', 'ab', 'by', 'bu'])
    expect(findNearest(name, names), name).toBeUndefined();
  expect(findNearest('A', names)).toBe('a');
  expect(findNearest('B_C', names)).toBe('bc');
  expect(findNearest('bay', names)).toBe('buy');
  expect(findNearest('bcd', ['bc', 'a'])).toBeUndefined();
});

test('durations are read and written in their largest unit', () => {
  expect(
    ['90s', '5m', '2h', '7d', '4w', '60s', '24h'].map((text) => formatDuration(parseDuration(text)!)),
  ).toEqual(['90s', '5m', '2h', '1w', '4w', '1m', '1d']);
  for (const text of ['', '0d', '-1d', '1', 'd', '1.5h', '7 d', '7D', '1y', '99999999w', '１d'])
    expect(parseDuration(text), text).toBeUndefined();
});

test('units multiply, cancel and are only added to their like', () => {
  const [euros, seconds] = [declareUnit('EUR'), declareUnit('seconds')];
  expect(addUnits(euros, seconds)).toBeUndefined();
  expect(addUnits(euros, PLAIN_UNIT)).toBeUndefined();
  expect(addUnits(euros, LITERAL_UNIT)).toEqual(euros);
  expect(formatUnit(multiplyUnits(euros, seconds, -1))).toBe('EUR per second');
  expect(formatUnit(multiplyUnits(multiplyUnits(euros, seconds, -1), seconds, 1))).toBe('EUR');
  expect(formatUnit(multiplyUnits(euros, euros, -1))).toBe('a plain number');
  expect(formatUnit(multiplyUnits(declareUnit('percent'), euros, 1))).toBe('EUR');
});

test('only constant text, whole numbers, bound values and quoted names become SQL', () => {
  expect(sql`a ${1} ${quoteName('b`\\c')}`.text).toBe('a 1 `b\\`\\\\c`');
  expect(() => sql`limit ${1.5}`).toThrow('not a whole number');
  expect(() => word('count()')).toThrow('not a word');
  const binder = createBinder();
  expect(
    sql`${binder.bind('String', "'; drop")} ${binder.bind('String', "'; drop")} ${binder.bind('Int64', 5)}`
      .text,
  ).toBe('{p0:String} {p0:String} {p1:Int64}');
  expect(binder.params).toEqual({ p0: "'; drop", p1: 5 });
});
