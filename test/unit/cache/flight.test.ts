import { expect, test } from 'vitest';
import { startFlight } from '../../../src/cache/flight.js';

test('a computation goes on while one asker stays, and is stopped when the last has gone', async () => {
  let stopped = false;
  let ended = 0;
  const work = (signal: AbortSignal): Promise<string> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        stopped = true;
        reject(new Error('nobody waits'));
      });
    });
  const flight = startFlight(work, () => {
    ended += 1;
  });
  const [first, second] = [new AbortController(), new AbortController()];
  const joined = [flight.join(first.signal), flight.join(second.signal)];
  first.abort();
  expect([stopped, ended]).toEqual([false, 0]);
  second.abort();
  expect([stopped, ended]).toEqual([true, 1]);
  expect((await Promise.allSettled(joined)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
