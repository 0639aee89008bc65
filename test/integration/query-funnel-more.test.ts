/** Funnels at their limits: sessions found by gaps, fifty conditions on one type, heavy units, and laws that hold for any funnel. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzeFunnel, type FunnelAnswer } from '../../src/query/funnel/analyze.js';
import type { OracleEvent } from '../oracle/condition.js';
import { judgeUnit, type OracleFunnel } from '../oracle/funnel.js';
import { randomFunnel, randomUser, writeRequest } from '../oracle/funnel-cases.js';
import { createRandom, ORACLE_SEED, type Random } from '../oracle/random.js';
import { createStore, groupUnits, type Store } from '../oracle/store.js';
import { listSessions } from '../oracle/trends.js';

const MINUTE = 60_000;
const FROM = Date.UTC(2024, 0, 1);

let store: Store;
beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store.close());

const counts = (answer: FunnelAnswer): number[] => answer.steps.map(({ count }) => count);
const ask = (project: string, question: object): Promise<FunnelAnswer> =>
  analyzeFunnel(store.contextOf(project), question);

test('sessions without a client session id end after 30 minutes without any event of the person', async () => {
  const random = createRandom(ORACLE_SEED);
  // Gaps on either side of 30 minutes and exactly on it; an event of another type, or with a session of its own, keeps one alive.
  const events: OracleEvent[] = Array.from({ length: 150 }, (_, user) => {
    let t = FROM;
    return Array.from({ length: 6 }, () => {
      t += random.pick([0, 5, 29, 30, 30 + 1 / MINUTE, 31, 90]) * MINUTE;
      return {
        user: `u${user}`,
        session: random.chance(0.2) ? 'own' : '',
        event: random.pick(['A', 'B', 'X', 'Y']),
        t: Math.round(t),
      };
    });
  }).flat();
  await store.insert('sessions', events);
  const sessions = listSessions(events);
  for (const order of ['ordered', 'strict', 'unordered'] as const) {
    const funnel: OracleFunnel = {
      steps: [{ event: 'A' }, { event: 'B' }],
      window: 100 * MINUTE,
      from: FROM,
      to: FROM + 24 * 60 * MINUTE,
      order,
      count: 'sessions',
    };
    const units = groupUnits(events, (event) => sessions.get(event)!);
    const outcomes = [...units.values()].flatMap((unit) => judgeUnit(funnel, unit));
    const expected = [0, 1].map((step) => outcomes.filter(({ reached }) => reached.includes(step)).length);
    expect(counts(await ask('sessions', writeRequest(funnel))), order).toEqual(expected);
    if (order === 'ordered')
      expect(counts(await ask('sessions', { ...writeRequest(funnel), times: false }))).toEqual(expected);
  }
});

test('seventy conditions on one event type, each a step or an exclusion', async () => {
  const random = createRandom(ORACLE_SEED);
  const step = (value: number) => ({ event: 'view', where: { property: 'page', op: 'eq', value } });
  const events: OracleEvent[] = Array.from({ length: 60 }, (_, user) => {
    const length = random.below(70);
    return Array.from({ length }, (_, page) => ({
      user: `u${user}`,
      event: 'view',
      t: FROM + page * MINUTE,
      properties: { page },
    }));
  }).flat();
  await store.insert('pages', events);
  const question = {
    steps: Array.from({ length: 70 }, (_, page) => step(page)),
    window: '1d',
    from: '2024-01-01',
    to: '2024-01-02',
  };
  const answer = await ask('pages', question);
  const users = [...groupUnits(events, ({ user }) => user).values()];
  expect(counts(answer)).toEqual(
    Array.from({ length: 70 }, (_, page) => users.filter(({ length }) => length > page).length),
  );
  const excluding = await ask('pages', {
    ...question,
    hold: ['page'],
    breakdown: ['page'],
    exclusions: [step(99)],
  });
  expect(counts(excluding).slice(0, 2)).toEqual([counts(answer)[0], 0]);
});

describe('a unit with very many events', () => {
  const HEAVY = 300_000;

  beforeAll(async () => {
    const kinds = ['A', 'B', 'C'];
    const events: OracleEvent[] = Array.from({ length: HEAVY }, (_, i) => ({
      user: 'heavy',
      event: kinds[i % 3]!,
      t: FROM + i * 1_000,
    }));
    events.push({ user: 'light', event: 'A', t: FROM }, { user: 'light', event: 'B', t: FROM + 1 });
    await store.insert('heavy', events);
  });

  const question = {
    steps: [{ event: 'A' }, { event: 'B' }, { event: 'A' }, { event: 'C' }],
    window: '1h',
    from: '2024-01-01',
    to: '2024-02-01',
  };

  test.each([{}, { order: 'strict' }, { order: 'unordered' }, { ties: 'strict' }, { hold: ['nothing'] }])(
    'is answered whole: %j',
    async (change) => {
      const answer = await ask('heavy', { ...question, ...change });
      expect(answer.meta.truncated_units).toEqual([]);
      expect(answer.steps[0]!.count).toBe('hold' in change ? 0 : 2);
    },
  );

  test('every one of its conversions is counted', async () => {
    const answer = await ask('heavy', {
      ...question,
      steps: [{ event: 'A' }, { event: 'B' }],
      count: 'conversions',
    });
    expect(counts(answer)).toEqual([HEAVY / 3 + 1, HEAVY / 3 + 1]);
  });

  test('its conversions are counted also when each event has a held value of its own', async () => {
    const held = { ...question, steps: [{ event: 'A' }, { event: 'B' }], hold: ['i'], count: 'conversions' };
    const events = Array.from({ length: 100_000 }, (_, i) => ({
      user: 'many',
      event: i % 2 === 0 ? 'A' : 'B',
      t: FROM + i * 1_000,
      properties: { i: Math.floor(i / 2) },
    }));
    await store.insert('held', events);
    expect(counts(await ask('held', held))).toEqual([50_000, 50_000]);
    const all = await ask('held', {
      ...held,
      hold: [],
      count: 'users',
      breakdown: ['i'],
      attribution: 'all',
      breakdown_limit: 1,
    });
    expect(counts(all)).toEqual([1, 1]);
    expect(all.breakdown!.map(({ values, steps }) => [values[0], steps[1]!.count])).toEqual([
      [0, 1],
      ['$other', 1],
    ]);
  });

  test('beyond max_events_per_unit its first events count and it is named', async () => {
    for (const times of [true, false]) {
      const few = {
        ...question,
        steps: [{ event: 'A' }, { event: 'B' }, { event: 'C' }],
        max_events_per_unit: 2,
        times,
      };
      const answer = await ask('heavy', few);
      expect(counts(answer)).toEqual([2, 2, 0]);
      expect(answer.meta.truncated_units).toEqual(['heavy']);
      expect(answer.meta.strategy).toBe('fold');
    }
  });
});

test('a breakdown by more values than can be ranked is refused', async () => {
  const events = Array.from({ length: 100_001 }, (_, i) => ({
    user: `u${i % 10}`,
    event: 'A',
    t: FROM + i,
    properties: { i },
  }));
  await store.insert('values', events);
  const question = {
    steps: [{ event: 'A' }, { event: 'B' }],
    window: '1h',
    from: '2024-01-01',
    to: '2024-02-01',
    breakdown: ['i'],
  };
  await expect(ask('values', question)).rejects.toMatchObject({ status: 422, code: 'too_many_values' });
  const narrowed = await ask('values', { ...question, where: { property: 'i', op: 'lt', value: 50_000 } });
  expect(narrowed.breakdown!.length).toBe(10);
});

test('each of many people may have a value of her own', async () => {
  const many = 60_000;
  const events = Array.from({ length: many }, (_, i) => ({
    user: `u${i}`,
    event: 'A',
    t: FROM + i,
    properties: { i: `value ${i}` },
  }));
  await store.insert('own values', events);
  const answer = await ask('own values', {
    steps: [{ event: 'A' }, { event: 'B' }],
    window: '1h',
    from: '2024-01-01',
    to: '2024-02-01',
    breakdown: ['i'],
    breakdown_limit: 2,
  });
  expect(answer.breakdown!.map(({ steps }) => steps[0]!.count)).toEqual([1, 1, many - 2]);
});

describe('laws', () => {
  const random = createRandom(ORACLE_SEED + 11);
  const events: OracleEvent[] = [];
  const SHIFT = 987 * MINUTE;

  const shuffle = (list: readonly OracleEvent[], by: Random): OracleEvent[] => {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = by.below(i + 1);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  };

  beforeAll(async () => {
    for (let user = 0; user < 150; user++) events.push(...randomUser(random, `u${user}`, 7));
    await store.insert('laws', events);
    const shuffled = shuffle(events, random);
    // Other order, other batches.
    for (let from = 0; from < shuffled.length; from += 97)
      await store.insert('shuffled', shuffled.slice(from, from + 97));
    await store.insert('noisy', events);
    await store.insert(
      'noisy',
      events.map((event) => ({ ...event, event: `unrelated ${event.event}`, t: event.t + 1 })),
    );
    await store.insert(
      'shifted',
      events.map((event) => ({ ...event, t: event.t + SHIFT })),
    );
  });

  const FUNNELS = 12;
  const each = async (
    check: (funnel: OracleFunnel, request: Record<string, unknown>) => Promise<void>,
  ): Promise<void> => {
    for (let i = 0; i < FUNNELS; i++) {
      const funnel = randomFunnel(random);
      await check(funnel, writeRequest(funnel));
    }
  };
  const strip = ({ meta, ...answer }: FunnelAnswer): object => answer;

  test('the order of arrival and the cuts between batches change nothing', () =>
    each(async (_, request) => {
      expect(strip(await ask('shuffled', request))).toEqual(strip(await ask('laws', request)));
    }));

  test('unrelated events change nothing, but between neighbours of a strict order', () =>
    each(async (funnel, request) => {
      if (funnel.order !== 'strict')
        expect(strip(await ask('noisy', request))).toEqual(strip(await ask('laws', request)));
    }));

  test('events and range moved in time give the same answer', () =>
    each(async (funnel, request) => {
      const moved = writeRequest({ ...funnel, from: funnel.from + SHIFT, to: funnel.to + SHIFT });
      expect(strip(await ask('shifted', moved))).toEqual(strip(await ask('laws', request)));
    }));

  test('a wider window loses nobody', () =>
    each(async (funnel, request) => {
      if (funnel.count === 'conversions') return;
      const wider = counts(await ask('laws', writeRequest({ ...funnel, window: funnel.window * 2 + 1_000 })));
      for (const [step, count] of counts(await ask('laws', request)).entries())
        expect(wider[step]).toBeGreaterThanOrEqual(count);
    }));

  test('a breakdown adds up to the total, with its rest in $other', () =>
    each(async (funnel) => {
      const request = {
        ...writeRequest({ ...funnel, breakdown: ['plan'], attribution: 'first' }),
        breakdown_limit: 2,
      };
      const answer = await ask('laws', request);
      const groups = answer.breakdown ?? [];
      expect(groups.length).toBeLessThanOrEqual(3);
      for (const [step, count] of counts(answer).entries())
        expect(groups.reduce((sum, group) => sum + group.steps[step]!.count, 0)).toBe(count);
    }));

  test('with attribution all the rest counts each unit once', () =>
    each(async (funnel) => {
      if (funnel.count === 'conversions') return;
      const asked = { ...funnel, breakdown: ['plan'], attribution: 'all' };
      const few = await ask('laws', { ...writeRequest(asked), breakdown_limit: 1 });
      const [kept, other] = few.breakdown ?? [];
      if (!other) return;
      const unitOf = (event: OracleEvent) =>
        funnel.count === 'sessions' ? `${event.user} ${event.session}` : event.user;
      const outcomes = [...groupUnits(events, unitOf).values()].map((unit) =>
        judgeUnit(asked, unit).filter(({ values }) => values[0] !== JSON.stringify(kept!.values)),
      );
      const expected = funnel.steps.map(
        (_, step) => outcomes.filter((unit) => unit.some(({ reached }) => reached.includes(step))).length,
      );
      expect(other.values).toEqual(['$other']);
      expect(other.steps.map(({ count }) => count)).toEqual(expected);
    }));

  test('a trend adds up to the total, each unit in the bucket of its start', () =>
    each(async (funnel) => {
      const answer = await ask('laws', { ...writeRequest(funnel), grain: 'minute' });
      for (const [step, count] of counts(answer).entries())
        expect(answer.trend!.reduce((sum, bucket) => sum + bucket.counts[step]!, 0)).toBe(count);
    }));
});
