/** Ways between two events and around one, through the engine and by walking through each visit. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerPaths } from '../../src/query/paths/paths.js';
import type { OracleEvent } from './condition.js';
import { createRandom, ORACLE_SEED, ORACLE_USERS } from './random.js';
import { createStore, groupUnits, type Store } from './store.js';
import { rankWays } from './ways.js';

const MINUTE = 60_000;
const FROM = Date.UTC(2024, 0, 1);
const USERS = ORACLE_USERS || 300;
const RANGE = { from: '2024-01-01', to: '2024-02-01' };
const random = createRandom(ORACLE_SEED);

const events: OracleEvent[] = Array.from({ length: USERS }, (_, user) => {
  let t = FROM;
  return Array.from({ length: random.below(14) }, () => {
    t += random.pick([0, 5, 30, 31, 600]) * MINUTE;
    return { user: `u${user}`, event: random.pick(['a', 'a', 'b', 'c', 'd']), t };
  });
}).flat();

let store: Store;
beforeAll(async () => {
  store = await createStore();
  await store.insert('p', events);
});
afterAll(() => store.close());

const ask = (question: object) => answerPaths(store.contextOf('p'), { ...RANGE, ...question });

/** Names of each visit in their order, repeats in a row as one. */
function listVisits(collapse: boolean): string[][] {
  const visits: string[][] = [];
  for (const own of groupUnits(events, ({ user }) => user).values()) {
    const sorted = [...own].sort((x, y) => x.t - y.t || (x.event < y.event ? -1 : 1));
    sorted.forEach((event, i) => {
      if (i === 0 || event.t - sorted[i - 1]!.t > 30 * MINUTE) visits.push([]);
      visits.at(-1)!.push(event.event);
    });
  }
  if (!collapse) return visits;
  return visits.map((visit) => visit.filter((name, i) => name !== visit[i - 1]));
}

const count = (keys: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};

describe.each([true, false])('collapse: %s', (collapse) => {
  test.each([
    ['a', 'c', 5],
    ['b', 'd', 3],
    ['a', 'a', 4],
  ])('between %s and %s, in %i places', async (from, to, steps) => {
    const ways: string[][] = [];
    const links: string[] = [];
    for (const visit of listVisits(collapse)) {
      const start = visit.indexOf(from);
      if (start < 0) continue;
      const end = visit.indexOf(to, start + 1);
      const whole = end < 0 ? [...visit.slice(start), '$end'] : visit.slice(start, end + 1);
      const way = whole.slice(0, steps);
      ways.push(way);
      way.slice(1).forEach((name, i) => void links.push(`${i + 1} ${way[i]} ${name}`));
    }
    const answer = await ask({ between: { from, to }, steps, collapse });
    expect(answer.ways.map((way) => [way.events, way.visits])).toEqual(rankWays(ways));
    expect(
      Object.fromEntries(answer.links.map((l) => [`${l.step} ${l.source} ${l.target}`, l.visits])),
    ).toEqual(count(links));
    expect(answer.links.some(({ target }) => target === '$end')).toBe(true);
  });

  test.each([
    ['b', 2, 1],
    ['c', 0, 3],
    ['d', 3, 0],
  ])('around %s: %i before, %i after', async (event, before, after) => {
    const links: string[] = [];
    const ways: string[][] = [];
    let occurrences = 0;
    for (const visit of listVisits(collapse))
      visit.forEach((name, at) => {
        if (name !== event) return;
        occurrences++;
        const place = (i: number): string | undefined =>
          i === -1 ? '$start' : i === visit.length ? '$end' : visit[i];
        const seen = Array.from({ length: before + 1 + after }, (_, i) => place(at - before + i));
        ways.push(seen.flatMap((one) => (one === undefined || one === '$end' ? [] : [one])));
        for (let i = at - before; i < at + after; i++) {
          const [source, target] = [place(i), place(i + 1)];
          if (source && target && source !== '$end') links.push(`${i - at} ${source} ${target}`);
        }
      });
    const answer = await ask({ around: { event, before, after }, collapse });
    expect(
      Object.fromEntries(answer.links.map((l) => [`${l.step} ${l.source} ${l.target}`, l.visits])),
    ).toEqual(count(links));
    expect(answer.ways.map((way) => [way.events, way.visits])).toEqual(rankWays(ways));
    expect(answer.nodes.filter(({ step }) => step === 0)).toEqual([{ step: 0, event, visits: occurrences }]);
  });
});

test('names beyond the limit are one', async () => {
  const answer = await ask({ around: { event: 'b', before: 1, after: 1 }, limit: 1 });
  const after = answer.nodes.filter(({ step }) => step === 1).map(({ event }) => event);
  expect(after).toEqual([expect.stringMatching(/^[acd]$/), '$other', '$end']);
});

test.each([
  [{ between: { from: 'a' } }, 'between'],
  [{ around: { event: 'a', before: 19, after: 19 } }, 'around'],
  [{ around: { event: 'a' }, steps: 3 }, 'steps'],
  [{ around: { event: 'a' }, between: { from: 'a', to: 'b' } }, ''],
  [{ steps: 21 }, 'steps'],
  [{ limit: 51 }, 'limit'],
])('%j is refused', async (question, path) => {
  await expect(ask(question)).rejects.toMatchObject({
    status: 422,
    errors: [expect.objectContaining({ path: expect.stringContaining(path) })],
  });
});
