/** What a funnel says beside its counts: bins of times, the period before, values in every form; and a fold that is given up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzeFunnel, type FunnelAnswer } from '../../src/query/funnel/analyze.js';
import { HISTOGRAM_BOUNDS } from '../../src/query/funnel/histogram.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createRandom, ORACLE_SEED } from '../oracle/random.js';
import { createStore, type Store } from '../oracle/store.js';

const HOUR = 3_600_000;
const FROM = Date.UTC(2024, 0, 1);
const WEEK = { from: '2024-01-08', to: '2024-01-15', window: '2d' };
const EARLIER = { from: '2024-01-01', to: '2024-01-08', window: '2d' };
const STEPS = [{ event: 'A' }, { event: 'B' }, { event: 'C' }];

let store: Store;
beforeAll(async () => {
  store = await createStore();
  const random = createRandom(ORACLE_SEED + 21);
  const events: OracleEvent[] = Array.from({ length: 400 }, (_, user) => {
    let t = FROM + random.below(14 * 24) * HOUR;
    return Array.from({ length: 1 + random.below(6) }, () => {
      t += random.below(12 * HOUR);
      const price = random.chance(0.8) ? random.below(50) : 'free';
      return {
        user: `u${user}`,
        session: 's',
        event: random.pick(['A', 'B', 'C']),
        t,
        properties: { plan: random.pick(['a', 'b', 'c', 'd']), price, id: user % 7 },
      };
    });
  }).flat();
  await store.insert('p', events);
});
afterAll(() => store.close());

const ask = (question: object): Promise<FunnelAnswer> =>
  analyzeFunnel(store.contextOf('p'), { steps: STEPS, ...question });
const counts = ({ steps }: Pick<FunnelAnswer, 'steps'>): number[] => steps.map(({ count }) => count);
const previous = ({ steps }: Pick<FunnelAnswer, 'steps'>) => steps.map((step) => step.previous_count);

describe('compare', () => {
  test.each([{}, { times: false }, { order: 'unordered' }, { count: 'conversions' }])(
    'has the counts of the period before: %j',
    async (change) => {
      const answer = await ask({ ...WEEK, ...change, compare: 'previous' });
      const before = await ask({ ...EARLIER, ...change });
      expect(answer.previous).toEqual({ from: '2024-01-01T00:00:00.000Z', to: '2024-01-08T00:00:00.000Z' });
      expect(counts(answer)).toEqual(counts(await ask({ ...WEEK, ...change })));
      expect(previous(answer)).toEqual(counts(before));
      expect(answer.previous_conversion_rate).toBe(before.conversion_rate);
      expect(counts(before)[0]).toBeGreaterThan(0);
    },
  );

  test.each(['first', 'all'])('has them for the values of this period: %s', async (attribution) => {
    const question = { breakdown: ['plan'], attribution };
    const answer = await ask({ ...WEEK, ...question, breakdown_limit: 2, compare: 'previous' });
    const before = await ask({ ...EARLIER, ...question });
    const kept = answer.breakdown!.filter(({ values }) => values[0] !== '$other');
    expect(kept.length).toBe(2);
    for (const group of kept) {
      const same = before.breakdown!.find(({ values }) => values[0] === group.values[0])!;
      expect(previous(group)).toEqual(counts(same));
    }
    if (attribution === 'first') {
      const all = answer.breakdown!.map(previous);
      expect(all.reduce((sum, group) => sum + group[0]!, 0)).toBe(counts(before)[0]);
    }
  });
});

describe('histogram', () => {
  test('each step and the whole have every unit that made it in one bin', async () => {
    const answer = await ask({ ...WEEK, histogram: true });
    const total = (bins: typeof answer.histogram) => bins!.reduce((sum, { count }) => sum + count, 0);
    expect(answer.steps[0]!.histogram!.length).toBe(0);
    for (const step of answer.steps.slice(1)) expect(total(step.histogram)).toBe(step.count);
    expect(total(answer.histogram)).toBe(counts(answer)[2]);
    const bins = answer.steps[1]!.histogram!;
    expect(bins.length).toBeGreaterThan(2);
    for (const [index, bin] of bins.slice(1).entries())
      expect(bin.from_seconds).toBe(bins[index]!.to_seconds);
    const median = answer.steps[1]!.median_seconds!;
    const below = bins.filter(({ from_seconds }) => from_seconds <= median);
    expect(total(below)).toBeGreaterThanOrEqual(answer.steps[1]!.count / 2);
  });

  test('its bounds rise, and only the last bin has no end', () => {
    expect([...HISTOGRAM_BOUNDS].sort((a, b) => a - b)).toEqual([...HISTOGRAM_BOUNDS]);
  });
});

describe('a graph with several beginnings and ends', () => {
  const at = (user: string, events: string): OracleEvent[] =>
    [...events].map((event, second) => ({ user, event, t: FROM + second * 1_000, properties: {} }));
  const graph = {
    steps: ['A', 'B', 'C', 'D', 'E'].map((event) => ({ id: event, event })),
    paths: [...['AC', 'BC', 'CD', 'CE']].map((edge) => ({ from: edge[0], to: edge[1] })),
    ...{ from: '2024-01-01', to: '2024-01-02', window: '10s' },
  };
  beforeAll(() =>
    store.insert(
      'graph',
      ['ACD', 'BCE', 'BXCE', 'ACXE'].flatMap((line) => at(line, line)),
    ),
  );
  const askGraph = (change = {}) => analyzeFunnel(store.contextOf('graph'), { ...graph, ...change });

  test('has times where a step comes after another, and none where it begins', async () => {
    const answer = await askGraph({ histogram: true });
    expect(answer.steps.map(({ median_seconds }) => median_seconds)).toEqual([null, null, 1, 1, 1]);
    expect(answer.steps.map(({ histogram }) => histogram!.length > 0)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  test('an exclusion without steps looks at every path, one with steps at what lies between them', async () => {
    const edges = async (exclusion: object): Promise<number[]> =>
      (await askGraph({ exclusions: [{ event: 'X', ...exclusion }] })).paths!.edges.map(({ count }) => count);
    expect(await edges({ from_step: 1, to_step: 4 })).toEqual([2, 2, 1, 3]);
    expect(await edges({ to_step: 3 })).toEqual([2, 1, 1, 2]);
    expect(await edges({})).toEqual([2, 1, 1, 1]);
  });
});

test('of tied values the one with the smallest JSON text is taken: 1 before 1.5 before 12', async () => {
  const tied = [12, 1.5, 1].map((n) => ({ user: 'u', event: 'A', t: FROM, properties: { n, id: 'x' } }));
  await store.insert('tied', tied);
  const question = { from: '2024-01-01', to: '2024-01-02', window: '1s', steps: STEPS.slice(0, 2) };
  const valuesOf = async (...breakdown: string[]) =>
    (await analyzeFunnel(store.contextOf('tied'), { ...question, breakdown })).breakdown!.map(
      ({ values }) => values,
    );
  expect(await valuesOf('n')).toEqual([[1]]);
  expect(await valuesOf('n', 'id')).toEqual([[1, 'x']]);
});

test('reentry "every" is another way to ask for conversions', async () => {
  const answer = await ask({ ...WEEK, reentry: 'every' });
  const { meta: _, ...expected } = await ask({ ...WEEK, count: 'conversions' });
  expect({ ...answer, meta: undefined }).toEqual(expected);
  expect(counts(answer)[0]).toBeGreaterThan(counts(await ask(WEEK))[0]!);
});

test('a breakdown by the entry of the session is by the property of its first event', async () => {
  const random = createRandom(ORACLE_SEED + 22);
  const drawn: OracleEvent[] = Array.from({ length: 2_000 }, (_, i) => ({
    user: `u${random.below(150)}`,
    session: random.pick(['', 's1', 's2', 's3']),
    event: random.pick(['A', 'B', 'C', 'other']),
    t: FROM + 7 * 24 * HOUR + i * 60_000,
    properties: random.chance(0.9) ? { page: random.pick(['/', '/pricing', '/docs']) } : {},
  }));
  const firsts = new Map<string, OracleEvent>();
  for (const event of drawn) {
    const key = `${event.user} ${event.session}`;
    if (!firsts.has(key)) firsts.set(key, event);
  }
  const marked = drawn.map((event) => {
    const page = event.session && firsts.get(`${event.user} ${event.session}`)!.properties!.page;
    return { ...event, properties: { ...event.properties, ...(page ? { entry: page } : {}) } };
  });
  await store.insert('entries', marked);
  const by = (breakdown: unknown[], change = {}) =>
    analyzeFunnel(store.contextOf('entries'), { ...WEEK, steps: STEPS, breakdown, ...change });
  for (const change of [
    {},
    { attribution: 'last' },
    { order: 'strict' },
    { count: 'sessions' },
    { hold: ['page'] },
  ]) {
    const expected = await by(['entry', 'page'], change);
    expect(expected.breakdown!.length).toBeGreaterThan(3);
    const answer = await by([{ session_entry: 'page' }, 'page'], change);
    expect(answer.breakdown, JSON.stringify(change)).toEqual(expected.breakdown);
  }
});

test('values are the same when fifty conditions on one type need the wide code', async () => {
  const question = { ...WEEK, value: { property: 'price' }, hold: ['id'], breakdown: ['plan'] };
  const idle = Array.from({ length: 10 }, (_, n) => ({
    any_of: ['A', 'B', 'C'],
    where: { property: 'price', op: 'eq', value: 1_000 + n },
  }));
  const two = idle.slice(0, 2);
  const packed = await ask({ ...question, exclusions: two });
  const steps = STEPS.map((step) => ({
    ...step,
    where: { and: Array.from({ length: 12 }, (_, n) => ({ property: 'price', op: 'ne', value: 2_000 + n })) },
  }));
  const wide = await ask({ ...question, steps, exclusions: [...idle].slice(0, 10) });
  expect(packed.value!.units).toBeGreaterThan(5);
  const { meta: _, ...plain } = packed;
  expect({ ...wide, meta: undefined }).toEqual({ ...plain, meta: undefined });
});

test('after folds whose asker went away the next one is answered', async () => {
  for (const afterMs of [0, 10, 20, 40, 60]) {
    const context = { ...store.contextOf('p'), signal: AbortSignal.timeout(afterMs) };
    await analyzeFunnel(context, { ...WEEK, steps: STEPS }).catch(() => undefined);
    expect(counts(await ask(WEEK))[0]).toBeGreaterThan(0);
  }
});

test('more folds at once than there are threads are all answered', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask(WEEK)));
  expect(new Set(answers.map((answer) => counts(answer).join())).size).toBe(1);
});

test.each([
  [{ reentry: 'every', count: 'users' }, 'reentry'],
  [{ reentry: 'first', count: 'conversions' }, 'reentry'],
  [{ hold: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'hold'],
  [{ compare: 'next' }, 'compare'],
  [{ histogram: true, times: false }, 'histogram'],
  [{ value: { property: 'price', step: 4 } }, 'value.step'],
  [{ value: { property: 'a..b' } }, 'value.property'],
  [{ from: '1900-01-02', to: '1950-01-01', compare: 'previous' }, 'compare'],
])('%j is refused', async (change, path) => {
  await expect(ask({ ...WEEK, ...change })).rejects.toMatchObject({
    status: 422,
    errors: [expect.objectContaining({ path })],
  });
});
