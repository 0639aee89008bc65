/** Cohorts compared by what their people do, against the textbook's formulas over numbers counted by hand. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addSame } from '../../src/query/cohort/compare.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createRandom, ORACLE_SEED } from '../oracle/random.js';
import { createStore } from '../oracle/store.js';
import { type Front, startFront } from '../support/front.js';

const FIRST = Date.UTC(2024, 0, 1);
const RANGE = { from: '2024-01-01', to: '2024-01-15' };

let front: Front;
const ids: Record<string, string> = {};
let numbers: Record<string, number[]> = {};

async function ask<Body = Record<string, unknown>>(path: string, body: unknown) {
  const response = await fetch(`${front.url}/v1/analytics/${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${front.keys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

interface Compared {
  cohorts: { size: number; count: number; mean: number | null; variance: number | null }[];
  comparisons: {
    difference: number | null;
    p_value: number | null;
    adjusted_p_value: number | null;
    significant: boolean;
    overlap: number;
  }[];
}
const compare = async (body: object): Promise<Compared> => {
  const answer = await ask<Compared>('cohorts/compare', { ...RANGE, ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
};

beforeAll(async () => {
  front = await startFront('node');
  const random = createRandom(ORACLE_SEED);
  const events: OracleEvent[] = [];
  const bought = new Map<string, number>();
  for (let user = 0; user < 60; user++) {
    const group = user % 2 === 0 ? 'even' : 'odd';
    const times = random.below(group === 'even' ? 4 : 8);
    events.push({ user: `u${user}`, event: group, t: FIRST });
    if (user < 10) events.push({ user: `u${user}`, event: 'early', t: FIRST });
    for (let i = 0; i < times; i++)
      events.push({
        user: `u${user}`,
        event: 'buy',
        t: FIRST + random.below(14) * 86_400_000,
        properties: { price: 2 },
      });
    bought.set(`u${user}`, times);
  }
  const store = await createStore(front.config.clickhouseUrl);
  await store.insert('default', events);
  await store.close();
  const groups = ['even', 'odd', 'early', 'never'];
  for (const name of groups)
    ids[name] = (await ask('cohorts', { name, criteria: { did: { event: name } } })).body.id as string;
  numbers = Object.fromEntries(
    groups.map((name) => {
      const users = events.filter(({ event }) => event === name).map(({ user }) => user);
      return [name, users.map((user) => bought.get(user)!)];
    }),
  );
});
afterAll(() => front?.stop());

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + (one - mean(values)) ** 2, 0) / (values.length - 1);

test('events of a person: means, variances and Welch’s p-value', async () => {
  const body = { cohort_ids: [ids.even, ids.odd], event: 'buy' };
  const { cohorts, comparisons } = await compare(body);
  for (const [index, name] of ['even', 'odd'].entries()) {
    expect(cohorts[index]).toMatchObject({ size: 30, count: 30 });
    expect(cohorts[index]!.mean).toBeCloseTo(mean(numbers[name]!), 12);
    expect(cohorts[index]!.variance).toBeCloseTo(variance(numbers[name]!), 12);
  }
  const [one] = comparisons;
  expect(one!.difference).toBeCloseTo(mean(numbers.odd!) - mean(numbers.even!), 12);
  expect(one).toMatchObject({ overlap: 0, significant: true });
  expect(one!.adjusted_p_value).toBe(one!.p_value);
  const sums = await compare({ ...body, measure: { sum: 'price' } });
  expect(sums.cohorts.map((cohort) => cohort.mean)).toEqual(cohorts.map((cohort) => cohort.mean! * 2));
});

test('a metric of each person is the same number, asked by definition', async () => {
  const cohort_ids = [ids.even, ids.odd];
  const definition = 'metric "buys" { formula = "count(buy)" }';
  const { cohorts, comparisons } = await compare({ cohort_ids, definition });
  const counted = await compare({ cohort_ids, event: 'buy' });
  cohorts.forEach((cohort, index) => {
    expect(cohort.count).toBe(30);
    expect(cohort.mean).toBeCloseTo(counted.cohorts[index]!.mean!, 12);
    expect(cohort.variance).toBeCloseTo(counted.cohorts[index]!.variance!, 12);
  });
  expect(comparisons[0]!.p_value).toBeCloseTo(counted.comparisons[0]!.p_value!, 12);
});

test('who converted is a share, and overlaps are told', async () => {
  const { cohorts, comparisons } = await compare({
    cohort_ids: [ids.even, ids.early, ids.odd],
    event: 'buy',
    measure: 'converted',
  });
  expect(cohorts[0]!.mean).toBeCloseTo(numbers.even!.filter((one) => one > 0).length / 30, 12);
  expect(comparisons.map(({ overlap }) => overlap)).toEqual([5, 0, 5]);
  const ps = comparisons.map(({ p_value }) => p_value!);
  const largest = Math.max(...ps);
  expect(comparisons[ps.indexOf(largest)]!.adjusted_p_value).toBeCloseTo(largest, 12);
  expect(comparisons[ps.indexOf(Math.min(...ps))]!.adjusted_p_value).toBeGreaterThan(Math.min(...ps));
});

test('an empty cohort is told as one, and mistakes by their place', async () => {
  const { cohorts, comparisons } = await compare({ cohort_ids: [ids.even, ids.never], event: 'buy' });
  expect(cohorts[1]).toMatchObject({ size: 0, count: 0, mean: null });
  expect(comparisons[0]).toMatchObject({ difference: null, p_value: null, significant: false });
  const wrong = async (body: object) => (await ask('cohorts/compare', { ...RANGE, ...body })).body;
  expect(await wrong({ cohort_ids: [ids.even], event: 'buy' })).toMatchObject({ status: 422 });
  expect(await wrong({ cohort_ids: [ids.even, ids.even], event: 'buy' })).toMatchObject({ status: 422 });
  expect(await wrong({ cohort_ids: [ids.even, 'co_none'], event: 'buy' })).toMatchObject({ status: 404 });
  expect(await wrong({ cohort_ids: [ids.even, ids.odd] })).toMatchObject({ errors: [{ path: 'metric' }] });
});

test('adding people with one number is as having counted them', () => {
  const found = { count: 3, mean: mean([1, 2, 6]), variance: variance([1, 2, 6]) };
  const all = addSame(found, 4, 0);
  expect(all.mean).toBeCloseTo(mean([1, 2, 6, 0, 0, 0, 0]), 12);
  expect(all.variance).toBeCloseTo(variance([1, 2, 6, 0, 0, 0, 0]), 12);
  expect(addSame({ count: 0, mean: null, variance: null }, 0, 0)).toEqual({
    count: 0,
    mean: null,
    variance: null,
  });
});

test('revenue of a cohort looks at its people only', async () => {
  const get = async (path: string) =>
    (
      await fetch(`${front.url}/v1/analytics/${path}`, {
        headers: { Authorization: `Bearer ${front.keys.read}` },
      })
    ).json() as Promise<{ totals: { gross: number } }>;
  const query = 'event=buy&value=price&from=2024-01-01&to=2024-02-01&grain=month';
  const sum = (name: string): number => numbers[name]!.reduce((a, b) => a + b, 0) * 2;
  expect((await get(`cohorts/${ids.even}/revenue?${query}`)).totals.gross).toBe(sum('even'));
  expect((await get(`cohorts/${ids.early}/revenue?${query}&acquisition_cost=2`)).totals.gross).toBe(
    sum('early'),
  );
});
