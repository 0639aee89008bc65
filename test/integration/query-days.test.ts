/** Statements that say the days of their span: they answer as before, at the ends of what `toDate` knows too, and read less. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyzeFunnel } from '../../src/query/funnel/analyze.js';
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
