/** Funnels through the engine, against trying every chain: random funnels over the product of all options. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyzeFunnel, type FunnelAnswer } from '../../src/query/funnel/analyze.js';
import { explainFunnel } from '../../src/query/funnel/prepare.js';
import type { OracleEvent } from '../oracle/condition.js';
import { judgeUnit, type OracleFunnel, type OracleOutcome } from '../oracle/funnel.js';
import { randomFunnel, randomUser, writeRequest } from '../oracle/funnel-cases.js';
import { createRandom, ORACLE_SEED, ORACLE_USERS } from '../oracle/random.js';
import { createStore, groupUnits, type Store } from '../oracle/store.js';

const USERS = 250;
const FUNNELS = Math.max(40, Math.ceil(ORACLE_USERS / USERS));

let store: Store;
const events: OracleEvent[] = [];

beforeAll(async () => {
  store = await createStore();
  const random = createRandom(ORACLE_SEED);
  for (let user = 0; user < USERS; user++) events.push(...randomUser(random, `u${user}`, 6));
  await store.insert('mine', events);
  // Another project has the same users and other events: none of them may be seen.
  const others = Array.from({ length: 50 }, (_, user) => randomUser(random, `u${user}`, 8)).flat();
  await store.insert('other', others);
});

afterAll(() => store.close());

const quantile = (values: number[], level: number): number | null => {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * level;
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
};

interface Part {
  counts: number[];
  dropped: (number | null)[];
  fromPrevious: (number | null)[];
  rate: number | null;
  medians: (number | null)[];
  p90: number | null;
  /** Units, sum and average at each step, and at the end. */
  values: unknown[];
}

/** What is added up at each required step, and at the end, of these outcomes. */
function sumValues(funnel: OracleFunnel, outcomes: readonly OracleOutcome[]): unknown[] {
  if (!funnel.value) return [];
  const required = [...funnel.steps.keys()].filter((step) => !funnel.steps[step]!.optional);
  const fixed = funnel.value.step === undefined ? undefined : required.indexOf(funnel.value.step - 1);
  const write = (numbers: (number | undefined)[]) => {
    const found = numbers.filter((number) => number !== undefined);
    const total = found.reduce((all, one) => all + one, 0);
    return { units: found.length, sum: total, average: found.length === 0 ? null : total / found.length };
  };
  const at = (reached: readonly OracleOutcome[], place: number) =>
    write(reached.map(({ amounts }) => amounts[fixed ?? place]));
  const steps = funnel.steps.map((_, step) =>
    at(
      funnel.steps[step]!.optional ? [] : outcomes.filter(({ reached }) => reached.includes(step)),
      required.indexOf(step),
    ),
  );
  const complete = outcomes.filter(({ total }) => total !== undefined);
  return [...steps, at(complete, required.length - 1)];
}

/** Of each step: who went no further, and the share of those who reached a step before it. */
function sumMoves(funnel: OracleFunnel, outcomes: readonly OracleOutcome[]) {
  const { steps, paths } = funnel;
  const idOf = (step: number): string => steps[step]!.id ?? String(step + 1);
  const required = [...steps.keys()].filter((step) => !steps[step]!.optional);
  const edges =
    paths ??
    [...steps.keys()].flatMap((to) => {
      const from = required.filter((one) => one < to).at(-1);
      return from === undefined ? [] : [{ from: idOf(from), to: idOf(to) }];
    });
  const reach = (outcome: OracleOutcome, id: string): boolean =>
    outcome.reached.some((step) => idOf(step) === id);
  const took = (outcome: OracleOutcome, from: string, to: string): boolean =>
    paths ? outcome.edges.includes(`${from}>${to}`) : reach(outcome, from) && reach(outcome, to);
  const isRequired = (id: string): boolean => required.some((step) => idOf(step) === id);
  return {
    dropped: steps.map((step, index) => {
      const leaving = edges.filter(({ from, to }) => from === idOf(index) && isRequired(to));
      const stayed = outcomes.filter(
        (outcome) => reach(outcome, idOf(index)) && !leaving.some(({ from, to }) => took(outcome, from, to)),
      );
      return step.optional ? null : leaving.length === 0 ? 0 : stayed.length;
    }),
    fromPrevious: steps.map((_, index) => {
      const leading = edges.filter(({ to }) => to === idOf(index));
      const before = outcomes.filter((outcome) => leading.some(({ from }) => reach(outcome, from))).length;
      const reached = outcomes.filter((outcome) => reach(outcome, idOf(index))).length;
      return before === 0 ? null : reached / before;
    }),
  };
}

function sum(funnel: OracleFunnel, outcomes: readonly OracleOutcome[]): Part {
  const counts = funnel.steps.map(
    (_, step) => outcomes.filter(({ reached }) => reached.includes(step)).length,
  );
  const complete = outcomes.filter(({ total }) => total !== undefined);
  const seconds = (values: (number | undefined)[], level: number): number | null => {
    const ms = quantile(
      values.filter((value) => value !== undefined),
      level,
    );
    return ms === null ? null : ms / 1_000;
  };
  return {
    counts,
    ...sumMoves(funnel, outcomes),
    rate: outcomes.length === 0 ? null : complete.length / outcomes.length,
    medians: funnel.paths
      ? []
      : funnel.steps.map((_, step) =>
          seconds(
            outcomes.map(({ deltas }) => deltas[step]),
            0.5,
          ),
        ),
    p90: seconds(
      complete.map(({ total }) => total),
      0.9,
    ),
    values: sumValues(funnel, outcomes),
  };
}

const readPart = (funnel: OracleFunnel, answer: Omit<FunnelAnswer, 'meta'>): Part => ({
  counts: answer.steps.map(({ count }) => count),
  dropped: answer.steps.map(({ dropped }) => dropped),
  fromPrevious: answer.steps.map((step) => step.conversion_from_previous),
  rate: answer.conversion_rate,
  medians: funnel.paths ? [] : answer.steps.map(({ median_seconds }) => median_seconds),
  p90: answer.p90_seconds,
  values: funnel.value ? [...answer.steps.map(({ value }) => value), answer.value] : [],
});

const unitOf = (funnel: OracleFunnel) => (event: OracleEvent) =>
  funnel.count === 'sessions' ? `${event.user} ${event.session}` : event.user;

function expectation(funnel: OracleFunnel, mine: readonly OracleEvent[]) {
  const units = [...groupUnits(mine, unitOf(funnel)).values()];
  const all = units.flatMap((unit) => judgeUnit(funnel, unit));
  const whole =
    funnel.attribution === 'all' ? { ...funnel, breakdown: [] as string[], attribution: 'first' } : funnel;
  const total = units.flatMap((unit) => judgeUnit(whole, unit));
  const values = new Map<string, OracleOutcome[]>();
  for (const outcome of funnel.breakdown ? all : []) {
    const value = [...outcome.values].sort()[0]!;
    values.set(value, [...(values.get(value) ?? []), outcome]);
  }
  return {
    total: sum(funnel, total),
    breakdown: Object.fromEntries([...values].map(([value, outcomes]) => [value, sum(funnel, outcomes)])),
    edges: funnel.paths?.map(
      ({ from, to }) => total.filter(({ edges }) => edges.includes(`${from}>${to}`)).length,
    ),
  };
}

function reading(funnel: OracleFunnel, answer: FunnelAnswer) {
  const groups = answer.breakdown ?? [];
  return {
    total: readPart(funnel, answer),
    breakdown: Object.fromEntries(
      groups.map((group) => [JSON.stringify(group.values), readPart(funnel, group)]),
    ),
    edges: answer.paths?.edges.map(({ count }) => count),
  };
}

/** The first user on whom both sides differ, for the message. */
async function findCulprit(funnel: OracleFunnel): Promise<string> {
  for (const [user, mine] of groupUnits(events, ({ user }) => user)) {
    const where = { property: 'event.user_id', op: 'eq', value: user };
    const steps = funnel.steps.map((step) => ({
      ...step,
      where: step.where ? { and: [step.where, where] } : where,
    }));
    const answer = await analyzeFunnel(
      store.contextOf('mine'),
      writeRequest({ ...funnel, steps } as OracleFunnel),
    );
    const expected = expectation(funnel, mine);
    if (JSON.stringify(reading(funnel, answer).total) === JSON.stringify(expected.total)) continue;
    return JSON.stringify({
      funnel,
      mine: [...mine].sort((a, b) => a.t - b.t),
      expected,
      actual: reading(funnel, answer),
    });
  }
  return JSON.stringify({ funnel });
}

test(`${FUNNELS} random funnels over ${USERS} users equal trying every chain (seed ${ORACLE_SEED})`, async () => {
  const random = createRandom(ORACLE_SEED + 1);
  for (let i = 0; i < FUNNELS; i++) {
    const funnel = randomFunnel(random);
    // Equally early chains of a graph's different paths may have different values: both are right.
    if (funnel.paths) funnel.breakdown = undefined as never;
    const answer = await analyzeFunnel(store.contextOf('mine'), {
      ...writeRequest(funnel),
      breakdown_limit: 1000,
    });
    const actual = reading(funnel, answer);
    const expected = expectation(funnel, events);
    if (JSON.stringify(actual.total) !== JSON.stringify(expected.total))
      console.error(await findCulprit(funnel));
    expect(actual, JSON.stringify(funnel)).toEqual(expected);
  }
}, 3_600_000);

test('counts alone come from windowFunnel when it is exact, and equal the fold', async () => {
  const random = createRandom(ORACLE_SEED + 2);
  let used = 0;
  for (let i = 0; i < 60; i++) {
    const { steps, window, from, to } = randomFunnel(random);
    const request = writeRequest({ steps, window, from, to });
    const fast = await analyzeFunnel(store.contextOf('mine'), { ...request, times: false }).catch(
      () => undefined,
    );
    if (fast?.meta.strategy !== 'window-funnel') continue;
    used++;
    const slow = await analyzeFunnel(store.contextOf('mine'), request);
    expect(slow.meta.strategy).toBe('fold');
    expect(fast.steps.map(({ count }) => count)).toEqual(slow.steps.map(({ count }) => count));
  }
  expect(used).toBeGreaterThan(5);
});

test('explain gives the plan, the statement and what it would read', async () => {
  const { steps, window, from, to } = {
    steps: [{ event: 'A' }, { event: 'B' }],
    window: 1000,
    from: 0,
    to: 1e12,
  };
  const explained = await explainFunnel(store.contextOf('mine'), writeRequest({ steps, window, from, to }));
  expect(explained.plan).toMatchObject({ strategy: 'fold', disjoint_steps: true });
  expect(explained.sql[0]).toContain('from events');
  expect(explained.sql[0]).not.toContain("'mine'");
});
