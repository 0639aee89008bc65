/** What an explanation says beside the plan, and what is refused over the limit of a project. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Front, startFront } from '../support/front.js';
import { runClickHouse } from '../support/stack.js';

let front: Front;

beforeAll(async () => {
  front = await startFront('uws');
  await runClickHouse(
    front.config.clickhouseUrl!,
    `insert into events (project, event, timestamp, event_id, user_id, session_id, received_at)
     select 'default', 'viewed', toDateTime64('2024-03-01 00:00:00', 3, 'UTC') + toIntervalMinute(2 * number), toString(number), 'u', 's', now64(3)
     from numbers(40000)`,
  );
});

afterAll(async () => {
  await front?.stop();
});

const call = (path: string, body: object, method = 'POST', headers: object = {}): Promise<Response> =>
  fetch(front.url + path, {
    method,
    headers: {
      authorization: `Bearer ${front.keys.admin}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  });

const QUESTION = {
  events: [{ event: 'viewed' }],
  from: '2024-03-01',
  to: '2024-04-25',
  grain: 'hour',
  compare: 'previous',
};

interface Explanation {
  code?: string;
  estimate: { rows: number };
  expected_ms: number | null;
  range_ms: [number, number] | null;
  confidence: string;
  limit: { rows: number };
  alternatives: { change: string; fields: object; estimate: { rows: number } }[];
}

const explain = async (): Promise<Explanation> => {
  const response = await call('/v1/analytics/trends?explain=1', QUESTION);
  return (await response.json()) as Explanation;
};

test('the first explanations expect nothing, later ones a time by those that were asked', async () => {
  expect(await explain()).toMatchObject({ expected_ms: null, confidence: 'none' });
  for (let i = 0; i < 4; i++) expect((await call('/v1/analytics/trends', QUESTION)).status).toBe(200);
  const { expected_ms, range_ms, confidence } = await explain();
  expect(expected_ms).toBeGreaterThan(0);
  expect(range_ms![0]).toBeLessThanOrEqual(range_ms![1]);
  expect(confidence).toBe('fair');
  const calibration = await fetch(`${front.url}/v1/analytics/calibration`, {
    headers: { authorization: `Bearer ${front.keys.read}` },
  });
  expect(await calibration.json()).toMatchObject({ overall: { samples: 4, expected: 1 } });
});

test('large answers are compressed as the client allows', async () => {
  const answer = await call('/v1/analytics/trends', QUESTION, 'POST', { 'accept-encoding': 'gzip' });
  expect(answer.headers.get('content-encoding')).toBe('gzip');
  expect(((await answer.json()) as { rows: unknown[] }).rows).toHaveLength(55 * 24);
  const plain = await call('/v1/analytics/trends', QUESTION, 'POST', { 'accept-encoding': 'identity' });
  expect(plain.headers.get('content-encoding')).toBeNull();
});

test('what is over the limit of the project is refused with its explanation and what would cost less', async () => {
  const settings = { quotas: { max_rows_to_read: 30_000 } };
  expect((await call('/v1/projects/default', { settings }, 'PATCH')).status).toBe(200);
  await expect
    .poll(async () => (await explain()).limit.rows, { timeout: 10_000, interval: 200 })
    .toBe(30_000);
  const response = await call('/v1/analytics/trends', QUESTION, 'POST', { 'cache-control': 'no-cache' });
  const refused = (await response.json()) as Explanation;
  expect([response.status, refused.code]).toEqual([422, 'query_over_limit']);
  expect(refused.estimate.rows).toBeGreaterThan(30_000);
  expect(refused.limit.rows).toBe(30_000);
  const cheaper = refused.alternatives.find(({ change }) => change === 'the last tenth of the range')!;
  expect(cheaper.estimate.rows).toBeLessThan(refused.estimate.rows);
  const asked = await call('/v1/analytics/trends', { ...QUESTION, ...cheaper.fields });
  expect(asked.status, await asked.text()).toBe(200);
});

test('a key has a limit of its own, and the smaller of its and its project’s holds', async () => {
  const make = async (rows: number): Promise<Record<string, string>> => {
    const made = await call('/v1/keys', { scopes: ['read'], limits: { max_rows_to_read: rows } });
    const { key, limits } = (await made.json()) as { key: string; limits: object };
    expect([made.status, limits]).toEqual([201, { max_rows_to_read: rows }]);
    return { authorization: `Bearer ${key}` };
  };
  const [small, large] = [await make(20_000), await make(1_000_000)];
  const limitOf = async (headers: object): Promise<number> => {
    const response = await call('/v1/analytics/trends?explain=1', QUESTION, 'POST', headers);
    return ((await response.json()) as Explanation).limit.rows;
  };
  expect([await limitOf(small), await limitOf(large)]).toEqual([20_000, 30_000]);

  const refused = await call('/v1/analytics/trends', QUESTION, 'POST', small);
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ code: 'query_over_limit', limit: { rows: 20_000 } });
  const sql = { sql: 'select uniq(user_id) from events' };
  expect((await call('/v1/query', sql, 'POST', small)).status).toBe(422);

  const wrong = await call('/v1/keys', { scopes: ['read'], limits: { max_rows_to_read: 0 } });
  expect(await wrong.json()).toMatchObject({
    status: 422,
    detail: expect.stringContaining('max_rows_to_read is a whole number from 1 to 2000000000.'),
  });
});
