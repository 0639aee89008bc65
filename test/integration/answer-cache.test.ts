/** Kept answers through a whole instance: a writer, readers, and what they are told. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRedis } from '../../src/redis/client.js';
import { freshRedis, startWeir, type Weir } from '../support/stack.js';

let weir: Weir;
let redisUrl: string;

beforeAll(async () => {
  redisUrl = (await freshRedis()).url;
  weir = await startWeir({ redis: redisUrl });
  // Readers here ask as quickly as they can.
  const response = await call(
    '/v1/projects/default',
    { settings: { quotas: { queries_per_second: 100_000 } } },
    {},
    'PATCH',
  );
  expect(response.status, await response.text()).toBe(200);
});

afterAll(async () => {
  await weir?.stop();
});

interface Answer {
  rows: unknown[][];
  meta: { cache: string; stale_by?: number; complete_through: string | null };
}

const call = (
  path: string,
  body: object,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<Response> =>
  fetch(`${weir.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${weir.keys.admin}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function send(event: string, timestamp = '2024-03-05T12:00:00Z'): Promise<void> {
  const response = await call('/v1/events?wait=stored', { event, user_id: 'u1', timestamp });
  expect(response.status, await response.text()).toBe(200);
}

const countOf = (event: string) => ({
  events: [{ event }],
  from: '2024-03-01',
  to: '2024-04-01',
  grain: 'all',
});

async function ask(
  body: object,
  headers?: Record<string, string>,
  path = '/v1/analytics/trends',
): Promise<Answer> {
  const response = await call(path, body, headers);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text) as Answer;
}

const readValue = ({ rows }: Answer): unknown => rows[0]![2];

test('an answer is kept until a batch touches what it read', async () => {
  await send('viewed');
  const first = await ask(countOf('viewed'));
  expect([first.meta.cache, readValue(first)]).toEqual(['miss', 1]);
  const second = await ask(countOf('viewed'));
  expect([second.meta.cache, readValue(second)]).toEqual(['l1', 1]);
  await send('bought');
  await send('viewed', '2024-06-05T12:00:00Z');
  const third = await ask(countOf('viewed'));
  expect([third.meta.cache, readValue(third)]).toEqual(['l1', 1]);
  expect(third.meta.complete_through! > second.meta.complete_through!).toBe(true);
  await send('viewed');
  const fourth = await ask(countOf('viewed'));
  expect([fourth.meta.cache, readValue(fourth)]).toEqual(['miss', 2]);
});

test('the order of members of a question does not matter, no-cache computes, max-stale takes an older answer', async () => {
  await send('opened');
  const question = countOf('opened');
  await ask(question);
  const turned = Object.fromEntries(Object.entries(question).reverse());
  expect((await ask(turned)).meta.cache).toBe('l1');
  expect((await ask(question, { 'cache-control': 'no-cache' })).meta.cache).toBe('miss');
  await send('opened');
  const old = await ask(question, { 'cache-control': 'max-stale=60' });
  expect([old.meta.cache, readValue(old), typeof old.meta.stale_by]).toEqual(['l1', 1, 'number']);
  expect(readValue(await ask(question))).toBe(2);
});

test('after wait=stored no answer lacks the event, whoever else asks', async () => {
  const question = countOf('raced');
  let stopped = false;
  const reader = async (): Promise<void> => {
    while (!stopped) await ask(question);
  };
  const readers = [reader(), reader()];
  for (let sent = 1; sent <= 8; sent++) {
    await send('raced');
    expect(readValue(await ask(question))).toBe(sent);
  }
  stopped = true;
  await Promise.all(readers);
});

test('many askers of one question cause one computation', async () => {
  await send('crowded');
  const question = { ...countOf('crowded'), timezone: 'Europe/Berlin' };
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask(question)));
  expect(answers.filter(({ meta }) => meta.cache === 'miss')).toHaveLength(1);
  expect(new Set(answers.map((answer) => readValue(answer)))).toEqual(new Set([1]));
});

test('a metric, a funnel and retention are kept too, and a metric may be as old as its cache_ttl says', async () => {
  const range = { from: '2024-03-01', to: '2024-04-01' };
  await send('paid');
  const asked: readonly (readonly [string, object])[] = [
    [
      '/v1/analytics/metrics/calculate',
      { ...range, grain: 'month', definition: 'metric "paid" { formula = "count(paid)" }' },
    ],
    [
      '/v1/analytics/funnels/analyze',
      { ...range, window: '1d', steps: [{ event: 'viewed' }, { event: 'paid' }] },
    ],
    ['/v1/analytics/retention', { ...range, start: { event: 'paid' }, grain: 'month', periods: 2 }],
    ['/v1/analytics/lifecycle', { ...range, event: 'paid', grain: 'month' }],
  ];
  for (const [path, body] of asked) {
    const levels: string[] = [];
    for (let i = 0; i < 2; i++) levels.push((await ask(body, {}, path)).meta.cache);
    await send('paid');
    levels.push((await ask(body, {}, path)).meta.cache);
    expect(levels, path).toEqual(['miss', 'l1', 'miss']);
  }
  const patient = {
    ...range,
    grain: 'month',
    definition: 'metric "paid_often" { formula = "count(paid)" cache_ttl = "5m" }',
  };
  const before = await ask(patient, {}, asked[0]![0]);
  await send('paid');
  const after = await ask(patient, {}, asked[0]![0]);
  expect(after.rows).toEqual(before.rows);
  expect([after.meta.cache, after.meta.stale_by !== undefined]).toEqual(['l1', true]);
  expect(after.meta.complete_through).toBe(before.meta.complete_through);
});

test('answers that were kept are worth nothing when Redis has lost its record', async () => {
  await send('lost');
  await ask(countOf('lost'));
  const redis = createRedis(redisUrl);
  await redis.waitReady(10_000);
  const keys = await redis.command<string[]>(['KEYS', '*versions:default']);
  await redis.command(['DEL', ...keys]);
  await redis.close();
  expect((await ask(countOf('lost'))).meta.cache).toBe('miss');
  expect((await ask(countOf('lost'))).meta.cache).toBe('miss');
  await send('other');
  expect((await ask(countOf('lost'))).meta.cache).toBe('miss');
  expect((await ask(countOf('lost'))).meta.cache).toBe('l1');
});
