/** Fixed cohorts over HTTP: made from ids, from criteria, from CSV; replaced as a whole; and cohorts that change, fail and recover. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetadata } from '../../src/metadata/metadata.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createStore } from '../oracle/store.js';
import { type Front, startFront } from '../support/front.js';
import { runClickHouse } from '../support/stack.js';

const PATH = '/v1/analytics/cohorts';
const DAY = 86_400_000;
const FIRST = Date.UTC(2024, 0, 1);

let front: Front;

async function send(method: string, path: string, body?: string, type = 'application/json') {
  const response = await fetch(front.url + path, {
    method,
    headers: { Authorization: `Bearer ${front.keys.admin}`, 'content-type': type },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
async function ask(method: string, path: string, body?: unknown) {
  const { status, text } = await send(method, path, body === undefined ? undefined : JSON.stringify(body));
  return { status, body: JSON.parse(text) as Record<string, unknown> };
}

const at = (user: string, event: string, day: number): OracleEvent => ({ user, event, t: FIRST + day * DAY });

beforeAll(async () => {
  front = await startFront('node', { WEIR_COHORT_REFRESH: '1s' });
  const store = await createStore(front.config.clickhouseUrl);
  const events = [at('ada', 'buy', 0), at('bob', 'buy', 1), at('cat', 'visit', 2)];
  await store.insert('default', events, FIRST);
  const times = { timestamp: FIRST, received_at: FIRST };
  const row = { project: 'default', event: 'visit', batch_partition: 0, batch_seq: 0, content_hash: 0 };
  await store.clickhouse.insertRows('events', [{ ...row, ...times, event_id: 'a1', anonymous_id: 'anon' }]);
  await store.close();
});
afterAll(() => front?.stop());

const peopleOf = async (id: string): Promise<unknown> => (await ask('GET', `${PATH}/${id}/users`)).body.data;

async function make(body: object): Promise<string> {
  const made = await ask('POST', PATH, body);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id as string;
}

test('a list of people is a cohort, and unknown ids are told', async () => {
  const users = ['ada', 'nobody', { anonymous_id: 'anon' }, 'ada'];
  const made = await ask('POST', PATH, { name: 'Chosen', static: true, users });
  expect(made).toMatchObject({
    status: 201,
    body: { static: true, criteria: null, version: 1, listed: 3, unknown: 1, unknown_ids: ['nobody'] },
  });
  const id = made.body.id as string;
  expect(await peopleOf(id)).toEqual([{ user_id: 'ada' }, { anonymous_id: 'anon' }]);
  expect((await ask('GET', `${PATH}/${id}`)).body).toMatchObject({ size: 2, state: null });
  const others = await make({ name: 'Others', criteria: { not: { in_cohort: id } } });
  expect(await peopleOf(others)).toEqual([{ user_id: 'bob' }, { user_id: 'cat' }]);
});

test('a CSV file replaces a list, with a header or without one', async () => {
  const id = await make({ name: 'File', static: true, users: ['cat'] });
  const csv = 'name,user_id,anonymous_id\r\n"A, B",bob,\r\n,,anon\r\n';
  const replaced = await send('PUT', `${PATH}/${id}/users`, csv, 'text/csv');
  expect([replaced.status, JSON.parse(replaced.text)]).toMatchObject([200, { listed: 2, unknown: 0 }]);
  const exported = await send('GET', `${PATH}/${id}/users?format=csv`);
  expect(exported.headers.get('content-type')).toContain('text/csv');
  expect(exported.text).toBe('user_id,anonymous_id\r\n,anon\r\nbob,\r\n');
  const back = await send('PUT', `${PATH}/${id}/users`, exported.text, 'text/csv; charset=utf-8');
  expect(JSON.parse(back.text)).toMatchObject({ listed: 2 });
  await send('PUT', `${PATH}/${id}/users`, '\ufeffada\ncat', 'text/csv');
  expect(await peopleOf(id)).toEqual([{ user_id: 'ada' }, { user_id: 'cat' }]);
  const { body } = await ask('GET', `${PATH}/${id}/history`);
  expect((body.sizes as { size: number }[]).map(({ size }) => size)).toEqual([2, 2, 2, 1]);
});

test('a file with mistakes changes nothing and names its rows', async () => {
  const id = await make({ name: 'File', static: true, users: ['cat'] });
  const bad = await send('PUT', `${PATH}/${id}/users`, `user_id\nbob\n""\n${'x'.repeat(201)}`, 'text/csv');
  expect(bad.status).toBe(422);
  expect(JSON.parse(bad.text)).toMatchObject({
    code: 'invalid_csv',
    errors: [{ path: 'row 3' }, { path: 'row 4' }],
  });
  expect((await send('PUT', `${PATH}/${id}/users`, 'a"b\n"', 'text/csv')).status).toBe(422);
  expect((await send('PUT', `${PATH}/${id}/users`, '', 'text/csv')).status).toBe(422);
  expect(await peopleOf(id)).toEqual([{ user_id: 'cat' }]);
  const byCriteria = await make({ name: 'Buyers', criteria: { did: { event: 'buy' } } });
  expect((await send('PUT', `${PATH}/${byCriteria}/users`, 'bob', 'text/csv')).status).toBe(422);
});

test('half of a version is never seen', async () => {
  const id = await make({ name: 'Whole', static: true, users: ['cat'] });
  await runClickHouse(
    front.config.clickhouseUrl!,
    `insert into cohort_people (project, cohort_id, version, name, known) values ('default', '${id}', 9999999, 'ada', 1)`,
  );
  expect(await peopleOf(id)).toEqual([{ user_id: 'cat' }]);
});

test('criteria become a list of who fulfils them now', async () => {
  const criteria = { did: { event: 'buy' } };
  const made = await ask('POST', PATH, { name: 'Frozen', static: true, criteria });
  expect(made).toMatchObject({ status: 201, body: { static: true, criteria, listed: 2 } });
  expect(await peopleOf(made.body.id as string)).toEqual([{ user_id: 'ada' }, { user_id: 'bob' }]);
});

async function waitFor(id: string, check: (state: Record<string, unknown>) => boolean) {
  for (let i = 0; i < 600; i++) {
    const { state } = (await ask('GET', `${PATH}/${id}`)).body as { state: Record<string, unknown> };
    if (check(state)) return state;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the state did not come');
}

test('members are stored, refreshed after a change, and leave a history of sizes and versions', async () => {
  const id = await make({ name: 'Buyers', criteria: { did: { event: 'buy' } } });
  await waitFor(id, ({ status, size }) => status === 'ready' && size === 2);
  const stored = await runClickHouse(
    front.config.clickhouseUrl!,
    `select count() from cohort_members where cohort_id = '${id}'`,
  );
  expect(stored.trim()).toBe('2');
  const changed = await ask('PUT', `${PATH}/${id}`, {
    criteria: { did: { event: 'visit' } },
    name: 'Visitors',
  });
  expect(changed).toMatchObject({ status: 200, body: { version: 2, name: 'Visitors' } });
  await waitFor(
    id,
    ({ status, size, refreshed_at }) => status === 'ready' && size === 2 && refreshed_at !== null,
  );
  const { body } = await ask('GET', `${PATH}/${id}/history`);
  expect((body.versions as { name: string }[]).map(({ name }) => name)).toEqual(['Visitors', 'Buyers']);
  expect((body.sizes as unknown[]).length).toBeGreaterThan(1);
  const circle = await ask('PUT', `${PATH}/${id}`, { criteria: { not: { in_cohort: id } } });
  expect(circle).toMatchObject({ status: 422, body: { detail: expect.stringContaining(`${id} → ${id}`) } });
});

test('criteria on what was known of a person then, or on much of her, are refreshed whole, and the state says so', async () => {
  const then = { property: 'user_then.plan', op: 'eq', value: 'pro' };
  const much = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ property: `user.${name}`, op: 'eq', value: 1 }));
  for (const where of [then, { or: much }]) {
    const id = await make({ name: 'Whole', criteria: { did: { event: 'buy', where } } });
    await waitFor(id, ({ status }) => status === 'ready');
    const { body } = await ask('GET', `${PATH}/${id}/state`);
    expect(body.state).toMatchObject({ last_refresh: { way: 'whole', why: 'person', candidates: null } });
  }
});

test('a refresh is by what changed since the last one, and says so; a list has none', async () => {
  const id = await make({ name: 'Visitors of today', criteria: { did: { event: 'look' }, within: '1d' } });
  await waitFor(id, ({ status, size }) => status === 'ready' && size === 0);
  const store = await createStore(front.config.clickhouseUrl);
  const look = (user: string): OracleEvent => ({ user, event: 'look', t: Date.now() - 1_000 });
  // Not before the refresh that may be going on: nothing is received in the past.
  await store.insert('default', [look('ada'), look('bob'), look('ada')], Date.now() + 5_000);
  await store.close();
  const state = await waitFor(
    id,
    ({ size, last_refresh }) => size === 2 && (last_refresh as { way: string } | null)?.way === 'changes',
  );
  expect(state).toMatchObject({ last_refresh: { why: null } });
  const { body: standing } = await ask('GET', `${PATH}/${id}/state`);
  expect(standing.state).toMatchObject({ last_refresh: { way: 'changes', why: null } });
  const { body: history } = await ask('GET', `${PATH}/${id}/history?limit=1000`);
  const refreshes = (history.sizes as { size: number; refresh: { way: string; why: string } }[]).reverse();
  expect(refreshes[0]).toMatchObject({ size: 0, refresh: { way: 'whole', why: 'first', candidates: null } });
  expect(refreshes.find(({ size }) => size === 2)).toBeDefined();
  const stored = await runClickHouse(
    front.config.clickhouseUrl!,
    `select count() from cohort_members where cohort_id = '${id}'`,
  );
  expect(stored.trim()).toBe('2');
  const list = await make({ name: 'Chosen', static: true, users: ['ada'] });
  const { body: told } = await ask('GET', `${PATH}/${list}/history`);
  expect(told.sizes).toMatchObject([{ size: 1, refresh: null }]);
});

test('a refresh that fails says why, keeps the members it had, and recovers', async () => {
  const inner = await make({ name: 'Inner', criteria: { did: { event: 'buy' } } });
  const id = await make({ name: 'Outer', criteria: { in_cohort: inner } });
  await waitFor(id, ({ status, size }) => status === 'ready' && size === 2);
  await runClickHouse(front.config.clickhouseUrl!, 'rename table cohort_people to cohort_people_away');
  const failed = await waitFor(id, ({ status }) => status === 'failed');
  expect(failed).toMatchObject({ reason: expect.stringContaining('cohort_people'), size: 2 });
  await runClickHouse(front.config.clickhouseUrl!, 'rename table cohort_people_away to cohort_people');
  await waitFor(
    id,
    ({ status, reason, attempts }) => status === 'ready' && reason === null && attempts === 0,
  );
});

test('a calculation that never ended is taken up again', async () => {
  const id = await make({ name: 'Stuck', criteria: { did: { event: 'buy' } } });
  await waitFor(id, ({ status }) => status === 'ready');
  const metadata = createMetadata(front.config.databaseUrl!);
  const sql = `update cohort_states set status = 'calculating', claim = 'dead', deadline = now() + interval '1 second' where cohort = $1`;
  await metadata.query(sql, [id]);
  await waitFor(id, ({ status, attempts }) => status === 'ready' && attempts === 0);
  await metadata.close();
});
