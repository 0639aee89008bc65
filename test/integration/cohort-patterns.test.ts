/** Patterns of a cohort through the engine and the thread, against walking over every person's events. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCriteria } from '../../src/query/cohort/criteria.js';
import { resolveMembership } from '../../src/query/cohort/formula.js';
import { answerPatternQuestion } from '../../src/query/patterns/run.js';
import type { OracleEvent } from '../oracle/condition.js';
import { createRandom } from '../oracle/random.js';
import { createStore, type Store } from '../oracle/store.js';

const DAY_MS = 86_400_000;
const FROM = Date.UTC(2024, 2, 1);
const QUESTION = { from: '2024-03-01', to: '2024-04-01', max_length: 2, min_support: 0.1, limit: 500 };
const TYPES = ['a', 'b', 'c', 'd'];

/** Members (those who ever `join`) tend to do c after a; some events lie outside the range, some at the same instant. */
function makeEvents(): OracleEvent[] {
  const random = createRandom(5);
  return Array.from({ length: 300 }, (_, n) => {
    const user = `u${n}`;
    const member = n % 3 === 0;
    const own: OracleEvent[] = Array.from({ length: 2 + random.below(5) }, () => ({
      user,
      event: random.pick(TYPES),
      t: FROM + (random.below(40) - 5) * DAY_MS + random.below(3) * 3_600_000,
    }));
    if (member) own.push({ user, event: 'join', t: FROM - 10 * DAY_MS });
    if (member && random.chance(0.7))
      own.push({ user, event: 'a', t: FROM + 1 }, { user, event: 'c', t: FROM + 30 * DAY_MS });
    return own;
  }).flat();
}

/** The number of people whose events of the range contain the sequence, each later than the one before. */
function countNaively(
  events: readonly OracleEvent[],
  sequence: readonly string[],
  users: ReadonlySet<string>,
): number {
  const inRange = events.filter(({ t }) => t >= FROM && t < FROM + 31 * DAY_MS);
  return [...users].filter((user) => {
    const own = inRange.filter((event) => event.user === user).sort((x, y) => x.t - y.t);
    let after = Number.NEGATIVE_INFINITY;
    return sequence.every((name) => {
      const found = own.find(({ event, t }) => event === name && t > after);
      after = found?.t ?? after;
      return found !== undefined;
    });
  }).length;
}

describe('GET /v1/analytics/cohorts/{id}/patterns', () => {
  let store: Store;
  const events = makeEvents();
  const active = new Set(
    events.filter(({ t }) => t >= FROM && t < FROM + 31 * DAY_MS).map(({ user }) => user),
  );
  const joined = new Set(events.filter(({ event }) => event === 'join').map(({ user }) => user));
  const membersOf = (event: string) =>
    resolveMembership(readCriteria({ did: { event } }), Date.now(), () => Promise.resolve(undefined));

  beforeAll(async () => {
    store = await createStore();
    await store.insert('p', events);
  });
  afterAll(() => store?.close());

  it('counts exactly who has a sequence, in the cohort and beside it', async () => {
    const answer = await answerPatternQuestion(store.contextOf('p'), await membersOf('join'), QUESTION);
    const members = new Set([...active].filter((user) => joined.has(user)));
    const others = new Set([...active].filter((user) => !joined.has(user)));
    expect(answer.people).toEqual({ members: members.size, others: others.size });
    expect(answer.sample.complete).toBe(true);
    expect(answer.found).toBeGreaterThan(10);
    for (const { sequence, count, others_count, lift } of answer.sequences) {
      expect([sequence, count]).toEqual([sequence, countNaively(events, sequence, members)]);
      expect([sequence, others_count]).toEqual([sequence, countNaively(events, sequence, others)]);
      expect(lift).toBeCloseTo(count / members.size / (others_count / others.size), 9);
    }
    expect(answer.sequences[0]).toMatchObject({ sequence: ['a', 'c'] });
    expect(answer.sequences[0]!.adjusted_p_value).toBeLessThan(0.001);
    expect(answer.behaviour!.clustered).toBe(members.size);
    const { meta: _, ...again } = await answerPatternQuestion(
      store.contextOf('p'),
      await membersOf('join'),
      QUESTION,
    );
    const { meta: __, ...first } = answer;
    expect(again).toEqual(first);
  });

  it('looks at the events that are named only', async () => {
    const answer = await answerPatternQuestion(store.contextOf('p'), await membersOf('join'), {
      ...QUESTION,
      events: ['a'],
    });
    expect(answer.events).toEqual(['a']);
    expect(new Set(answer.sequences.flatMap(({ sequence }) => sequence))).toEqual(new Set(['a']));
  });

  it('says that a cohort has nobody, and what is wrong with a question', async () => {
    const nobody = answerPatternQuestion(store.contextOf('p'), await membersOf('never'), QUESTION);
    await expect(nobody).rejects.toMatchObject({ status: 422, code: 'empty_cohort' });
    const wrong = answerPatternQuestion(store.contextOf('p'), await membersOf('join'), {
      ...QUESTION,
      max_length: 9,
      min_support: 2,
    });
    await expect(wrong).rejects.toMatchObject({ errors: [{ path: 'max_length' }, { path: 'min_support' }] });
  });
});
