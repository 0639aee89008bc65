/** Experiments over HTTP: a worked example, what is said instead of a number, saved ones, and every bad question refused with its place. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExperimentAnswer } from '../../src/query/experiment/analyze.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createStore } from '../oracle/store.js';
import { type Front, startFront } from '../support/front.js';

const PATH = '/v1/analytics/experiments';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FROM = Date.UTC(2026, 9, 1);

let front: Front;

/** docs/experiments.md has the same people: every second sees "green"; 150 of 1,000 buy, and 195 of the green ones. */
function makePeople(count: number): OracleEvent[] {
  return Array.from({ length: count }, (_, n): OracleEvent[] => {
    const t = FROM + (Math.floor(n / 2) % 10) * DAY_MS;
    const variant = n % 2 === 0 ? 'control' : 'green';
    const rank = Math.floor(n / 2) % 1_000;
    const user = `p${n}`;
    const events = [{ user, event: 'experiment_seen', t, properties: { variant } }];
    if (rank < 400) events.push({ user, event: 'cart_added', t: t + HOUR_MS, properties: { variant } });
    if (rank < (variant === 'green' ? 195 : 150))
      return [
        ...events,
        { user, event: 'checkout_completed', t: t + 2 * HOUR_MS, properties: { total: 20 + (rank % 7) } },
      ];
    return events;
  }).flat();
}

const loadOf = (rank: number, load: number): number => 400 + 2 * rank + 25 * load;
/** What control loads, sorted. */
const LOADS = Array.from({ length: 4_000 }, (_, n) => loadOf(n >> 2, n & 3)).sort((a, b) => a - b);

/** Four page loads of each, alike for a person; green ones take half of the time. */
const makeLoads = (): OracleEvent[] =>
  Array.from({ length: 8_000 }, (_, n): OracleEvent => {
    const person = n >> 2;
    const rank = person >> 1;
    return {
      user: `p${person}`,
      event: 'loaded',
      t: FROM + (rank % 10) * DAY_MS + HOUR_MS,
      properties: { ms: loadOf(rank, n & 3) / (person % 2 === 0 ? 1 : 2) },
    };
  });

beforeAll(async () => {
  front = await startFront('node');
  const store = await createStore(front.config.clickhouseUrl);
  await store.insert('default', [...makePeople(2_000), ...makeLoads()]);
  const some: OracleEvent[] = makePeople(40).map((event) => ({
    ...event,
    user: `few-${event.user}`,
    event: `few_${event.event}`,
  }));
  const uneven = makePeople(2_000).flatMap((event, n) =>
    event.event === 'experiment_seen' && event.properties?.variant === 'green' && n % 5 === 0
      ? []
      : [{ ...event, user: `u-${event.user}`, event: `uneven_${event.event}` }],
  );
  await store.insert('default', [...some, ...uneven]);
  await store.close();
});

afterAll(() => front.stop());

interface Asked {
  method?: string;
  body?: unknown;
  key?: string;
}

async function ask(path: string, { method, body, key = front.keys.admin }: Asked = {}) {
  const response = await fetch(front.url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const EXPERIMENT = {
  exposure: { event: 'experiment_seen', variant: 'variant' },
  goals: [
    { event: 'checkout_completed' },
    { event: 'checkout_completed', measure: { average: 'total' } },
    { funnel: { steps: [{ event: 'cart_added' }, { event: 'checkout_completed' }] } },
  ],
  window: '7d',
  from: '2026-10-01',
  to: '2026-10-11',
};

const analyze = async (change: object = {}): Promise<ExperimentAnswer> => {
  const { status, body } = await ask(PATH, { body: { ...EXPERIMENT, ...change }, key: front.keys.read });
  expect([status, body.detail]).toEqual([200, undefined]);
  return body as ExperimentAnswer;
};

it('says which variant is better and how sure that is', async () => {
  const answer = await analyze();
  expect(answer.variants.map(({ name, units }) => [name, units])).toEqual([
    ['control', 1_000],
    ['green', 1_000],
  ]);
  const [bought, average, through] = answer.goals;
  const green = bought!.variants[1]!;
  expect(green.conversions).toBe(195);
  // 150 and 195 of 1,000 each: z = 2.6632, by the pooled formula.
  expect(green.comparison!.p_value).toBeCloseTo(0.007739, 5);
  expect(green.comparison!.uplift).toBeCloseTo(0.3, 12);
  expect(green.verdict).toBe('better');
  expect(green.comparison!.bayes.chance_to_win).toBeGreaterThan(0.99);
  expect(green.comparison!.sequential!.interval[0]).toBeLessThan(green.comparison!.interval[0]);
  expect(green.curve).toHaveLength(10);
  expect(average!.variants[1]!.comparison!.test).toBe('delta_method');
  expect(through!.variants[1]!.steps!.map(({ count, rate }) => [count, rate])).toEqual([
    [400, 0.4],
    [195, 0.195],
  ]);
  expect(bought!.variants[0]).toMatchObject({ comparison: null, verdict: null, curve: [] });
});

it('a goal that is better when it is lower turns the verdict and the chance around', async () => {
  const answer = await analyze({ goals: [{ event: 'checkout_completed', better: 'lower' }] });
  const green = answer.goals[0]!.variants[1]!;
  expect(green.verdict).toBe('worse');
  expect(green.comparison!.bayes.chance_to_win).toBeLessThan(0.01);
});

it('quantiles over events are compared, with what chance makes of them', async () => {
  const amount = { event: 'loaded', measure: { p90: 'ms' } };
  const definition = 'metric "slow" { formula = "p90(loaded.ms) / 1000" }';
  const saved = await ask('/v1/analytics/metrics/custom', { body: { definition } });
  expect(saved.status, JSON.stringify(saved.body)).toBe(201);
  const goals = [{ ...amount, better: 'lower' }, { metric: 'slow', better: 'lower' }, { definition }];
  const answer = await analyze({ goals });
  const [plain, metric] = answer.goals;
  const [control, green] = plain!.variants;
  expect(plain!.kind).toBe('quantile');
  // Of 1,000 people four loads each, 400 + 2 * rank + 25 * load ms: green ones take half of it.
  expect(control!.observations).toBe(4_000);
  expect(control!.value).toBeCloseTo(LOADS[Math.floor(0.9 * 3_999)]!, -1);
  expect(green!.value).toBeCloseTo(control!.value! / 2, 6);
  const [low, high] = control!.interval!;
  expect(low).toBeLessThan(control!.value!);
  expect(high).toBeGreaterThan(control!.value!);
  const told = green!.comparison!;
  expect(told).toMatchObject({ test: 'outer_interval', significant: true, adjusted_by_before: null });
  expect(told.unadjusted_because).toMatch(/^A quantile /);
  expect(told.uplift).toBeCloseTo(-0.5, 6);
  const widths = [control!, green!].map(({ interval }) => (interval![1] - interval![0]) / (2 * 1.959964));
  expect(told.standard_error).toBeCloseTo(Math.hypot(...widths), 4);
  expect(told.sequential!.interval[0]).toBeLessThan(told.interval[0]);
  expect(told.bayes.chance_to_win).toBeGreaterThan(0.999);
  expect([green!.verdict, green!.sequential_verdict]).toEqual(['better', 'better']);
  expect(metric!.variants[1]!.value).toBeCloseTo(green!.value! / 1_000, 9);
  expect(metric!.variants[1]!.comparison!.standard_error).toBeCloseTo(told.standard_error / 1_000, 6);
  expect(answer.goals[2]!.variants[1]!.verdict).toBe('worse');
});

it('a quantile of a number that few people have is told, and compared with nothing', async () => {
  const goals = [
    { event: 'loaded', where: [{ property: 'ms', op: 'lt', value: 420 }], measure: { median: 'ms' } },
    { event: 'nobody_did', measure: { median: 'ms' } },
  ];
  const [few, none] = (await analyze({ goals })).goals;
  expect(few!.variants[0]!.value).toBeGreaterThan(400);
  expect(few!.variants[0]!.interval).toBeNull();
  expect(none!.variants[1]).toMatchObject({
    value: null,
    observations: 0,
    comparison: null,
    verdict: 'too_few_units',
  });
});

it.each([
  ['max(loaded.ms)', /^The metric m cannot be a goal: it has max, which one event decides/],
  ['min(loaded.ms)', /it has min, which one event decides/],
  ['p90_approx(loaded.ms)', /from a sketch; name p90, which is exact/],
  ['median(loaded.ms) / p90(loaded.ms)', /it has a quantile in a ratio/],
])('%s is no goal, and the refusal says why', async (formula, reason) => {
  const goals = [{ definition: `metric "m" { formula = "${formula}" }` }];
  const { status, body } = await ask(PATH, { body: { ...EXPERIMENT, goals } });
  expect([status, body.errors[0].path]).toEqual([422, 'goals[0]']);
  expect(body.errors[0].message).toMatch(reason);
});

it('more goals make each one harder to believe', async () => {
  const one = await analyze({ goals: [{ event: 'checkout_completed' }] });
  const three = await analyze({ goals: [1, 2, 3].map(() => ({ event: 'checkout_completed' })) });
  const adjusted = (answer: ExperimentAnswer): number =>
    answer.goals[0]!.variants[1]!.comparison!.adjusted_p_value;
  expect(adjusted(three)).toBeCloseTo(3 * adjusted(one), 12);
});

it('says that there are too few units instead of a number', async () => {
  const goals = [{ event: 'few_checkout_completed' }];
  const { goals: told } = await analyze({
    exposure: { event: 'few_experiment_seen', variant: 'variant' },
    goals,
  });
  expect(told[0]!.variants[1]).toMatchObject({ units: 20, comparison: null, verdict: 'too_few_units' });
});

it('says that the variants do not have the sizes they should, and believes nothing then', async () => {
  const exposure = { event: 'uneven_experiment_seen', variant: 'variant' };
  const goals = [{ event: 'uneven_checkout_completed' }];
  const answer = await analyze({ exposure, goals });
  expect(answer.sample_ratio.mismatch).toBe(true);
  expect(answer.goals[0]!.variants[1]!.verdict).toBe('mismatch');
  const [control, green] = answer.variants;
  const meant = { variants: ['control', 'green'], split: [control!.units, green!.units] };
  expect((await analyze({ exposure, goals, ...meant })).sample_ratio).toMatchObject({
    p_value: 1,
    mismatch: false,
  });
});

it('nobody exposed is an answer too', async () => {
  const empty = await analyze({ exposure: { event: 'never', variant: 'variant' } });
  expect(empty).toMatchObject({ variants: [], goals: [], left_out: { several_variants: 0 } });
  const named = await analyze({ exposure: { event: 'never', variant: 'variant' }, variants: ['a', 'b'] });
  expect(named.variants.map(({ units }) => units)).toEqual([0, 0]);
  expect(named.goals[0]!.variants[1]).toMatchObject({ value: null, verdict: 'too_few_units', curve: [] });
});

it('explains itself without running', async () => {
  const { status, body } = await ask(`${PATH}?explain=1`, {
    body: { ...EXPERIMENT, variants: ['control', 'green'] },
  });
  expect(status).toBe(200);
  expect(body.sql).toHaveLength(5);
  expect(body.plan.goals.map(({ strategy }: { strategy: string }) => strategy)).toEqual([
    'one aggregation by person',
    'one aggregation by person',
    'the funnel fold, once a variant',
  ]);
});

it('plans a size: a rate of 20 %, a quarter more, 1,094 a variant', async () => {
  const body = { baseline: { rate: 0.2 }, minimal_effect: 0.25, units_per_day: 500, units: 1_094 };
  const planned = await ask(`${PATH}/power`, { body, key: front.keys.read });
  expect(planned).toMatchObject({ status: 200, body: { units_per_variant: 1_094, units: 2_188, days: 5 } });
  expect(planned.body.power).toBeCloseTo(0.8, 3);
});

describe('a saved experiment', () => {
  it('is saved, listed, changed, analysed and deleted', async () => {
    const { from, to, ...definition } = EXPERIMENT;
    const made = await ask(`${PATH}/saved`, { body: { name: 'Green button', ...definition } });
    expect(made).toMatchObject({ status: 201, body: { name: 'Green button', version: 1, ...definition } });
    const saved = `${PATH}/saved/${made.body.id}`;
    const list = await ask(`${PATH}/saved`);
    expect(list.body.data.map(({ id }: { id: string }) => id)).toContain(made.body.id);
    expect(await ask(`${saved}/analysis`)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'from' }, { path: 'to' }] },
    });
    const analysis = await ask(`${saved}/analysis?from=${from}&to=${to}`, { key: front.keys.read });
    expect(analysis.body.goals[0].variants[1].conversions).toBe(195);
    const changed = await ask(saved, { method: 'PUT', body: EXPERIMENT });
    expect(changed).toMatchObject({ status: 200, body: { name: 'Green button', version: 2, from } });
    expect((await ask(`${saved}/analysis`)).body.goals).toHaveLength(3);
    const { versions, ...shown } = (await ask(saved)).body;
    expect(shown).toEqual(changed.body);
    expect(versions.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    expect(versions[1]).toMatchObject(definition);
    expect(versions[1]).not.toHaveProperty('from');
    expect(versions[0]).toMatchObject({ ...EXPERIMENT, created_by: expect.any(String) });
    expect(Date.parse(versions[0].created_at)).toBeGreaterThanOrEqual(Date.parse(versions[1].created_at));
    // The first version had no range of its own.
    expect((await ask(`${saved}/analysis?version=1`)).status).toBe(422);
    expect((await ask(`${saved}/analysis?version=1&from=${from}&to=${to}`)).status).toBe(200);
    expect(await ask(`${saved}/analysis?version=3`)).toMatchObject({
      status: 404,
      body: { code: 'experiment_not_found' },
    });
    expect((await ask(saved, { method: 'DELETE' })).status).toBe(200);
    expect(await ask(saved)).toMatchObject({ status: 404, body: { code: 'experiment_not_found' } });
  });

  it('is refused when it makes no sense, and to keys that may only read', async () => {
    const wrong = await ask(`${PATH}/saved`, { body: { name: 'x', ...EXPERIMENT, goals: [] } });
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: 'goals' }] } });
    const read = await ask(`${PATH}/saved`, { body: { name: 'x', ...EXPERIMENT }, key: front.keys.read });
    expect(read).toMatchObject({ status: 403, body: { code: 'missing_scope' } });
  });
});

describe('a bad question is refused with its place', () => {
  const BUY = { event: 'checkout_completed' };
  it.each<[string, object, string]>([
    ['no exposure', { exposure: undefined }, 'exposure'],
    ['no variant', { exposure: { event: 'x' } }, 'exposure.variant'],
    ['no goal', { goals: [] }, 'goals'],
    ['a goal of nothing', { goals: [{ name: 'x' }] }, 'goals[0]'],
    ['a goal of two kinds', { goals: [{ ...BUY, funnel: { steps: [BUY] } }] }, 'goals[0]'],
    ['an unknown measure', { goals: [{ ...BUY, measure: 'median' }] }, 'goals[0].measure'],
    ['a funnel without steps', { goals: [{ funnel: { steps: [] } }] }, 'goals[0].funnel.steps'],
    ['a step without an event', { goals: [{ funnel: { steps: [BUY, {}] } }] }, 'goals[0].funnel.steps[1]'],
    [
      'a funnel of sessions',
      { goals: [{ funnel: { steps: [BUY], count: 'sessions' } }] },
      'goals[0].funnel.count',
    ],
    [
      'a funnel without order',
      { goals: [{ funnel: { steps: [BUY], order: 'unordered' } }] },
      'goals[0].funnel.order',
    ],
    ['one variant', { variants: ['control'] }, 'variants'],
    ['a variant twice', { variants: ['a', 'a'] }, 'variants'],
    ['a split of nothing', { split: [1, 1] }, 'split'],
    ['a split too short', { variants: ['a', 'b'], split: [1] }, 'split'],
    ['a negative window', { window: '-1d' }, 'window'],
    ['alpha of one', { alpha: 1 }, 'alpha'],
    ['a range backwards', { to: '2026-09-01' }, 'to'],
    [
      'a variant of a million values',
      { exposure: { event: 'experiment_seen', variant: 'event.user_id' } },
      'variants',
    ],
    ['an unknown field', { metric: 'revenue' }, 'metric'],
  ])('%s', async (_, change, path) => {
    const { status, body } = await ask(PATH, { body: { ...EXPERIMENT, ...change } });
    expect(status).toBe(422);
    expect(body.errors.map((problem: { path: string }) => problem.path)).toContain(path);
  });
});

it('is behind the flag of advanced features', async () => {
  await ask('/v1/flags', { method: 'PUT', body: { 'analytics.advanced_features': false } });
  expect(await ask(PATH, { body: EXPERIMENT })).toMatchObject({
    status: 403,
    body: { code: 'feature_disabled' },
  });
  expect((await ask(`${PATH}/saved`)).status).toBe(403);
  await ask('/v1/flags', { method: 'PUT', body: { 'analytics.advanced_features': true } });
});
