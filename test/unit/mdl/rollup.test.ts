/** Which questions a rollup answers, and which of several is taken. */
import { describe, expect, test } from 'vitest';
import { compileMetrics } from '../../../src/mdl/compile.js';
import { planQuery } from '../../../src/mdl/plan/query.js';
import { deriveRollup, findObstacle, listGrains, type RollupPlan } from '../../../src/mdl/plan/rollup.js';
import type { MetricPlan, QueryPlan } from '../../../src/mdl/plan/types.js';
import { decideSource } from '../../../src/query/metric/source.js';
import { EMPTY_CATALOGUE } from '../../support/catalogue.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 0, 6);
/** More than any rollup costs. */
const EVENTS = 10_000_000;

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
    decideSource(plan(metric, fromMs, toMs), rollups, EVENTS, () => 100).name;

  test('days answer whole days, hours what begins or ends between', () => {
    expect(choose(START, START + 7 * DAY)).toBe('rollup:day');
    expect(choose(START + HOUR, START + 7 * DAY)).toBe('rollup:hour');
    expect(choose(START, START + 7 * DAY + 1)).toBe('rollup:hour');
    expect(choose(START + 1, START + HOUR)).toBe('raw');
  });

  const rows = { hour: 24_000, day: 1_000 } as const;
  const decide = (question: QueryPlan, events: number, held: Readonly<Record<string, number>> = rows) =>
    decideSource(question, rollups, events, ({ name }) => held[name]!);

  test('the events answer where reading them costs less than merging states', () => {
    const week = plan(metric, START, START + 7 * DAY);
    expect(decide(week, 200_000).name).toBe('rollup:day');
    expect(decide(week, 200_000, { hour: 90_000, day: 80_000 })).toMatchObject({
      name: 'raw',
      rollup: undefined,
      rows: 200_000,
      considered: [
        { source: 'rollup:day', rows: 80_000, cost: 240_000 },
        { source: 'rollup:hour', rows: 90_000, cost: 270_000 },
        { source: 'raw', rows: 200_000, cost: 200_000 },
      ],
      reason: 'it costs least',
    });
  });

  test('where costs are alike the events are left alone', () => {
    expect(decide(plan(metric, START, START + 7 * DAY), 1_000)).toMatchObject({
      name: 'rollup:day',
      reason: 'it costs about as little as any, and leaves the events alone',
    });
  });

  test('events at the edges of the range count: a day less an hour is dearer from days than from hours', () => {
    const question = plan(metric, START + HOUR, START + 2 * DAY);
    expect(decide(question, 1_000_000).name).toBe('rollup:hour');
    const many = decide(question, 1_000_000, { hour: 900_000, day: 10 });
    expect(many.name).toBe('rollup:day');
    expect(many.rows).toBe(10 + Math.round((1_000_000 * 23) / 47));
  });

  test('merging distinct values costs by the events behind them', () => {
    const persons = compile('uniq(order)');
    const [hour, day] = rollUp(persons);
    const made = [
      { name: 'hour', table: 't0', plan: hour! },
      { name: 'day', table: 't1', plan: day! },
    ];
    const { considered } = decideSource(plan(persons, START, START + DAY), made, 100_000, () => 10);
    expect(considered.map(({ cost }) => cost)).toEqual([70_030, 70_030, 100_000]);
  });

  test('a rollup in doubt does not answer, whatever it would cost', () => {
    const doubtful = rollups.map((one) => ({ ...one, doubt: 'a batch is missing' }));
    expect(decideSource(plan(metric, START, START + DAY), doubtful, EVENTS, () => 1)).toMatchObject({
      name: 'raw',
      reason: 'nothing else answers exactly',
      refused: [
        { name: 'hour', reason: 'a batch is missing' },
        { name: 'day', reason: 'a batch is missing' },
      ],
    });
  });
});
