import { expect, test } from 'vitest';
import { createLine } from '../../../src/engine/line.js';

const never = new AbortController().signal;
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error as { code?: number }).code,
  );

test('slots are given in order of arrival, each to one holder', async () => {
  const line = createLine(2);
  const [first, second] = [await line.acquire(never), await line.acquire(never)];
  expect(new Set([first.index, second.index])).toEqual(new Set([0, 1]));
  const order: string[] = [];
  const third = line.acquire(never).then((slot) => {
    order.push('third');
    return slot;
  });
  const fourth = line.acquire(never).then((slot) => {
    order.push('fourth');
    return slot;
  });
  expect(line.countLoad()).toEqual({ running: 2, waiting: 2 });
  second.release();
  expect((await third).index).toBe(second.index);
  first.release();
  expect((await fourth).index).toBe(first.index);
  expect(order).toEqual(['third', 'fourth']);
});

test('a slot given back twice is free once', async () => {
  const line = createLine(1);
  const slot = await line.acquire(never);
  slot.release();
  slot.release();
  await line.acquire(never);
  expect(line.countLoad()).toEqual({ running: 1, waiting: 0 });
  const waiting = line.acquire(never);
  expect(line.countLoad()).toEqual({ running: 1, waiting: 1 });
  slot.release();
  expect(line.countLoad()).toEqual({ running: 1, waiting: 1 });
  void waiting;
});

test('a full line refuses with TOO_MANY_SIMULTANEOUS_QUERIES', async () => {
  const line = createLine(1, { waitingMax: 1 });
  const slot = await line.acquire(never);
  const waiting = line.acquire(never);
  expect(await codeOf(line.acquire(never))).toBe(202);
  slot.release();
  (await waiting).release();
  expect(line.countLoad()).toEqual({ running: 0, waiting: 0 });
});

test('who waits too long, or goes away, leaves the line', async () => {
  const line = createLine(1, { waitTimeoutMs: 10 });
  const slot = await line.acquire(never);
  expect(await codeOf(line.acquire(never))).toBe(202);
  const leaving = new AbortController();
  const gone = codeOf(line.acquire(leaving.signal));
  leaving.abort();
  expect(await gone).toBe(394);
  expect(await codeOf(line.acquire(leaving.signal))).toBe(394);
  slot.release();
  expect(line.countLoad()).toEqual({ running: 0, waiting: 0 });
});
