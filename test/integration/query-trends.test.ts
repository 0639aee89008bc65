/** Trends through the engine, against walking over every event. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerTrends, explainTrends } from '../../src/query/trends/answer.js';
import type { OracleEvent, Where } from '../oracle/condition.js';
import { createRandom, ORACLE_SEED, type Random } from '../oracle/random.js';
import { createStore, type Store } from '../oracle/store.js';
import { computeTrend, type OracleSeries, type OracleTrend } from '../oracle/trends.js';

const HOUR = 3_600_000;

let store: Store;
const events: OracleEvent[] = [];
const FIRST = Date.UTC(2024, 2, 1);

/** A month of 2024 with a change of the clock, people with sessions of their own and without. */
function randomEvents(random: Random, count: number): OracleEvent[] {
  return Array.from({ length: count }, () => {
    const properties: Record<string, unknown> = {};
    if (random.chance(0.8))
      properties.plan = random.pick(['pro', 'free', 'team', 5, true, 'a"b\\c', 'ü', '$other']);
    if (random.chance(0.8)) properties.price = random.below(1_000) / 8;
    if (random.chance(0.2)) properties.price = '12';
    if (random.chance(0.5)) properties.deep = { country: random.pick(['de', 'fr']) };
    return {
      user: `u${random.below(40)}`,
      session: random.chance(0.5) ? `s${random.below(5)}` : '',
      event: random.pick(['view', 'view', 'buy', 'Order Completed']),
      t: FIRST + random.below(31 * 24 * 4) * (HOUR / 4),
      properties,
    };
  });
}

beforeAll(async () => {
  store = await createStore();
  const random = createRandom(ORACLE_SEED);
  events.push(...randomEvents(random, 1_500));
  await store.insert('mine', events);
  await store.insert('other', randomEvents(random, 300));
});

afterAll(() => store.close());

/** Bucket starts of UTC days and hours, and of days where the clock changes, written down. */
const RANGES: { grain: string; timezone: string; from: string; to: string; bounds: number[] }[] = [
  {
    grain: 'day',
    timezone: 'UTC',
    from: '2024-03-05',
    to: '2024-03-15',
    bounds: Array.from({ length: 11 }, (_, day) => Date.UTC(2024, 2, 5 + day)),
  },
  {
    grain: 'day',
    timezone: 'Europe/Berlin',
    from: '2024-03-29',
    to: '2024-04-02',
    // The 31st has 23 hours.
    bounds: [23, 47, 71, 94, 118].map((hours) => Date.UTC(2024, 2, 28) + hours * HOUR),
  },
  {
    grain: 'hour',
    timezone: 'Asia/Kolkata',
    from: '2024-03-10T00:00:00+05:30',
    to: '2024-03-10T06:00:00+05:30',
    bounds: Array.from({ length: 7 }, (_, hour) => Date.UTC(2024, 2, 9, 18, 30) + hour * HOUR),
  },
  {
    grain: 'week',
    timezone: 'UTC',
    from: '2024-03-06T12:00:00Z',
    to: '2024-03-20T12:00:00Z',
    bounds: [4, 11, 18, 25].map((day) => Date.UTC(2024, 2, day)),
  },
  {
    grain: 'month',
    timezone: 'America/New_York',
    from: '2024-02-10',
    to: '2024-04-10',
    bounds: [
      Date.UTC(2024, 1, 1, 5),
      Date.UTC(2024, 2, 1, 5),
      Date.UTC(2024, 3, 1, 4),
      Date.UTC(2024, 4, 1, 4),
    ],
  },
  {
    grain: 'all',
    timezone: 'UTC',
    from: '2024-03-03',
    to: '2024-03-30',
    bounds: [Date.UTC(2024, 2, 3), Date.UTC(2024, 2, 30)],
  },
];

const OFFSETS: Record<string, number> = { UTC: 0, 'Europe/Berlin': HOUR, 'America/New_York': -5 * HOUR };

function readTime(text: string, timezone: string): number {
  if (text.includes('T')) return Date.parse(text);
  const wall = Date.parse(`${text}T00:00:00Z`);
  const summer = text >= '2024-04-01' || (timezone === 'America/New_York' && text > '2024-03-10');
  return wall - OFFSETS[timezone]! - (summer && timezone !== 'UTC' ? HOUR : 0);
}

const MEASURES: OracleSeries['measure'][] = [
  'count',
  'users',
  'sessions',
  ...['sum', 'avg', 'min', 'max', 'median', 'p90', 'p99'].map((kind) => ({ [kind]: 'price' })),
];

const WHERES: Where[] = [
  { property: 'plan', op: 'eq', value: 5 },
  { property: 'plan', op: 'ne', value: 'pro' },
  { property: 'plan', op: 'in', value: ['pro', true, 5] },
  { property: 'plan', op: 'contains', value: '"' },
  { property: 'deep.country', op: 'is_set' },
  { property: 'deep', op: 'is_not_set' },
  { property: 'price', op: 'gte', value: 60 },
  { property: 'event.timestamp', op: 'gte', value: Date.UTC(2024, 2, 12) },
];

const close = (a: unknown, b: unknown): boolean =>
  a === b ||
  (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)));

test(`random questions equal walking over every event (seed ${ORACLE_SEED})`, async () => {
  const random = createRandom(ORACLE_SEED + 3);
  for (let i = 0; i < 60; i++) {
    const range = random.pick(RANGES);
    const series = Array.from({ length: 1 + random.below(2) }, () => ({
      events: random.pick([['view'], ['buy'], ['view', 'Order Completed']]),
      measure: random.pick(MEASURES),
      ...(random.chance(0.4) && { where: random.pick(WHERES) }),
    }));
    const trend: OracleTrend = {
      series,
      from: readTime(range.from, range.timezone),
      to: readTime(range.to, range.timezone),
      bounds: range.bounds,
      breakdown: random.pick([[], [], ['plan'], ['plan', 'deep.country'], ['event.event', 'price']]),
      limit: random.pick([2, 5, 1_000]),
      ...(random.chance(0.3) && { where: random.pick(WHERES) }),
    };
    const request = {
      events: series.map(({ events: any_of, ...rest }) => ({ any_of, ...rest })),
      from: range.from,
      to: range.to,
      grain: range.grain,
      timezone: range.timezone,
      breakdown: trend.breakdown,
      breakdown_limit: trend.limit,
      ...(trend.where && { where: trend.where }),
    };
    const answer = await answerTrends(store.contextOf('mine'), request);
    const expected = computeTrend(trend, events).flatMap((groups) =>
      [...groups].flatMap(([key, values]) =>
        values.map((value, bucket) => ({ time: new Date(range.bounds[bucket]!).toISOString(), key, value })),
      ),
    );
    const width = trend.breakdown.length;
    const actual = answer.rows.map((row) => {
      const values = row.slice(2, 2 + width);
      // A property may itself be "$other": the rest is told apart by standing last.
      return { time: row[0], key: JSON.stringify(values), value: row[2 + width] };
    });
    expect(actual.length, JSON.stringify(request)).toBe(expected.length);
    for (const [row, one] of expected.entries()) {
      const key = one.key === 'other' ? JSON.stringify(trend.breakdown.map(() => '$other')) : one.key;
      expect({ ...actual[row], value: null }, JSON.stringify(request)).toEqual({ ...one, key, value: null });
      if (!close(actual[row]!.value, one.value))
        expect(actual[row], JSON.stringify(request)).toEqual({ ...one, key });
    }
  }
});

describe('what an answer looks like', () => {
  test('buckets without events are there, and the newest is incomplete', async () => {
    await store.insert(
      'small',
      [{ user: 'u', event: 'buy', t: Date.UTC(2024, 0, 2, 5), properties: { price: 2.5 } }],
      Date.UTC(2024, 0, 3, 6),
    );
    const answer = await answerTrends(store.contextOf('small'), {
      events: [
        { event: 'buy', measure: { sum: 'price' } },
        { event: 'buy', measure: { avg: 'price' } },
      ],
      from: '2024-01-01',
      to: '2024-01-04',
    });
    expect(answer.columns).toEqual(['time', 'event', 'value', 'complete']);
    expect(answer.rows).toEqual([
      ['2024-01-01T00:00:00.000Z', 'buy: sum of price', 0, true],
      ['2024-01-02T00:00:00.000Z', 'buy: sum of price', 2.5, true],
      ['2024-01-03T00:00:00.000Z', 'buy: sum of price', 0, false],
      ['2024-01-01T00:00:00.000Z', 'buy: avg of price', null, true],
      ['2024-01-02T00:00:00.000Z', 'buy: avg of price', 2.5, true],
      ['2024-01-03T00:00:00.000Z', 'buy: avg of price', null, false],
    ]);
    expect(answer.meta.complete_through).toBe('2024-01-03T06:00:00.000Z');
  });

  test('compare puts the same bucket of the period before beside each value', async () => {
    const answer = await answerTrends(store.contextOf('mine'), {
      events: [{ event: 'view' }],
      from: '2024-03-11',
      to: '2024-03-21',
      compare: 'previous',
    });
    const before = await answerTrends(store.contextOf('mine'), {
      events: [{ event: 'view' }],
      from: '2024-03-01',
      to: '2024-03-11',
    });
    expect(answer.columns).toEqual(['time', 'event', 'value', 'previous', 'complete']);
    expect(answer.rows.map((row) => row[3])).toEqual(before.rows.map((row) => row[2]));
  });

  test('a project without events has zeros and nothing complete', async () => {
    const answer = await answerTrends(store.contextOf('nobody'), {
      events: [{ event: 'view' }],
      from: '2024-01-01',
      to: '2024-01-02',
      breakdown: [],
    });
    expect(answer.rows).toEqual([['2024-01-01T00:00:00.000Z', 'view', 0, false]]);
    expect(answer.meta.complete_through).toBeNull();
    const broken = await answerTrends(store.contextOf('nobody'), {
      events: [{ event: 'view' }],
      from: '2024-01-01',
      to: '2024-01-02',
      breakdown: ['plan'],
    });
    expect(broken.rows).toEqual([]);
  });

  test('a table of thousands of buckets over many segments is answered', async () => {
    const answer = await answerTrends(store.contextOf('mine'), {
      events: [{ event: 'view' }],
      from: '1990-01-01',
      to: '2030-01-01',
      grain: 'day',
      timezone: 'Europe/Berlin',
    });
    expect(answer.rows.length).toBe(14_610);
    const views = events.filter(({ event }) => event === 'view').length;
    expect(answer.rows.reduce((sum, row) => sum + Number(row[2]), 0)).toBe(views);
  });

  test('explain gives a statement for each series and period', async () => {
    const explained = await explainTrends(store.contextOf('mine'), {
      events: [{ event: 'view' }, { event: 'buy', measure: 'users' }],
      from: '2024-03-01',
      to: '2024-03-08',
      compare: true,
    });
    expect(explained.sql.length).toBe(4);
    expect(explained.estimate.rows).toBeGreaterThan(0);
  });
});
