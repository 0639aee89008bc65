/** A cohort as a filter and as a breakdown: every question answers as if it had been asked about the members by name. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OracleEvent } from '../oracle/condition.js';
import { createRandom, ORACLE_SEED } from '../oracle/random.js';
import { createStore } from '../oracle/store.js';
import { type Front, startFront } from '../support/front.js';

const FIRST = Date.UTC(2024, 0, 1);
const RANGE = { from: '2024-01-01', to: '2024-01-15' };

let front: Front;
let cohort: string;
let members: string[];

async function ask(path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${front.url}/v1/analytics/${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${front.keys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect(response.status, JSON.stringify(answer)).toBeLessThan(300);
  const { meta: _, ...rest } = answer;
  return rest;
}

beforeAll(async () => {
  front = await startFront('node');
  const random = createRandom(ORACLE_SEED);
  const events: OracleEvent[] = Array.from({ length: 600 }, () => ({
    user: `u${random.below(40)}`,
    event: random.pick(['view', 'view', 'add', 'buy']),
    t: FIRST + random.below(14 * 24) * 3_600_000,
    properties: { price: random.below(50) },
  }));
  const store = await createStore(front.config.clickhouseUrl);
  await store.insert('default', events);
  await store.close();
  const buys = (user: string): number =>
    events.filter((one) => one.user === user && one.event === 'buy').length;
  members = [...new Set(events.map(({ user }) => user))].filter((user) => buys(user) >= 4);
  expect(members.length).toBeGreaterThan(5);
  const criteria = { did: { event: 'buy' }, times: { gte: 4 } };
  cohort = (await ask('cohorts', { name: 'Buyers', criteria })).id as string;
});
afterAll(() => front?.stop());

const byName = () => ({ property: 'event.user_id', op: 'in', value: members });
const byCohort = () => ({ in_cohort: cohort });

const QUESTIONS: [string, (where: object) => object][] = [
  ['trends', (where) => ({ events: [{ event: 'view', measure: 'users' }], ...RANGE, grain: 'day', where })],
  ['trends', (where) => ({ events: [{ event: 'view', where }], ...RANGE, breakdown: ['price'] })],
  [
    'funnels/analyze',
    (where) => ({ steps: [{ event: 'view', where }, { event: 'buy' }], window: '2d', ...RANGE }),
  ],
  ['retention', (where) => ({ start: { event: 'view', where }, return: { event: 'buy' }, ...RANGE })],
  ['stickiness', (where) => ({ event: 'view', where, ...RANGE })],
  ['lifecycle', (where) => ({ event: 'view', where, ...RANGE, grain: 'week' })],
  [
    'metrics/calculate',
    (where) => ({ definition: 'metric "views" { formula = "count(view)" }', ...RANGE, grain: 'day', where }),
  ],
];

describe('as a filter', () => {
  for (const [path, compose] of QUESTIONS)
    test(`${path} ${JSON.stringify(compose({}))}`, async () => {
      expect(await ask(path, compose(byCohort()))).toEqual(await ask(path, compose(byName())));
      const rest = await ask(path, compose({ not: byCohort() }));
      expect(rest).toEqual(await ask(path, compose({ not: byName() })));
      expect(rest).not.toEqual(await ask(path, compose(byName())));
    });

  test('membership may be as of an earlier instant', async () => {
    const where = { in_cohort: cohort, as_of: '2023-01-01' };
    const answer = await ask('trends', { events: [{ event: 'view', where }], ...RANGE, grain: 'all' });
    expect((answer.rows as unknown[][])[0]![2]).toBe(0);
  });
});

test('as a breakdown its values are true and false', async () => {
  const question = { events: [{ event: 'view', measure: 'users' }], ...RANGE, grain: 'all' };
  const { columns, rows } = await ask('trends', { ...question, breakdown: [{ cohort }] });
  expect(columns).toContain('cohort:Buyers');
  const values = new Map(
    (rows as [string, string, boolean, number][]).map(([, , value, users]) => [value, users]),
  );
  const total = async (where: object) =>
    ((await ask('trends', { ...question, where })).rows as number[][])[0]![2];
  expect(values.get(true)).toBe(await total(byName()));
  expect(values.get(false)).toBe(await total({ not: byName() }));
});

describe('of a metric', () => {
  const VIEWS = { ...RANGE, grain: 'day' };
  const define = (formula: string, fields = '') => `metric "views" { formula = "${formula}" ${fields} }`;
  const listSizes = async () => {
    const response = await fetch(`${front.url}/v1/analytics/cohorts/${cohort}/history`, {
      headers: { Authorization: `Bearer ${front.keys.read}` },
    });
    return ((await response.json()) as { sizes: unknown[] }).sizes;
  };

  test('membership in the definition is that of the question, whatever was stored', async () => {
    const byName = define(`count(view where event.user_id in ('${members.join("', '")}'))`);
    const asked = await ask('metrics/calculate', { ...VIEWS, definition: byName });
    for (const definition of [
      define("count(view where user in cohort 'Buyers')"),
      define('count(view)', 'filter = "user in cohort \'Buyers\'"'),
    ])
      expect(await ask('metrics/calculate', { ...VIEWS, definition })).toEqual(asked);
    const others = await ask('metrics/calculate', {
      ...VIEWS,
      definition: define("count(view where user not in cohort 'Buyers')"),
    });
    expect(others).not.toEqual(asked);
    expect((others.totals as { value: number }).value).toBeGreaterThan(0);
  });

  test('as a dimension its values are true and false, and as of when it is asked', async () => {
    const definition = define('uniq(view)');
    const question = { ...RANGE, grain: 'all', definition };
    const split = await ask('metrics/calculate', { ...question, dimensions: [{ cohort }] });
    expect(split.columns).toContain('cohort:Buyers');
    const of = async (where: object) =>
      ((await ask('metrics/calculate', { ...question, where })).totals as { value: number }).value;
    expect((split.rows as unknown[][]).map((row) => row.slice(1, 3))).toEqual([
      [false, await of({ not: { in_cohort: cohort } })],
      [true, await of({ in_cohort: cohort })],
    ]);
    const earlier = { in_cohort: cohort, as_of: '2023-01-01' };
    expect(await of(earlier)).toBe(0);
    expect(await of({ or: [earlier, { in_cohort: cohort }] })).toBe(await of({ in_cohort: cohort }));
  });

  test('asking stores nothing: neither members nor a size in the history', async () => {
    const before = await listSizes();
    const where = { in_cohort: cohort, as_of: '2023-01-01' };
    await ask('metrics/calculate', { ...VIEWS, definition: define('count(view)'), where });
    expect(await listSizes()).toEqual(before);
  });
});

test('a saved funnel may name a cohort, which is then in use', async () => {
  const steps = [{ event: 'view', where: byCohort() }, { event: 'buy' }];
  const { id } = await ask('funnels', { name: 'Of buyers', steps, window: '2d' });
  const get = async (path: string, method = 'GET') =>
    (
      await fetch(`${front.url}/v1/analytics/${path}`, {
        method,
        headers: { Authorization: `Bearer ${front.keys.admin}` },
      })
    ).json() as Promise<Record<string, unknown>>;
  const saved = await get(`funnels/${id}/analysis?from=2024-01-01&to=2024-01-15`);
  const asked = await ask('funnels/analyze', {
    steps: [{ event: 'view', where: byName() }, steps[1]],
    window: '2d',
    ...RANGE,
  });
  expect(saved.steps).toEqual(asked.steps);
  expect(await get(`cohorts/${cohort}`, 'DELETE')).toMatchObject({
    code: 'cohort_in_use',
    detail: expect.stringContaining('Of buyers'),
  });
});

test('a cohort that does not exist is told with its place', async () => {
  const response = await fetch(`${front.url}/v1/analytics/trends`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${front.keys.read}` },
    body: JSON.stringify({ events: [{ event: 'view' }], ...RANGE, where: { not: { in_cohort: 'co_none' } } }),
  });
  expect([response.status, await response.json()]).toMatchObject([
    422,
    { errors: [{ path: 'where.not.in_cohort' }] },
  ]);
});
