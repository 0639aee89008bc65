/** What a funnel made of one person: events and reasons. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyzeFunnel } from '../../src/query/funnel/analyze.js';
import { explainPerson, type PersonExplanation } from '../../src/query/funnel/explain-person.js';
import { listMembers } from '../../src/query/funnel/members.js';
import type { OracleEvent } from '../oracle/condition.js';
import { judgeUnit, type OracleFunnel } from '../oracle/funnel.js';
import { randomFunnel, randomUser, writeRequest } from '../oracle/funnel-cases.js';
import { createRandom, ORACLE_SEED } from '../oracle/random.js';
import { createStore, groupUnits, type Store } from '../oracle/store.js';

const START = Date.UTC(2024, 0, 10);
let store: Store;
let nextUser = 0;

beforeAll(async () => {
  store = await createStore();
});
afterAll(() => store.close());

/** "A0 B2[id=1]", seconds after the start. */
function readEvents(user: string, line: string): OracleEvent[] {
  return line.split(' ').map((word) => {
    const [, event, seconds, property] = /^([A-Z])(-?\d+)(?:\[(.*)\])?$/.exec(word)!;
    const properties = property ? { [property.split('=')[0]!]: Number(property.split('=')[1]) } : {};
    return { user, event: event!, t: START + Number(seconds) * 1_000, properties };
  });
}

async function explain(line: string, question: object): Promise<PersonExplanation> {
  const user = `person ${nextUser++}`;
  await store.insert('mine', readEvents(user, line));
  return explainPerson(store.contextOf('mine'), {
    window: '10s',
    from: '2024-01-10',
    to: '2024-01-11',
    ...question,
    user_id: user,
  });
}

const steps = (names: string): object[] => [...names].map((event) => ({ event }));

/** For each step of the first chain: second of its event, "yes" when reached without one, or the reason. */
const read = ({ chains }: PersonExplanation): (string | number | undefined)[] =>
  chains[0]!.steps.map(({ event, reason, reached }) =>
    event ? (Date.parse(event.timestamp) - START) / 1_000 : reached ? 'yes' : reason?.code,
  );

test.each<[string, string, object, (string | number)[]]>([
  ['the events of the canonical chain', 'A0 A2 B3 B4 C5', { steps: steps('ABC') }, [0, 3, 5]],
  ['no event of the step', 'A0', { steps: steps('ABC') }, [0, 'no_event', 'step_before_missing']],
  ['the window was over', 'A0 B11', { steps: steps('AB') }, [0, 'window_over']],
  [
    'the step was too late',
    'A0 B5',
    { steps: [{ event: 'A' }, { event: 'B', within: '3s' }] },
    [0, 'within_over'],
  ],
  [
    'another event excludes it',
    'A0 X2 B4',
    { steps: steps('AB'), exclusions: [{ event: 'X' }] },
    [0, 'excluded'],
  ],
  ['the events are tied', 'A5 B5', { steps: steps('AB'), ties: 'strict' }, [5, 'tied']],
  ['the step came first', 'B1 A3', { steps: steps('AB') }, [3, 'too_early']],
  ['the event is used', 'A1', { steps: steps('AA') }, [1, 'already_used']],
  [
    'the property changed',
    'A0[id=1] B1[id=2]',
    { steps: steps('AB'), hold: ['id'] },
    [0, 'property_changed'],
  ],
  [
    'the property is missing',
    'A0 B1',
    { steps: steps('AB'), hold: ['id'] },
    ['property_missing', 'step_before_missing'],
  ],
  [
    'the condition is not met',
    'A0 B1[n=1]',
    { steps: [{ event: 'A' }, { event: 'B', where: { property: 'n', op: 'eq', value: 2 } }] },
    [0, 'condition_not_met'],
  ],
  ['the entry was before', 'A-5 B1', { steps: steps('AB') }, ['outside_range', 'step_before_missing']],
  ['another event came between', 'A0 X1 B2', { steps: steps('AB'), order: 'strict' }, [0, 'event_between']],
  [
    'an optional step has the event of the earliest chain that fills it',
    'A0 C1 B2 B3',
    { steps: [{ event: 'A' }, { event: 'B', optional: true }, { event: 'C' }] },
    [0, 2, 1],
  ],
  ['any order', 'C0 A3', { steps: steps('ABC'), order: 'unordered' }, [3, 'no_event', 0]],
  ['any order, too late', 'A0 B30', { steps: steps('AB'), order: 'unordered' }, [0, 'window_over']],
])('%s', async (_, line, question, expected) => {
  expect(read(await explain(line, question))).toEqual(expected);
});

test('a reason names the event and says it in words', async () => {
  const { chains } = await explain('A0 B11', { steps: steps('AB') });
  expect(chains[0]!.steps[1]!.reason).toEqual({
    code: 'window_over',
    message: 'The window was over at 2024-01-10T00:00:10.000Z; the event came at 2024-01-10T00:00:11.000Z.',
    event: { event_id: expect.any(String), event: 'B', timestamp: '2024-01-10T00:00:11.000Z' },
  });
});

test('conversions are explained one by one', async () => {
  const { chains } = await explain('A0 B1 A2 B3 A4', { steps: steps('AB'), count: 'conversions' });
  expect(chains.map(({ complete }) => complete)).toEqual([true, true, false]);
});

test('where tied events allow, an optional step has an event of its own', async () => {
  const b = { event: 'B' };
  const line = { steps: [{ event: 'A' }, b, { ...b, optional: true }, { event: 'C' }], order: 'strict' };
  const { chains } = await explain('A0 B5 B5 C6', line);
  const ids = chains[0]!.steps.map(({ event }) => event!.event_id);
  expect(new Set(ids).size).toBe(4);
});

test('of many attempts the first twenty are told, and the others counted', async () => {
  const line = Array.from({ length: 23 }, (_, n) => `A${n * 20}`).join(' ');
  const { chains, meta } = await explain(line, { steps: steps('AB'), count: 'conversions' });
  expect(chains.length).toBe(20);
  expect(meta).toMatchObject({ truncated: false, chains_left_out: 3 });
});

test('an unknown user is 404, also when another project knows her', async () => {
  await store.insert('other', readEvents('stranger', 'A0 B1'));
  const question = {
    steps: steps('AB'),
    window: '1d',
    from: '2024-01-01',
    to: '2024-02-01',
    user_id: 'stranger',
  };
  await expect(explainPerson(store.contextOf('mine'), question)).rejects.toMatchObject({
    status: 404,
    code: 'unknown_user',
  });
});

test('the people who reached a step, or left there, come a page at a time', async () => {
  const random = createRandom(ORACLE_SEED + 22);
  const events: OracleEvent[] = [];
  for (let user = 0; user < 120; user++) events.push(...randomUser(random, `m${user}`, 6));
  await store.insert('members', events);
  const context = store.contextOf('members');
  const funnel = {
    steps: [{ event: 'A' }, { event: 'B' }, { event: 'C' }],
    window: 10_000,
    from: Date.UTC(2024, 0, 1),
    to: Date.UTC(2024, 0, 2),
  };
  for (const count of ['users', 'sessions'] as const)
    for (const [step, state] of [
      [1, 'reached'],
      [2, 'reached'],
      [1, 'dropped'],
      [2, 'dropped'],
      [3, 'dropped'],
    ] as const) {
      const unitOf = (event: OracleEvent): string =>
        count === 'users' ? event.user : `${event.user} ${event.session}`;
      const expected = [...groupUnits(events, unitOf)].filter(([, mine]) => {
        const [outcome] = judgeUnit({ ...funnel, count }, mine);
        const level = outcome?.reached.length ?? 0;
        return state === 'reached' ? level >= step : level === step && step < 3;
      });
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof listMembers>> = await listMembers(context, {
          ...writeRequest({ ...funnel, count }),
          step,
          state,
          limit: 30,
          ...(cursor !== null && { cursor }),
        });
        expect(page.data.length).toBeLessThanOrEqual(30);
        found.push(
          ...page.data.map(({ user_id, session_id }) =>
            session_id === undefined ? user_id : `${user_id} ${session_id}`,
          ),
        );
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(found.sort(), `${count} ${step} ${state}`).toEqual(expected.map(([unit]) => unit).sort());
    }
});

test('who left a step of a graph are as many as its analysis says, and those who took none of its edges', async () => {
  const random = createRandom(ORACLE_SEED + 23);
  const events: OracleEvent[] = [];
  for (let user = 0; user < 120; user++) events.push(...randomUser(random, `g${user}`, 6));
  await store.insert('graph_members', events);
  const context = store.contextOf('graph_members');
  const funnel: OracleFunnel = {
    steps: ['A', 'B', 'C', 'D'].map((event) => ({ event })),
    paths: ['1>2', '1>3', '2>4', '3>4'].map((edge) => ({ from: edge[0]!, to: edge[2]! })),
    window: 10_000,
    from: Date.UTC(2024, 0, 1),
    to: Date.UTC(2024, 0, 2),
  };
  const { steps } = await analyzeFunnel(context, writeRequest(funnel));
  const outcomes = [...groupUnits(events, ({ user }) => user)].flatMap(([user, mine]) =>
    judgeUnit(funnel, mine).map((outcome) => ({ user, ...outcome })),
  );
  for (const [index, { dropped }] of steps.entries()) {
    const expected = outcomes.filter(
      ({ reached, edges }) =>
        index < 3 && reached.includes(index) && !edges.some((edge) => edge.startsWith(`${index + 1}>`)),
    );
    const asked = { ...writeRequest(funnel), step: index + 1, state: 'dropped' };
    const { data } = await listMembers(context, { ...asked, limit: 1000 });
    expect(data.map(({ user_id }) => user_id).sort()).toEqual(expected.map(({ user }) => user).sort());
    expect(dropped).toBe(data.length);
  }
  expect(steps.map(({ dropped }) => (dropped ?? 0) > 0)).toEqual([true, true, true, false]);
});

test(`explanations agree with the counts, for any funnel (seed ${ORACLE_SEED})`, async () => {
  const random = createRandom(ORACLE_SEED + 21);
  const events: OracleEvent[] = [];
  for (let user = 0; user < 8; user++) events.push(...randomUser(random, `r${user}`, 7));
  await store.insert('random', events);
  const context = store.contextOf('random');
  for (let i = 0; i < 10; i++) {
    const { breakdown: _, attribution: __, ...funnel } = randomFunnel(random);
    const request = writeRequest(funnel);
    const { steps: answers } = await analyzeFunnel(context, request);
    const counted = answers.map(() => 0);
    for (const [user, mine] of groupUnits(events, (event) => event.user)) {
      const explained = await explainPerson(context, { ...request, user_id: user }).catch(() => undefined);
      const units =
        funnel.count === 'sessions' ? [...groupUnits(mine, (event) => event.session!).values()] : [mine];
      const expected = units.reduce((sum, unit) => sum + judgeUnit(funnel, unit).length, 0);
      const entered = explained?.chains.filter((chain) => chain.steps.some(({ reached }) => reached)) ?? [];
      expect(entered.length, JSON.stringify({ funnel, mine })).toBe(expected);
      for (const chain of entered)
        for (const [step, { reached, reason }] of chain.steps.entries()) {
          if (reached) counted[step]!++;
          else expect(reason, JSON.stringify({ funnel, mine })).not.toBeNull();
        }
    }
    if (funnel.order !== 'unordered')
      expect(counted, JSON.stringify(funnel)).toEqual(answers.map(({ count }) => count));
    else
      expect(
        counted.reduce((a, b) => a + b),
        JSON.stringify(funnel),
      ).toBe(answers.reduce((sum, { count }) => sum + count, 0));
  }
});
