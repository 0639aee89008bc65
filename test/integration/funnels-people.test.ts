/** The people of a saved funnel over HTTP: as CSV, as a cohort, what they did between steps, and what goes with converting. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OracleEvent } from '../oracle/condition.js';
import { createStore } from '../oracle/store.js';
import { type Front, startFront } from '../support/front.js';

const PATH = '/v1/analytics/funnels';
const MINUTE = 60_000;
const FROM = Date.UTC(2024, 0, 2);
const SPAN = 'from=2024-01-01&to=2024-02-01';
const RANGE = { from: '2024-01-01', to: '2024-02-01' };
const FUNNEL = {
  name: 'To purchase',
  steps: [{ event: 'visit' }, { event: 'buy' }],
  window: '1h',
};

let front: Front;
let id: string;

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return fetch(front.url + path, {
    method,
    headers: { Authorization: `Bearer ${front.keys.admin}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function ask(method: string, path: string, body?: unknown) {
  const response = await send(method, path, body);
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

/** Sixty people visit; those who look at the tour buy, but for two, and two others. */
const events: OracleEvent[] = Array.from({ length: 60 }, (_, n) => {
  const user = n === 0 ? 'o"neil, pat' : `u${n}`;
  const toured = n < 30;
  const bought = toured ? n > 1 : n > 57;
  const at = (event: string, minute: number): OracleEvent => ({
    user,
    event,
    t: FROM + minute * MINUTE,
    properties: { plan: n % 2 === 0 ? 'free' : 'pro', price: 10 },
  });
  return [
    at('visit', 0),
    ...(toured ? [at('tour', 5)] : [at('help', 5), at('help', 6)]),
    ...(bought ? [at('buy', 30)] : []),
  ];
}).flat();

beforeAll(async () => {
  front = await startFront('node');
  const store = await createStore(front.config.clickhouseUrl);
  await store.insert('default', events);
  await store.close();
  id = (await ask('POST', PATH, FUNNEL)).body.id as string;
});
afterAll(() => front?.stop());

test('who dropped out is a CSV file by parameter or by Accept', async () => {
  for (const [query, headers] of [
    ['&format=csv', {}],
    ['', { Accept: 'text/csv' }],
  ] as const) {
    const response = await send(
      'GET',
      `${PATH}/${id}/users?${SPAN}&step=1&state=dropped${query}`,
      undefined,
      {
        ...headers,
      },
    );
    expect(response.headers.get('content-type')).toContain('text/csv');
    const [head, ...lines] = (await response.text()).trimEnd().split('\r\n');
    expect(head).toBe('user_id');
    expect(lines).toHaveLength(30);
    expect(lines).toContain('"o""neil, pat"');
  }
  const posted = await send('POST', `${PATH}/users?format=csv`, {
    ...FUNNEL,
    ...RANGE,
    step: 2,
    state: 'reached',
  });
  expect((await posted.text()).trimEnd().split('\r\n')).toHaveLength(1 + 30);
});

test('they are saved as a fixed cohort, by which other funnels are broken down', async () => {
  const saved = await ask('POST', `${PATH}/${id}/users/cohort`, {
    name: 'Left before buying',
    step: 1,
    state: 'dropped',
    ...RANGE,
  });
  expect(saved).toMatchObject({ status: 201, body: { static: true, name: 'Left before buying' } });
  const cohort = saved.body.id as string;
  const size = await ask('GET', `/v1/analytics/cohorts/${cohort}/users?limit=1000`);
  expect((size.body.data as unknown[]).length).toBe(30);
  const { body } = await ask('POST', `${PATH}/analyze`, {
    ...FUNNEL,
    ...RANGE,
    breakdown: [{ cohort }, 'plan'],
  });
  const groups = body.breakdown as { values: unknown[]; steps: { count: number }[] }[];
  expect(groups.map(({ values, steps }) => [...values, ...steps.map(({ count }) => count)])).toEqual(
    expect.arrayContaining([
      [false, 'free', 15, 15],
      [false, 'pro', 15, 15],
      [true, 'free', 15, 0],
      [true, 'pro', 15, 0],
    ]),
  );
  for (const bad of [{}, { name: '' }, { name: 'x' }, { name: 'x', step: 3, ...RANGE }, [], null])
    expect((await ask('POST', `${PATH}/${id}/users/cohort`, bad)).status).toBe(422);
});

test('explain=1 explains what is asked of people too', async () => {
  for (const [name, query, further, statements] of [
    ['users', 'step=1&state=dropped', { step: 1, state: 'dropped' }, 1],
    ['paths', 'step=1', { step: 1 }, 1],
    ['factors', 'property=plan&property=price', { properties: ['plan', 'price'] }, 3],
    ['explain', 'user_id=u1', { user_id: 'u1' }, 1],
  ] as const) {
    const saved = await ask('GET', `${PATH}/${id}/${name}?${SPAN}&${query}&explain=1`);
    const given = await ask('POST', `${PATH}/${name}?explain=1`, { ...FUNNEL, ...RANGE, ...further });
    for (const { status, body } of [saved, given]) {
      expect({ name, status, body }).toMatchObject({
        status: 200,
        body: { plan: { source: 'raw' }, estimate: { rows: expect.any(Number) }, limit: {} },
      });
      expect(body.sql).toHaveLength(statements);
    }
  }
  const wrong = await ask('GET', `${PATH}/${id}/users?${SPAN}&step=9&explain=1`);
  expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: 'step' }] } });
});

test('a breakdown in the URL names several properties', async () => {
  const asked = `${PATH}/${id}/analysis?${SPAN}`;
  const valuesOf = async (query: string): Promise<unknown[]> => {
    const { body } = await ask('GET', `${asked}&${query}`);
    return (body.breakdown as { values: unknown[] }[]).map(({ values }) => values);
  };
  const both = [
    ['free', 10],
    ['pro', 10],
  ];
  for (const query of [
    'breakdown=plan,price',
    'breakdown=plan&breakdown=price',
    `breakdown=${encodeURIComponent('["plan", "price"]')}`,
  ])
    expect(await valuesOf(query)).toEqual(both);
  expect((await ask('GET', `${asked}&breakdown=%5B`)).body).toMatchObject({
    status: 422,
    errors: [{ path: 'breakdown[0]' }],
  });
});

test('what people do between the steps is told by the saved funnel and by its definition', async () => {
  const { status, body } = await ask('GET', `${PATH}/${id}/paths?${SPAN}&step=1`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    step: { index: 1, label: 'visit' },
    next: { index: 2, label: 'buy' },
    reached: 60,
    converted: 30,
    dropped: 30,
    ways: [
      { events: ['help', '$end'], units: 28 },
      { events: ['tour', '$next'], units: 28 },
      { events: ['help', '$next'], units: 2 },
      { events: ['tour', '$end'], units: 2 },
    ],
  });
  const all = await ask('GET', `${PATH}/${id}/paths?${SPAN}&step=1&collapse=false&event=help&length=1`);
  expect(all.body.ways).toEqual(
    [
      { events: ['$next'], units: 28 },
      { events: ['help', '$more'], units: 30 },
      { events: ['$end'], units: 2 },
    ].sort((a, b) => b.units - a.units),
  );
  const posted = await ask('POST', `${PATH}/paths`, { ...FUNNEL, ...RANGE, step: 1 });
  expect(posted.body.ways).toEqual(body.ways);
});

test('what goes with converting is found, and what does not is not', async () => {
  const { status, body } = await ask('GET', `${PATH}/${id}/factors?${SPAN}&min_units=5`);
  expect(status).toBe(200);
  const factors = body.factors as { name: string; value?: unknown; lift: number; significant: boolean }[];
  expect(body).toMatchObject({ entered: 60, converted: 30, conversion_rate: 0.5 });
  expect(
    factors
      .slice(0, 2)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['help', 'tour']);
  expect(factors.find(({ name }) => name === 'tour')).toMatchObject({
    kind: 'event',
    units: 30,
    converted: 28,
    significant: true,
    lift: 14,
  });
  expect(factors.find(({ name, value }) => name === 'plan' && value === 'pro')).toMatchObject({
    kind: 'property',
    units: 30,
    significant: false,
  });
});

test('values, bins and the period before are asked of a saved funnel too', async () => {
  const { body } = await ask(
    'GET',
    `${PATH}/${id}/analysis?${SPAN}&value=price&histogram=1&compare=previous&timezone=UTC`,
  );
  expect(body).toMatchObject({
    value: { units: 30, sum: 300, average: 10 },
    histogram: [{ from_seconds: 1_800, to_seconds: 3_600, count: 30 }],
    previous: { from: '2023-12-01T00:00:00.000Z', to: '2024-01-01T00:00:00.000Z' },
    previous_conversion_rate: null,
  });
});

test.each([
  ['paths', { step: 2 }, 'step'],
  ['paths', { step: 1, order: 'unordered' }, 'order'],
  ['paths', { step: 1, breakdown: ['plan'] }, 'breakdown'],
  ['paths', {}, 'step'],
  ['factors', { grain: 'day' }, 'grain'],
  ['factors', { false_discovery_rate: 1 }, 'false_discovery_rate'],
  ['factors', { properties: Array.from({ length: 11 }, (_, n) => `p${n}`) }, 'properties'],
  ['users', { step: 3, state: 'reached' }, 'step'],
  ['analyze', { steps: [] }, 'steps'],
  ['analyze', { window: '-1h' }, 'window'],
  [
    'analyze',
    {
      paths: [
        { from: '1', to: '2' },
        { from: '2', to: '1' },
      ],
    },
    'paths',
  ],
])('%s with %j is refused with the place', async (route, change, path) => {
  const { status, body } = await ask('POST', `${PATH}/${route}`, { ...FUNNEL, ...RANGE, ...change });
  expect([status, (body.errors as { path: string }[])[0]?.path], body.detail).toEqual([422, path]);
});
