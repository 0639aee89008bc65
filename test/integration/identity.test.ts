/** Who is the same person, through the front and ingest to the next question. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';

let weir: Weir;

beforeAll(async () => {
  weir = await startWeir();
}, 240_000);

afterAll(() => weir.stop());

async function post(path: string, key: string, body: unknown): Promise<Record<string, never>> {
  const response = await fetch(weir.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text) as Record<string, never>;
}

const get = async (path: string): Promise<{ status: number; body: never }> => {
  const response = await fetch(weir.url + path, { headers: { authorization: `Bearer ${weir.keys.read}` } });
  return { status: response.status, body: (await response.json()) as never };
};

let nextId = 0;
const T0 = Date.UTC(2026, 5, 1);

interface Said {
  event: string;
  user?: string;
  anonymous?: string;
  at?: number;
  properties?: Record<string, unknown>;
}

const toEvent = ({ event, user, anonymous, at = 0, properties }: Said) => ({
  event,
  event_id: `i${nextId++}`,
  ...(user !== undefined && { user_id: user }),
  ...(anonymous !== undefined && { anonymous_id: anonymous }),
  timestamp: new Date(T0 + at * 60_000).toISOString(),
  ...(properties && { properties }),
});

const send = (...said: Said[]) => post('/v1/events?wait=stored', weir.keys.write, said.map(toEvent));

/** Distinct users of an event type of this test. */
async function countUsers(event: string): Promise<number> {
  const answer = await post('/v1/analytics/trends', weir.keys.read, {
    events: [{ event, measure: 'users' }],
    from: '2026-05-01',
    to: '2026-07-01',
    grain: 'all',
  });
  const rows = answer.rows as unknown[][];
  const columns = answer.columns as string[];
  return rows[0]![columns.indexOf('value')] as number;
}

describe('who is one person', () => {
  test('identify joins what a visitor did before, and what comes late, from the next question on', async () => {
    await send({ event: 'one.view', anonymous: 'one-a' }, { event: 'one.view', user: 'one-u', at: 5 });
    expect(await countUsers('one.view')).toBe(2);
    await send({ event: '$identify', user: 'one-u', anonymous: 'one-a', at: 9 });
    expect(await countUsers('one.view')).toBe(1);
    await send({ event: 'one.view', anonymous: 'one-a', at: -60 });
    expect(await countUsers('one.view')).toBe(1);
  });

  test('a funnel goes through the log-in', async () => {
    await send(
      { event: 'two.visit', anonymous: 'two-a' },
      { event: '$identify', anonymous: 'two-a', user: 'two-u', at: 1 },
      { event: 'two.buy', user: 'two-u', at: 2 },
    );
    const answer = await post('/v1/analytics/funnels/analyze', weir.keys.read, {
      steps: [{ event: 'two.visit' }, { event: 'two.buy' }],
      window: '1d',
      from: '2026-05-01',
      to: '2026-07-01',
    });
    expect(answer.conversion_rate).toBe(1);
    for (const user_id of ['two-a', 'two-u']) {
      const explained = await post('/v1/analytics/funnels/explain', weir.keys.read, {
        steps: [{ event: 'two.visit' }, { event: 'two.buy' }],
        window: '1d',
        from: '2026-05-01',
        to: '2026-07-01',
        user_id,
      });
      expect(explained.chains).toMatchObject([{ complete: true }]);
    }
  });

  test('a device that two users share stays the first one’s; the second is told of and keeps her own events', async () => {
    await send(
      { event: 'three.view', anonymous: 'three-a' },
      { event: '$identify', anonymous: 'three-a', user: 'three-u1', at: 1 },
      { event: '$identify', anonymous: 'three-a', user: 'three-u2', at: 2 },
      { event: 'three.view', anonymous: 'three-a', user: 'three-u2', at: 3 },
    );
    expect(await countUsers('three.view')).toBe(2);
    const { body } = await get('/v1/identity/refused');
    expect((body as { data: object[] }).data).toContainEqual(
      expect.objectContaining({
        event: '$identify',
        user_id: 'three-u2',
        old_id: 'three-a',
        owner: 'three-u1',
      }),
    );
  });

  test('an alias gives a person a further name, and does not join two users', async () => {
    await send(
      { event: 'four.view', anonymous: 'four-old' },
      { event: '$alias', user: 'four-u', at: 1, properties: { previous_id: 'four-old' } },
      { event: 'four.view', user: 'four-u', at: 2 },
      { event: 'four.view', user: 'four-old', at: 3 },
    );
    expect(await countUsers('four.view')).toBe(1);
    await send(
      { event: 'four.view', user: 'four-v', at: 4 },
      { event: '$alias', user: 'four-u', at: 5, properties: { previous_id: 'four-v' } },
    );
    expect(await countUsers('four.view')).toBe(2);
  });

  test('chains of links, in whatever order, end at one person', async () => {
    await send(
      { event: 'five.view', anonymous: 'five-a1' },
      { event: 'five.view', anonymous: 'five-a2' },
      { event: 'five.view', anonymous: 'five-a3' },
      { event: '$alias', anonymous: 'five-a1', at: 1, properties: { previous_id: 'five-a2' } },
      { event: '$alias', anonymous: 'five-a2', at: 2, properties: { previous_id: 'five-a3' } },
      { event: '$alias', anonymous: 'five-a3', at: 3, properties: { previous_id: 'five-a1' } },
    );
    expect(await countUsers('five.view')).toBe(1);
    await send({ event: '$identify', anonymous: 'five-a3', user: 'five-u', at: 4 });
    await send({ event: 'five.view', user: 'five-u', at: 5 });
    expect(await countUsers('five.view')).toBe(1);
  });

  test('the forms of Segment and PostHog say the same', async () => {
    const at = new Date(T0).toISOString();
    const segment = (call: object) => ({ timestamp: at, ...call });
    await post('/v1/batch', weir.keys.write, {
      batch: [
        segment({ type: 'track', event: 'six.view', anonymousId: 'six-a', messageId: 's1' }),
        segment({ type: 'identify', userId: 'six-u', anonymousId: 'six-a', messageId: 's2' }),
        segment({ type: 'alias', userId: 'six-u', previousId: 'six-old', messageId: 's3' }),
        segment({ type: 'track', event: 'six.view', anonymousId: 'six-old', messageId: 's4' }),
      ],
    });
    await post('/batch/', weir.keys.write, {
      api_key: weir.keys.write,
      batch: [
        // A server cannot tell: it calls the visitor by the only id it has.
        { event: 'six.view', distinct_id: 'six-device', uuid: 'p1', timestamp: at },
        {
          event: '$identify',
          distinct_id: 'six-p',
          uuid: 'p2',
          timestamp: at,
          properties: { $anon_distinct_id: 'six-device' },
        },
        { event: 'six.view', distinct_id: 'six-q', uuid: 'p3', timestamp: at },
        {
          event: '$create_alias',
          distinct_id: 'six-p',
          uuid: 'p4',
          timestamp: at,
          properties: { alias: 'six-q' },
        },
      ],
    });
    await send({ event: 'six.done', user: 'six-u' });
    expect(await countUsers('six.view')).toBe(2);
  });
});

test('what a person did comes newest first, a page at a time, under any of her ids', async () => {
  await send(
    { event: 'seven.view', anonymous: 'seven-a', at: 1 },
    { event: 'seven.view', anonymous: 'seven-a', at: 2 },
    { event: '$identify', anonymous: 'seven-a', user: 'seven-u', at: 3 },
    { event: 'seven.buy', user: 'seven-u', at: 4, properties: { $set: { plan: 'pro' }, total: 5 } },
  );
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await get(`/v1/users/seven-a/events?limit=3&cursor=${cursor}`);
    const page = body as { data: { event: string; timestamp: string }[]; next_cursor: string | null };
    seen.push(...page.data.map(({ event }) => event));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(['seven.buy', '$identify', 'seven.view', 'seven.view']);
  expect(await get('/v1/users/seven-u')).toMatchObject({
    status: 200,
    body: { user_id: 'seven-u', anonymous_ids: ['seven-a'], events: 4, properties: { plan: 'pro' } },
  });
  expect(await get('/v1/users?search=SEVEN-A')).toMatchObject({ body: { data: [{ user_id: 'seven-u' }] } });
  expect(await get('/v1/users/nobody')).toMatchObject({ status: 404, body: { code: 'unknown_user' } });
  expect(await get('/v1/users/seven-u/events?cursor=x')).toMatchObject({ status: 422 });
});

test.each([
  { $set: 5, $unset: 'plan', $set_once: [] },
  { $set: { 'a.b': { c: [1, { d: null }] }, "quo'te": '\\', '': 1 }, $unset: [1, null, {}] },
  { previous_id: { a: 1 } },
  { previous_id: 17 },
  { $anon_distinct_id: true },
])('events that say %j of their person are stored, and nothing stands still', async (properties) => {
  const said = await send(
    { event: '$identify', user: 'odd-u', anonymous: 'odd-a', properties },
    { event: '$alias', user: 'odd-u', properties },
    { event: 'odd.view', user: 'odd-u', properties },
  );
  expect(said).toMatchObject({ stored: 3, rejected: [] });
  expect(await get('/v1/users/odd-a')).toMatchObject({ status: 200, body: { user_id: 'odd-u' } });
});
