import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createBatchQueue } from '../../../src/ingest/batch-queue.js';

test('batches come out in the order they were put in', async () => {
  const queue = createBatchQueue<number>(3);
  const taken: number[] = [];
  const taking = (async () => {
    for (let batch = await queue.take(); batch !== undefined; batch = await queue.take()) taken.push(batch);
  })();
  for (let i = 1; i <= 10; i++) expect(await queue.put(i)).toBe(true);
  queue.end();
  await taking;
  expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('putting waits while as many batches as allowed are under way', async () => {
  const queue = createBatchQueue<string>(2);
  await queue.put('a');
  let isDone = false;
  const putting = queue.put('b').then((result) => {
    isDone = true;
    return result;
  });
  await turn();
  expect(isDone).toBe(false);
  expect(await queue.take()).toBe('a');
  await turn();
  // One is worked on, one waits.
  expect(isDone).toBe(false);
  expect(await queue.take()).toBe('b');
  expect(await putting).toBe(true);
});

test('a queue that ends lets go of whoever waits to put, and gives out what it has', async () => {
  const queue = createBatchQueue<string>(1);
  const putting = queue.put('a');
  queue.end();
  expect(await putting).toBe(false);
  expect(await queue.put('b')).toBe(false);
  expect(await queue.take()).toBe('a');
  expect(await queue.take()).toBeUndefined();
});

test('it is emptied when what was put is taken, or when it ends', async () => {
  const queue = createBatchQueue<string>(3);
  await queue.emptied();
  await queue.put('a');
  await queue.put('b');
  expect(await queue.take()).toBe('a');
  let isEmptied = false;
  const emptied = queue.emptied().then(() => {
    isEmptied = true;
  });
  await turn();
  expect(isEmptied).toBe(false);
  expect(await queue.take()).toBe('b');
  await emptied;
  await queue.put('c');
  const ended = queue.emptied();
  queue.end();
  await ended;
});
