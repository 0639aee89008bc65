/** Which questions a rollup answers, and which of several is taken. */
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOGUE } from '../../../src/mdl/catalogue.js';
import { compileMetrics } from '../../../src/mdl/compile.js';
import { planQuery } from '../../../src/mdl/plan/query.js';
import { deriveRollup, findObstacle, listGrains, type RollupPlan } from '../../../src/mdl/plan/rollup.js';
import type { MetricPlan, QueryPlan } from '../../../src/mdl/plan/types.js';
import { chooseSource } from '../../../src/query/metric/source.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 0, 6);

const compile = (formula: string, fields = ''): MetricPlan =>
  compileMetrics(`metric "m" { formula = "${formula}" ${fields} }`, EMPTY_CATALOGUE).plans[0]!;

function rollUp(metric: MetricPlan): readonly RollupPlan[] {
  const derived = deriveRollup(metric);
  if (!derived.possible) throw new Error(derived.reasons.join());
  return listGrains(derived.rollup);
}

function plan(metric: MetricPlan, fromMs: number, toMs: number, change: Partial<QueryPlan> = {}): QueryPlan {
  const question = { project: 'p', fromMs, toMs, grain: 'all' as const, bounds: [], dimensions: [] };
  const planned = planQuery(metric, question);
  if (!planned.ok) throw new Error(planned.problem.message);
  return { ...planned.plan, ...change };
}

describe('once ids were joined into one person', () => {
  test.each([
    ['count(order)', ''],
    ['sum(order.total)', ''],
    ['uniq(order.product)', ''],
  ])('%s is still answered', (formula, fields) => {
    const metric = compile(formula, fields);
    expect(
      findObstacle(rollUp(metric)[0]!, plan(metric, START, START + DAY, { merged: true })),
    ).toBeUndefined();
  });

  test.each([
    ['uniq(order)', ''],
    ['uniq_approx(order)', ''],
    ['per_user(count(order))', ''],
    ['count(order)', 'dimensions = ["event.person"]'],
    ["count(order where event.person = 'ada')", ''],
  ])('%s %s is not', (formula, fields) => {
    const metric = compile(formula, fields);
    const [rollup] = rollUp(metric);
    expect(findObstacle(rollup!, plan(metric, START, START + DAY))).toBeUndefined();
    expect(findObstacle(rollup!, plan(metric, START, START + DAY, { merged: true }))).toContain('joined');
  });
});

test('a metric over the same events is answered from a rollup that has more aggregates', () => {
  const [both] = rollUp(compile('sum(order.total) / uniq(order)'));
  const one = compile('uniq(order)');
  expect(findObstacle(both!, plan(one, START, START + DAY))).toBeUndefined();
  const [few] = rollUp(one);
  expect(findObstacle(few!, plan(compile('sum(order.total) / uniq(order)'), START, START + DAY))).toBe(
    'it was made for other events or aggregates',
  );
});

describe('of hours and days', () => {
  const metric = compile('count(order)');
  const rollups = rollUp(metric).map((rollup, i) => ({
    name: i === 0 ? 'hour' : 'day',
    table: `t${i}`,
    plan: rollup,
  }));
  const choose = (fromMs: number, toMs: number): string =>
    chooseSource(plan(metric, fromMs, toMs), rollups).name;

  test('days answer whole days, hours what begins or ends between', () => {
    expect(choose(START, START + 7 * DAY)).toBe('rollup:day');
    expect(choose(START + HOUR, START + 7 * DAY)).toBe('rollup:hour');
    expect(choose(START, START + 7 * DAY + 1)).toBe('rollup:hour');
    expect(choose(START + 1, START + HOUR)).toBe('raw');
  });
});
