/** Statements that say the days of their span: they answer as before, at the ends of what `toDate` knows too, and read less. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerSize, explainSize } from '../../src/query/cohort/answer.js';
import { readCriteria } from '../../src/query/cohort/criteria.js';
import { resolveMembership } from '../../src/query/cohort/formula.js';
import { analyzeFunnel } from '../../src/query/funnel/analyze.js';
import { explainFunnel } from '../../src/query/funnel/prepare.js';
import { answerRetention, explainRetention } from '../../src/query/retention/run.js';
import { answerTrends, explainTrends } from '../../src/query/trends/answer.js';
import { createStore, type Store } from '../oracle/store.js';

const DAY = 86_400_000;
/** Around the first and the last instant of a Date, and where `toDate` of a time lies in another century. */
const INSTANTS = [
  Date.UTC(1950, 4, 5),
  -1,
  0,
  Date.UTC(2024, 5, 1) - 1,
  Date.UTC(2024, 5, 1),
  Date.UTC(2149, 5, 1) - 1,
  Date.UTC(2149, 5, 1),
  Date.UTC(2149, 5, 6) - 1,
  Date.UTC(2149, 5, 6),
  Date.UTC(2149, 5, 7),
  Date.UTC(2200, 0, 1),
];
const EDGES = [Date.UTC(1940, 0, 1), ...INSTANTS, Date.UTC(2210, 0, 1)];

let store: Store;

beforeAll(async () => {
  store = await createStore();
  await store.insert(
    'odd',
    INSTANTS.map((t, i) => ({ user: `u${i}`, session: '', event: 'view', t, properties: {} })),
  );
  const many = Array.from({ length: 60_000 }, (_, i) => ({
    user: `u${i % 500}`,
    session: '',
    event: 'view',
    t: Date.UTC(2024, 2, 1) + (i % 30) * DAY + i,
    properties: {},
  }));
  await store.insert('month', many);
  await store.clickhouse.command('optimize table events final');
});

afterAll(() => store.close());

const iso = (ms: number): string => new Date(ms).toISOString();

test('every span has its events, wherever it begins and ends', async () => {
  const context = store.contextOf('odd');
  for (const from of EDGES)
    for (const to of EDGES.filter((edge) => edge > from)) {
      const expected = INSTANTS.filter((t) => t >= from && t < to).length;
      const span = `${iso(from)} to ${iso(to)}`;
      const trend = await answerTrends(context, {
        events: [{ event: 'view' }],
        grain: 'all',
        from: iso(from),
        to: iso(to),
      });
      expect(Number(trend.rows[0]?.[trend.columns.indexOf('value')] ?? 0), span).toBe(expected);
      const funnel = await analyzeFunnel(context, {
        steps: [{ event: 'view' }, { event: 'never' }],
        window: '1d',
        from: iso(from),
        to: iso(to),
      });
      expect(funnel.steps[0]!.count, span).toBe(expected);
      const membership = await resolveMembership(
        readCriteria({ did: { event: 'view' }, within: { from: iso(from), to: iso(to) } }),
        EDGES.at(-1)!,
        async () => undefined,
      );
      expect((await answerSize(context, membership)).size, span).toBe(expected);
    }
});

test('who came first in a span is found, whatever lies before it', async () => {
  const context = store.contextOf('odd');
  for (const to of EDGES.slice(1, -2)) {
    const expected = INSTANTS.filter((t) => t < to).length;
    const { periods } = await answerRetention(context, {
      start: { event: 'view' },
      from: iso(EDGES[0]!),
      to: iso(to),
      grain: 'quarter',
      periods: 1,
    });
    const seen = periods.reduce((sum, { size }) => sum + size, 0);
    expect(seen, `until ${iso(to)}`).toBe(expected);
  }
});

test('a day of a month reads about a day', async () => {
  const context = store.contextOf('month');
  const ask = (from: string, to: string) =>
    explainTrends(context, { events: [{ event: 'view' }], grain: 'day', from, to });
  const month = await ask('2024-03-01', '2024-03-31');
  const day = await ask('2024-03-10', '2024-03-11');
  expect(month.estimate.rows).toBe(60_000);
  expect(day.estimate.rows).toBeLessThan(month.estimate.rows / 2);
});

test('what can only begin a chain is read until the end of the range', async () => {
  const { estimate } = await explainFunnel(store.contextOf('month'), {
    steps: [{ event: 'view' }, { event: 'never' }],
    window: '28d',
    from: '2024-03-01',
    to: '2024-03-03',
  });
  expect(estimate.rows).toBeLessThan(30_000);
});

test('retention and cohorts read no later than they look, and no earlier', async () => {
  const context = store.contextOf('month');
  const retention = await explainRetention(context, {
    start: { event: 'view' },
    from: '2024-03-01',
    to: '2024-03-03',
    periods: 2,
  });
  expect(retention.estimate.rows).toBeLessThan(30_000);
  const criteria = readCriteria({ did: { event: 'view' }, within: '2d' });
  const membership = await resolveMembership(criteria, Date.UTC(2024, 2, 31), async () => undefined);
  const cohort = await explainSize(context, membership);
  expect(cohort.estimate.rows).toBeLessThan(30_000);
});
