/** Two fronts' caches on one Redis: what one computed the other serves, and what happens without Redis. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AnswerCache, type Asked, createAnswerCache } from '../../src/cache/answers.js';
import { RequestError } from '../../src/errors.js';
import { createRedis, type Redis } from '../../src/redis/client.js';
import { versionKey } from '../../src/stream/data-version.js';
import { freshRedis } from '../support/stack.js';

let redis: Redis;
let fronts: AnswerCache[];

const touch = (version: number, ...fields: string[]): Promise<unknown> =>
  redis.command([
    'HSET',
    versionKey('shop', 4),
    ...['n', ...fields].flatMap((field) => [field, String(version)]),
  ]);

beforeAll(async () => {
  redis = createRedis((await freshRedis()).url);
  await redis.waitReady(10_000);
  fronts = [1, 2].map(() => createAnswerCache({ redis, partitions: 4, release: 'test' }));
  await touch(1, 'all');
});

afterAll(async () => {
  await Promise.all(fronts.map((front) => front.close()));
  await redis.close();
});

let computed = 0;
const question = (name: string, rest: Partial<Asked> = {}): Asked => ({
  project: 'shop',
  key: ['kind', { name }],
  signal: new AbortController().signal,
  compute: async () => {
    computed += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return {
      answer: { value: computed, meta: { cache: 'miss' } },
      reads: { events: [name], people: false, receipts: [] },
    };
  },
  ...rest,
});

test('one front computes, the other waits for it, and both keep it until its type is touched', async () => {
  // Until their connections are there, they compute.
  for (const front of fronts)
    await expect.poll(async () => (await front.ask(question('ready'))).level).toMatch(/^l[12]$/);
  computed = 0;
  const both = await Promise.all(fronts.map((front) => front.ask(question('paid'))));
  expect(computed).toBe(1);
  expect(both.map(({ level }) => level).sort()).toEqual(['l2', 'miss']);
  await touch(2, 'e:other');
  expect((await fronts[0]!.ask(question('paid'))).level).toBe('l1');
  await touch(3, 'e:paid');
  const again = await fronts[0]!.ask(question('paid'));
  expect([again.level, JSON.parse(again.json).value]).toEqual(['miss', 2]);
  await expect.poll(async () => (await fronts[1]!.ask(question('paid'))).level).toMatch(/^l[12]$/);
  expect(computed).toBe(2);
});

test('errors reach every asker and are not kept', async () => {
  const failing = question('bad', { compute: () => Promise.reject(new Error('no')) });
  const asked = await Promise.allSettled([1, 2, 3].map(() => fronts[0]!.ask(failing)));
  expect(asked.every(({ status }) => status === 'rejected')).toBe(true);
  expect((await fronts[0]!.ask(question('bad'))).level).toBe('miss');
});

test('who waited for a computation that was refused for its rows computes with its own limit', async () => {
  const members = { estimate: { rows: 10 }, limit: { rows: 5 } };
  const poor = question('limited', {
    compute: async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      throw new RequestError(422, 'query_over_limit', 'Too many.', [], { members });
    },
  });
  const [refused, served] = await Promise.allSettled(
    [poor, question('limited')].map((one) => fronts[0]!.ask(one)),
  );
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'query_over_limit' } });
  expect(served).toMatchObject({ status: 'fulfilled', value: { level: 'miss' } });
  // What is kept costs nothing.
  expect((await fronts[0]!.ask(poor)).level).toBe('l1');
});

test('without Redis answers are computed each time', async () => {
  const front = createAnswerCache({ redis, partitions: 4, release: 'test' });
  await front.close();
  computed = 0;
  for (let i = 1; i <= 2; i++) expect((await front.ask(question('alone'))).level).toBe('miss');
  expect(computed).toBe(2);
});
