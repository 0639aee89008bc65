/** The law of duplicates, through the whole product: events sent again, in another order and other batches, change no funnel. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom, ORACLE_SEED } from '../oracle/random.js';
import { startWeir, type Weir } from '../support/stack.js';

const FROM = Date.UTC(2024, 0, 1);
const MINUTE = 60_000;

let weir: Weir;
beforeAll(async () => {
  weir = await startWeir();
});
afterAll(() => weir?.stop());

async function send(path: string, body: unknown, key: string): Promise<Record<string, unknown>> {
  const response = await fetch(weir.url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer;
}

test('events sent again change no funnel', async () => {
  const random = createRandom(ORACLE_SEED);
  const events = Array.from({ length: 400 }, (_, n) => ({
    event: random.pick(['A', 'B', 'C', 'X']),
    event_id: `e${n}`,
    user_id: `u${random.below(60)}`,
    session_id: `s${random.below(3)}`,
    timestamp: FROM + random.below(120) * MINUTE,
    properties: { plan: random.pick(['pro', 'free']), price: random.below(50) },
  }));
  const store = (some: object[]) => send('/v1/events?wait=stored', some, weir.keys.write);
  expect(await store(events)).toMatchObject({ stored: 400, duplicates: 0 });
  const base = {
    steps: [{ event: 'A' }, { event: 'B', optional: true }, { any_of: ['C', 'A'] }],
    window: '1h',
    from: '2024-01-01',
    to: '2024-01-02',
    value: { property: 'price' },
    breakdown: ['plan'],
    histogram: true,
  };
  const questions = [
    base,
    { ...base, order: 'strict' },
    { ...base, count: 'conversions', exclusions: [{ event: 'X' }] },
    { ...base, count: 'sessions', hold: ['plan'], attribution: 'all' },
    { ...base, steps: [{ event: 'C' }, { event: 'A' }], order: 'unordered' },
  ];
  const ask = async (question: object) => {
    const { meta: _, ...answer } = await send('/v1/analytics/funnels/analyze', question, weir.keys.read);
    return answer;
  };
  const before = await Promise.all(questions.map(ask));
  const again = [...events].reverse();
  for (let from = 0; from < again.length; from += 130) {
    const part = again.slice(from, from + 130);
    expect(await store(part)).toMatchObject({ stored: 0, duplicates: part.length });
  }
  expect(await Promise.all(questions.map(ask))).toEqual(before);
});
