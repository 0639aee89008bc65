/** Cohorts over HTTP: saved, sized before and after, listed by person, narrowing retention; and every mistake told its place. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCriteria } from '../../src/query/cohort/criteria.js';
import { resolveMembership } from '../../src/query/cohort/formula.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createStore } from '../oracle/store.js';
import { type Front, startFront } from '../support/front.js';

const PATH = '/v1/analytics/cohorts';
const DAY = 86_400_000;
const FIRST = Date.UTC(2024, 0, 1);

let front: Front;

async function ask(method: string, path: string, body?: unknown, key: keyof Front['keys'] = 'admin') {
  const response = await fetch(front.url + path, {
    method,
    headers: { Authorization: `Bearer ${front.keys[key]}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const at = (user: string, event: string, day: number): OracleEvent => ({ user, event, t: FIRST + day * DAY });

beforeAll(async () => {
  front = await startFront('node');
  const store = await createStore(front.config.clickhouseUrl);
  await store.insert('default', [
    ...[0, 1, 2].flatMap((day) => [at('ada', 'visit', day), at('ada', 'buy', day)]),
    ...[0, 3].map((day) => at('bob', 'visit', day)),
    at('bob', 'buy', 9),
    ...[1, 2].map((day) => at('cat', 'visit', day)),
  ]);
  // Somebody who never signed in, under the name of somebody who did.
  const times = { timestamp: FIRST, received_at: FIRST };
  const peek = {
    project: 'default',
    event: 'peek',
    batch_partition: 0,
    batch_seq: 0,
    content_hash: 0,
    ...times,
  };
  await store.clickhouse.insertRows('events', [
    { ...peek, event_id: 'peek1', anonymous_id: 'ada' },
    { ...peek, event_id: 'peek2', user_id: 'ada', anonymous_id: 'x' },
    { ...peek, event_id: 'peek3', anonymous_id: 'x' },
  ]);
  await store.close();
});
afterAll(() => front?.stop());

const BUYERS = { did: { event: 'buy' } };

async function save(criteria: unknown, name = 'A cohort'): Promise<string> {
  const made = await ask('POST', PATH, { name, criteria });
  expect(made).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^co_/), name, criteria } });
  return made.body.id as string;
}

const usersOf = async (id: string, query = ''): Promise<unknown[]> => {
  const { body } = await ask('GET', `${PATH}/${id}/users?${query}`, undefined, 'read');
  return (body.data as { user_id: string }[]).map(({ user_id }) => user_id);
};

test('a cohort has the size its preview said, and its people are listed by name, page by page', async () => {
  const preview = await ask('POST', `${PATH}/preview`, { criteria: BUYERS }, 'read');
  expect(preview).toMatchObject({ status: 200, body: { size: 2 } });
  const id = await save(BUYERS);
  expect((await ask('GET', `${PATH}/${id}`, undefined, 'read')).body).toMatchObject({
    id,
    criteria: BUYERS,
    size: 2,
  });
  const first = await ask('GET', `${PATH}/${id}/users?limit=1`);
  expect(first.body.data).toEqual([{ user_id: 'ada' }]);
  const second = await ask('GET', `${PATH}/${id}/users?limit=1&cursor=${first.body.next_cursor}`);
  expect(second.body).toEqual({ data: [{ user_id: 'bob' }], next_cursor: null });
});

test('a user and an anonymous person of the same name are two people, on pages of one', async () => {
  const id = await save({ did: { event: 'peek' } });
  const seen: unknown[] = [];
  let cursor: unknown = '';
  while (cursor !== null && seen.length < 10) {
    const { body } = await ask('GET', `${PATH}/${id}/users?limit=1&cursor=${cursor}`);
    seen.push(...(body.data as unknown[]));
    cursor = body.next_cursor;
  }
  expect(seen).toEqual([{ anonymous_id: 'ada' }, { user_id: 'ada' }, { anonymous_id: 'x' }]);
});

test('membership is as of an instant', async () => {
  const id = await save({ and: [BUYERS, { did_not: { event: 'visit' }, within: '2d' }] });
  expect(await usersOf(id, 'as_of=2024-01-02')).toEqual([]);
  expect(await usersOf(id, 'as_of=2024-01-06')).toEqual(['ada']);
  expect(await usersOf(id)).toEqual(['ada', 'bob']);
  const body = { criteria: { in_cohort: id }, as_of: '2024-01-06' };
  expect((await ask('POST', `${PATH}/preview`, body)).body).toMatchObject({
    size: 1,
    as_of: '2024-01-06T00:00:00.000Z',
  });
});

test('an empty cohort is a cohort', async () => {
  const id = await save({ did: { event: 'never' } });
  expect((await ask('GET', `${PATH}/${id}`)).body).toMatchObject({ size: 0 });
  expect((await ask('GET', `${PATH}/${id}/users`)).body).toEqual({ data: [], next_cursor: null });
  const { body } = await ask(
    'GET',
    `${PATH}/${id}/retention?start=visit&from=2024-01-01&to=2024-01-02&periods=1`,
  );
  expect(body).toMatchObject({ periods: [{ size: 0 }] });
});

test('retention of a cohort looks at its people only', async () => {
  const id = await save(BUYERS);
  const query = 'start=visit&from=2024-01-01&to=2024-01-03&periods=3';
  const whole = { start: { event: 'visit' }, from: '2024-01-01', to: '2024-01-03', periods: 3 };
  const rows = ({ body }: { body: Record<string, unknown> }) =>
    (body.periods as { size: number; counts: number[] }[]).map(({ counts }) => counts);
  expect(rows(await ask('POST', '/v1/analytics/retention', whole))).toEqual([
    [2, 1, 1, 1],
    [1, 1, 0, 0],
  ]);
  expect(rows(await ask('GET', `${PATH}/${id}/retention?${query}`, undefined, 'read'))).toEqual([
    [2, 1, 1, 1],
    [0, 0, 0, 0],
  ]);
  const early = await ask('GET', `${PATH}/${id}/retention?${query}&as_of=2024-01-02`);
  expect(rows(early)).toEqual([
    [1, 1, 1, 0],
    [0, 0, 0, 0],
  ]);
  const json = encodeURIComponent(JSON.stringify({ any_of: ['visit'] }));
  expect(
    rows(await ask('GET', `${PATH}/${id}/retention?${query.replace('start=visit', `start=${json}`)}`)),
  ).toEqual([
    [2, 1, 1, 1],
    [0, 0, 0, 0],
  ]);
  expect((await ask('GET', `${PATH}/${id}/retention?${query}&explain=1`)).body).toHaveProperty('sql');
});

test('retention of a cohort is broken down as that of everybody', async () => {
  const everybody = await save({ did: { event: 'visit' } });
  const buyers = await save(BUYERS, 'Buyers');
  const question = { from: '2024-01-01', to: '2024-01-03', periods: 3, value: { sum: 'event.timestamp' } };
  const brackets = [
    [1, 1],
    [2, 3],
  ];
  const breakdown = [{ cohort: buyers }, 'event.user_id'];
  const whole = await ask('POST', '/v1/analytics/retention', {
    ...question,
    start: { event: 'visit' },
    brackets,
    breakdown,
    breakdown_limit: 2,
    periods: undefined,
  });
  expect(whole.status, JSON.stringify(whole.body)).toBe(200);
  const query = new URLSearchParams({
    start: 'visit',
    from: question.from,
    to: question.to,
    brackets: JSON.stringify(brackets),
    value: JSON.stringify(question.value),
    breakdown_limit: '2',
  });
  for (const entry of breakdown)
    query.append('breakdown', typeof entry === 'string' ? entry : JSON.stringify(entry));
  const part = await ask('GET', `${PATH}/${everybody}/retention?${query}`, undefined, 'read');
  const { meta: _, ...expected } = whole.body;
  expect(part.body).toMatchObject(expected);
  const values = (part.body.breakdown as { values: unknown[] }[]).map((group) => group.values);
  expect(values).toHaveLength(3);
  expect(values[2]).toEqual(['$other', '$other']);
  const asked = `${PATH}/${buyers}/retention?start=visit&from=2024-01-01&to=2024-01-03`;
  const plain = await ask('GET', `${asked}&breakdown=event.user_id`);
  const sizes = (plain.body.breakdown as { values: unknown[]; size: number }[]).map(({ values, size }) => [
    values,
    size,
  ]);
  expect(sizes).toEqual([
    [['ada'], 1],
    [['bob'], 1],
  ]);
  for (const [periods, limit] of [
    [0, 'at least 1'],
    [401, 'at most 400'],
  ])
    expect(await ask('GET', `${asked}&periods=${periods}`)).toMatchObject({
      status: 422,
      body: { detail: `periods: Expected ${limit}, found ${periods}.` },
    });
  for (const [wrong, path] of [
    ['periods=soon', 'periods'],
    ['periods=1.5', 'periods'],
    ['breakdown={', 'breakdown[0]'],
    ['breakdown=a&breakdown=b&breakdown=c&breakdown=d', 'breakdown'],
    ['breakdown={"cohort":"co_none"}', 'breakdown[0].cohort'],
    ['breakdown_limit=0', 'breakdown_limit'],
    ['breakdown=a&breakdown_limit=1001', 'breakdown_limit'],
    ['brackets=1,2', 'brackets'],
    ['value=total', 'value'],
  ])
    expect(await ask('GET', `${asked}&${wrong}`), wrong).toMatchObject({
      status: 422,
      body: { errors: [{ path }] },
    });
});

test('a cohort others are defined by is not deleted before them', async () => {
  const inner = await save(BUYERS);
  const outer = await save(
    { and: [{ did: { event: 'visit' } }, { not: { in_cohort: inner } }] },
    'No buyers',
  );
  expect(await usersOf(outer)).toEqual(['cat']);
  const refused = await ask('DELETE', `${PATH}/${inner}`);
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'cohort_in_use', detail: expect.stringContaining('No buyers') },
  });
  expect((await ask('DELETE', `${PATH}/${outer}`)).status).toBe(200);
  expect((await ask('DELETE', `${PATH}/${inner}`)).status).toBe(200);
  expect((await ask('GET', `${PATH}/${inner}`)).body).toMatchObject({
    status: 404,
    code: 'cohort_not_found',
  });
  const { body } = await ask('GET', `${PATH}?limit=1000`, undefined, 'read');
  expect((body.data as { id: string }[]).map(({ id }) => id)).not.toContain(inner);
});

test('a cohort that a metric, an experiment or a model is defined by is not deleted, nor renamed away from a metric', async () => {
  const name = 'Friends of Ada';
  const id = await save(BUYERS, name);
  const namesake = await save({ did: { event: 'visit' } }, name);
  const definition = `metric "friends" { formula = "count(visit where user in cohort '${name}')" }`;
  const metric = await ask('POST', '/v1/analytics/metrics/custom', { definition });
  expect(metric.status, JSON.stringify(metric.body)).toBe(201);
  const where = { in_cohort: id };
  const range = { from: '2024-01-01', to: '2024-02-01' };
  const experiment = await ask('POST', '/v1/analytics/experiments/saved', {
    name: 'Trial',
    exposure: { event: 'visit', where, variant: 'arm' },
    goals: [{ event: 'buy' }],
    ...range,
  });
  expect(experiment.status, JSON.stringify(experiment.body)).toBe(201);
  const refused = await ask('DELETE', `${PATH}/${id}`);
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'cohort_in_use', detail: expect.stringContaining('metric friends') },
  });
  const paths = (refused.body.errors as { path: string }[]).map(({ path }) => path);
  expect(paths).toEqual([`experiment Trial (${experiment.body.id})`, `metric friends (${metric.body.id})`]);
  const renamed = await ask('PUT', `${PATH}/${id}`, { name: 'Friends' });
  expect(renamed).toMatchObject({ status: 409, body: { code: 'cohort_in_use' } });
  // The metric means the one made first.
  expect((await ask('DELETE', `${PATH}/${namesake}`)).status).toBe(200);
  expect((await ask('DELETE', `/v1/analytics/metrics/custom/${metric.body.id}`)).status).toBe(200);
  expect((await ask('PUT', `${PATH}/${id}`, { name: 'Friends' })).status).toBe(200);
  expect((await ask('DELETE', `${PATH}/${id}`)).status).toBe(409);
  await ask('DELETE', `/v1/analytics/experiments/saved/${experiment.body.id}`);
  expect((await ask('DELETE', `${PATH}/${id}`)).status).toBe(200);
});

test('a change of an event type names the cohorts that use it', async () => {
  const where = { property: 'total', op: 'gt', value: 5 };
  const id = await save({ and: [{ did: { any_of: ['paid', 'rented'], where } }] }, 'Payers');
  await save({ did: { event: 'x', where: { property: 'y', op: 'eq', value: 'paid' } } }, 'Others');
  await ask('POST', '/v1/analytics/event-types', { name: 'paid', schema: { type: 'object' } });
  const shown = await ask('GET', '/v1/analytics/event-types/paid');
  const { used_by } = shown.body as { used_by: { cohorts: unknown } };
  expect(used_by.cohorts).toEqual([{ id, name: 'Payers', fields: [] }]);
});

test('a cohort defined by itself is refused, not followed', async () => {
  const circle = new Map([
    ['a', { in_cohort: 'b' }],
    ['b', { and: [BUYERS, { in_cohort: 'a' }] }],
  ]);
  const find = async (id: string) => (circle.has(id) ? readCriteria(circle.get(id)) : undefined);
  await expect(resolveMembership(readCriteria(circle.get('a')), 0, find, 'a')).rejects.toThrow(
    'defined by itself',
  );
  const line = async (id: string) => readCriteria({ in_cohort: `${id}x` });
  await expect(resolveMembership(readCriteria({ in_cohort: 'x' }), 0, line)).rejects.toThrow(
    'at most 10 deep',
  );
});

test('every mistake is told with its place', async () => {
  const errorsOf = async (criteria: unknown) => {
    const { status, body } = await ask('POST', `${PATH}/preview`, { criteria });
    expect(status).toBe(422);
    return (body.errors as { path: string }[]).map(({ path }) => path);
  };
  expect(await errorsOf(undefined)).toEqual(['criteria']);
  expect(await errorsOf({ and: [] })).toEqual(['criteria.and']);
  expect(await errorsOf({ and: [BUYERS, { did: { event: 5 } }, { did: {} }, 7] })).toEqual([
    'criteria.and[1].did.event',
    'criteria.and[2].did',
    'criteria.and[3]',
  ]);
  expect(await errorsOf({ ...BUYERS, times: { gte: 3, lte: 2 } })).toEqual(['criteria.times']);
  expect(await errorsOf({ ...BUYERS, times: {} })).toEqual(['criteria.times']);
  expect(await errorsOf({ ...BUYERS, times: { gte: -1 } })).toEqual(['criteria.times.gte']);
  expect(await errorsOf({ ...BUYERS, within: 'soon' })).toEqual(['criteria.within']);
  expect(await errorsOf({ ...BUYERS, within: { from: '2024-01-02', to: '2024-01-01' } })).toEqual([
    'criteria.within.to',
  ]);
  expect(await errorsOf({ ...BUYERS, did_not: { event: 'x' } })).toEqual(['criteria.did']);
  expect(await errorsOf({ property: 'plan', op: 'eq', value: 'pro' })).toEqual(['criteria.property']);
  expect(await errorsOf({ not: { in_cohort: 'co_none' } })).toEqual(['criteria.not.in_cohort']);
  expect(await errorsOf({ or: Array(60).fill(BUYERS) })).toEqual(['criteria.or[50]']);
  const where = { not: { in_cohort: 'co_any' } };
  expect(await errorsOf({ and: [{ did: { event: 'buy', where } }, { ...BUYERS, where }] })).toEqual([
    'criteria.and[0].did.where',
    'criteria.and[1].where',
  ]);
  expect(await errorsOf({ sequence: [{ event: 'a' }, { event: 'b', where }] })).toEqual([
    'criteria.sequence[1].where',
  ]);
  let deep: unknown = BUYERS;
  for (let i = 0; i < 20; i++) deep = { not: deep };
  expect((await errorsOf(deep))[0]).toMatch(/^criteria(\.not){17}$/);
  const refused = await ask('POST', PATH, { name: 'A list', users: ['', 5], static: true });
  expect(refused).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'users[0]' }, { path: 'users[1]' }] },
  });
  expect((await ask('POST', PATH, { name: 'x', criteria: BUYERS }, 'read')).status).toBe(403);
  const id = await save(BUYERS);
  expect((await ask('GET', `${PATH}/${id}?as_of=never`)).status).toBe(422);
  expect((await ask('GET', `${PATH}/${id}/users?cursor=zz`)).status).toBe(422);
  expect((await ask('GET', `${PATH}/${id}/retention?start={&from=2024-01-01&to=2024-01-02`)).status).toBe(
    422,
  );
  expect((await ask('GET', `${PATH}/${id}/retention?from=2024-01-01&to=2024-01-02`)).status).toBe(422);
  const future = await ask('GET', `${PATH}/${id}/retention?start=visit&from=2190-01-01&to=2190-01-02`);
  expect(future).toMatchObject({ status: 422, body: { detail: expect.stringContaining('future') } });
});
