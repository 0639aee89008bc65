import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTicker } from '../../src/ticker.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('rounds follow each other with a pause, one that fails is reported, and none comes after close', async () => {
  const errors: string[] = [];
  let rounds = 0;
  const ticker = createTicker(
    1_000,
    async () => {
      rounds += 1;
      if (rounds === 2) throw new Error('away');
    },
    ({ message }) => errors.push(message),
  );
  await vi.advanceTimersByTimeAsync(999);
  expect(rounds).toBe(0);
  await vi.advanceTimersByTimeAsync(2_001);
  expect([rounds, errors]).toEqual([3, ['away']]);
  await ticker.close();
  await vi.advanceTimersByTimeAsync(10_000);
  await ticker.tick();
  expect(rounds).toBe(3);
});

test('rounds asked for at once come one behind the other, and close waits for the one under way', async () => {
  const said: string[] = [];
  const ticker = createTicker(
    1_000,
    async () => {
      said.push('begin');
      await vi.advanceTimersByTimeAsync(5_000);
      said.push('end');
    },
    () => {},
  );
  await Promise.all([ticker.tick(), ticker.tick()]);
  expect(said).toEqual(['begin', 'end', 'begin', 'end']);
  const third = ticker.tick();
  await Promise.resolve();
  await ticker.close();
  expect([said.length, ticker.isClosed]).toEqual([6, true]);
  await third;
});
