/** Saved funnels over HTTP: every version stays, and a funnel asked by its id answers as its definition does. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OracleEvent } from '../oracle/condition.js';
import { createStore } from '../oracle/store.js';
import { type Front, startFront } from '../support/front.js';

const PATH = '/v1/analytics/funnels';
const DAY = 86_400_000;
const FIRST = Date.UTC(2024, 0, 1);

let front: Front;

async function ask(method: string, path: string, body?: unknown, key: keyof Front['keys'] = 'admin') {
  const response = await fetch(front.url + path, {
    method,
    headers: { Authorization: `Bearer ${front.keys[key]}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

const FUNNEL = {
  name: 'To purchase',
  steps: [{ event: 'visit' }, { event: 'signup', where: { property: 'plan', op: 'eq', value: 'pro' } }],
  window: '7d',
};
const { name: _, ...DEFINITION } = FUNNEL;
const SPAN = 'from=2024-01-01&to=2024-02-01';

const at = (user: string, event: string, day: number, plan: string): OracleEvent => ({
  user,
  event,
  t: FIRST + day * DAY,
  properties: { plan },
});

beforeAll(async () => {
  front = await startFront('node');
  const store = await createStore(front.config.clickhouseUrl);
  await store.insert('default', [
    at('ada', 'visit', 1, 'pro'),
    at('ada', 'signup', 2, 'pro'),
    at('bob', 'visit', 1, 'free'),
    at('bob', 'signup', 3, 'free'),
    at('cat', 'visit', 5, 'pro'),
    at('cat', 'signup', 20, 'pro'),
  ]);
  await store.close();
});
afterAll(() => front?.stop());

const save = async (body: object = FUNNEL): Promise<string> => {
  const made = await ask('POST', PATH, body);
  expect(made).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^fn_/), version: 1 } });
  return made.body.id as string;
};

test('a funnel is saved as it was written, and shown with every version it had', async () => {
  const id = await save();
  const changed = { ...DEFINITION, window: '30d' };
  expect(await ask('PUT', `${PATH}/${id}`, changed)).toMatchObject({
    status: 200,
    body: { name: FUNNEL.name, version: 2, window: '30d' },
  });
  const shown = await ask('GET', `${PATH}/${id}`, undefined, 'read');
  expect(shown.body).toMatchObject({ ...FUNNEL, window: '30d', version: 2 });
  expect(shown.body.versions).toMatchObject([
    { version: 2, ...changed },
    { version: 1, ...DEFINITION },
  ]);
});

test('a funnel asked by its id answers as its definition does, in any version', async () => {
  const id = await save();
  await ask('PUT', `${PATH}/${id}`, { ...DEFINITION, window: '30d' });
  const counts = (body: Record<string, unknown>) =>
    (body.steps as { count: number }[]).map(({ count }) => count);
  const current = await ask(
    'GET',
    `${PATH}/${id}/analysis?${SPAN}&breakdown=plan&grain=month`,
    undefined,
    'read',
  );
  const body = { ...DEFINITION, window: '30d', from: '2024-01-01', to: '2024-02-01' };
  const direct = await ask('POST', `${PATH}/analyze`, { ...body, breakdown: ['plan'], grain: 'month' });
  expect(current.status).toBe(200);
  expect({ ...current.body, meta: 0 }).toEqual({ ...direct.body, meta: 0 });
  expect(counts(current.body)).toEqual([3, 2]);
  const first = await ask('GET', `${PATH}/${id}/analysis?${SPAN}&version=1`);
  expect(counts(first.body)).toEqual([3, 1]);
  expect((await ask('GET', `${PATH}/${id}/conversion-rate?${SPAN}`)).body).toMatchObject({
    conversion_rate: 2 / 3,
    entered: 3,
    converted: 2,
  });
  expect((await ask('GET', `${PATH}/${id}/dropoffs?${SPAN}`)).body).toMatchObject({
    dropoffs: [
      { index: 1, label: 'visit', count: 3, dropped: 1, drop_rate: 1 / 3 },
      { index: 2, count: 2, dropped: 0, drop_rate: 0 },
    ],
  });
  expect((await ask('GET', `${PATH}/${id}/analysis?${SPAN}&explain=1`)).body).toHaveProperty('sql');
});

test('a saved funnel says who left it, and why', async () => {
  const id = await save();
  const left = await ask('GET', `${PATH}/${id}/users?${SPAN}&step=1&state=dropped`, undefined, 'read');
  expect(left).toMatchObject({ status: 200, body: { next_cursor: null } });
  const people = left.body.data as { user_id: string }[];
  expect(people.map(({ user_id }) => user_id).sort()).toEqual(['bob', 'cat']);
  const { body } = await ask('GET', `${PATH}/${id}/explain?${SPAN}&user_id=cat`);
  expect(body).toMatchObject({
    chains: [{ steps: [{ reached: true }, { reason: { code: 'window_over' } }] }],
  });
  expect((await ask('GET', `${PATH}/${id}/explain?${SPAN}&user_id=dan`)).status).toBe(404);
  expect((await ask('GET', `${PATH}/${id}/users?${SPAN}`)).status).toBe(422);
});

test.each([
  ['analysis', 'breakdown_limit=0', 'breakdown_limit is a whole number from 1 to 1000.'],
  ['analysis', 'breakdown_limit=5000000', 'breakdown_limit is a whole number from 1 to 1000.'],
  ['analysis', 'breakdown_limit=abc', 'breakdown_limit is a whole number from 1 to 1000.'],
  ['users', 'step=x', 'step is a number.'],
  ['users', 'step=1&limit=5000', 'limit: Expected at most 1000, found 5000.'],
  ['paths', 'step=2&limit=51', 'limit: Expected at most 50, found 51.'],
])('%s?%s says the limit of the question itself', async (question, parameter, detail) => {
  const { status, body } = await ask('GET', `${PATH}/${await save()}/${question}?${SPAN}&${parameter}`);
  expect({ status, detail: body.detail }).toEqual({ status: 422, detail });
});

test('funnels are listed in the order they were made, page by page, and not those deleted', async () => {
  const ids = [await save(), await save(), await save()];
  expect((await ask('DELETE', `${PATH}/${ids[1]}`)).status).toBe(200);
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await ask('GET', `${PATH}?limit=1&cursor=${cursor}`, undefined, 'read');
    const page = body as { data: { id: string }[]; next_cursor: string | null };
    seen.push(...page.data.map(({ id }) => id));
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.filter((id) => ids.includes(id)).sort()).toEqual([ids[0], ids[2]].sort());
  expect((await ask('GET', `${PATH}/${ids[1]}`)).body).toMatchObject({
    status: 404,
    code: 'funnel_not_found',
  });
  expect((await ask('DELETE', `${PATH}/${ids[1]}`)).status).toBe(404);
});

test('what is wrong with a funnel is said before it is saved', async () => {
  const errorsOf = async (body: object) => {
    const { status, body: problem } = await ask('POST', PATH, body);
    expect(status).toBe(422);
    return (problem.errors as { path: string }[]).map(({ path }) => path);
  };
  expect(await errorsOf({ ...FUNNEL, name: '' })).toEqual(['name']);
  expect(await errorsOf(DEFINITION)).toEqual(['name']);
  expect(await errorsOf({ ...FUNNEL, steps: [] })).toEqual(['steps']);
  expect(await errorsOf({ ...FUNNEL, from: '2024-01-01' })).toEqual(['from']);
  const cycle = {
    steps: [
      { id: 'a', event: 'a' },
      { id: 'b', event: 'b' },
    ],
    paths: [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ],
  };
  expect((await errorsOf({ ...FUNNEL, ...cycle }))[0]).toMatch(/^paths/);
  const huge = {
    ...FUNNEL,
    steps: [
      { event: 'a' },
      { event: 'b', where: { property: 'p', op: 'in', value: Array(9_000).fill('0123456789') } },
    ],
  };
  expect(await errorsOf(huge)).toEqual(['']);
  const id = await save();
  expect((await ask('GET', `${PATH}/${id}/analysis?from=2024-01-01`)).body).toMatchObject({
    code: 'invalid_request',
  });
  expect((await ask('GET', `${PATH}/${id}/analysis?${SPAN}&version=9`)).status).toBe(404);
  expect((await ask('GET', `${PATH}/fn_%00`)).status).toBe(404);
  expect((await ask('GET', `${PATH}?cursor=AA`)).status).toBe(422);
  expect((await ask('POST', PATH, FUNNEL, 'read')).status).toBe(403);
});
