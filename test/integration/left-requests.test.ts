/** Figures of requests whose asker left: such a request did not fail. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWeir, type Weir } from '../support/stack.js';

let weir: Weir;

beforeAll(async () => {
  weir = await startWeir();
});

afterAll(() => weir.stop());

const countOf = async (status: number): Promise<number> => {
  const text = await (await fetch(`${weir.url}/metrics`)).text();
  const lines = text
    .split('\n')
    .filter(
      (line) => line.startsWith('weir_http_request_seconds_count') && line.includes(`status="${status}"`),
    );
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};

/** Asks and leaves as soon as the question is on its way. */
async function askAndLeave(): Promise<void> {
  const leaving = new AbortController();
  const asked = fetch(`${weir.url}/v1/analytics/trends`, {
    method: 'POST',
    headers: { authorization: `Bearer ${weir.keys.read}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events: [{ event: 'a' }], from: '2026-01-01', to: '2026-02-01', grain: 'day' }),
    signal: leaving.signal,
  });
  setImmediate(() => leaving.abort());
  await asked.catch(() => undefined);
}

it('are told from those that failed', async () => {
  await expect
    .poll(async () => {
      await Promise.all(Array.from({ length: 10 }, askAndLeave));
      return countOf(499);
    })
    .toBeGreaterThan(10);
  expect(await countOf(500)).toBe(0);
});
