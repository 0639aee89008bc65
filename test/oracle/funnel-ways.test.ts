/** What people do after a step, and what goes with converting: through the engine, and by walking through every chain. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerFactors } from '../../src/query/funnel/factors.js';
import { answerWays } from '../../src/query/funnel/ways.js';
import type { OracleEvent } from './condition.js';
import { judgeUnit, type OracleFunnel, type OracleOutcome } from './funnel.js';
import { randomFunnel, randomUser, writeRequest } from './funnel-cases.js';
import { createRandom, ORACLE_SEED, ORACLE_USERS } from './random.js';
import { createStore, groupUnits, type Store } from './store.js';

const USERS = 250;
const FUNNELS = Math.max(25, Math.ceil(ORACLE_USERS / USERS));
const random = createRandom(ORACLE_SEED + 3);
const events: OracleEvent[] = Array.from({ length: USERS }, (_, user) =>
  randomUser(random, `u${user}`, 7),
).flat();

let store: Store;
beforeAll(async () => {
  store = await createStore();
  await store.insert('p', events);
});
afterAll(() => store.close());

interface Judged {
  readonly unit: readonly OracleEvent[];
  readonly outcome: OracleOutcome;
}

const judgeAll = (funnel: OracleFunnel): Judged[] => {
  const unitOf = ({ user, session }: OracleEvent): string =>
    funnel.count === 'sessions' ? `${user} ${session}` : user;
  return [...groupUnits(events, unitOf).values()].flatMap((unit) =>
    judgeUnit(funnel, unit).map((outcome) => ({ unit, outcome })),
  );
};

/** Instants of the chain's required steps. */
function listTimes(required: readonly number[], { start, deltas, reached }: OracleOutcome): number[] {
  const times = [start];
  for (const step of required.slice(1)) if (reached.includes(step)) times.push(times.at(-1)! + deltas[step]!);
  return times;
}

const count = (keys: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};

/** Funnels whose steps come in one order, asked as plainly as can be. */
function drawFunnel(): OracleFunnel {
  for (;;) {
    const { breakdown, attribution, value, ...funnel } = randomFunnel(random);
    if (!funnel.paths && funnel.order !== 'unordered') return funnel;
  }
}

test(`ways after a step, of ${FUNNELS} random funnels (seed ${ORACLE_SEED})`, async () => {
  for (let i = 0; i < FUNNELS; i++) {
    const funnel = drawFunnel();
    const required = [...funnel.steps.keys()].filter((step) => !funnel.steps[step]!.optional);
    const position = random.below(required.length - 1);
    const [length, collapse] = [1 + random.below(4), random.chance(0.5)];
    const listed = random.chance(0.5) ? ['X', 'A', 'D'] : undefined;
    const ways: string[] = [];
    for (const { unit, outcome } of judgeAll(funnel)) {
      const times = listTimes(required, outcome);
      if (times.length <= position) continue;
      const next = times[position + 1];
      const until = next ?? times[0]! + funnel.window + 1;
      const names = unit
        .filter(({ t, event }) => t > times[position]! && t < until && (listed?.includes(event) ?? true))
        .sort((a, b) => a.t - b.t || (a.event < b.event ? -1 : 1))
        .map(({ event }) => event)
        .filter((name, at, all) => !collapse || name !== all[at - 1]);
      const end = names.length > length ? '$more' : next === undefined ? '$end' : '$next';
      ways.push([...names.slice(0, length), end].join(' '));
    }
    const answer = await answerWays(store.contextOf('p'), {
      ...writeRequest(funnel),
      step: required[position]! + 1,
      length,
      collapse,
      limit: 50,
      ...(listed && { events: listed }),
    });
    const told = JSON.stringify({ funnel, position, length, collapse, listed });
    const own = answer.ways.flatMap((way) => Array<string>(way.units).fill(way.events.join(' ')));
    // The answer has the hundred most common ways; here there are nearly always fewer.
    if (answer.ways.length < 100) expect(count(own), told).toEqual(count(ways));
    expect(answer.reached, told).toBe(ways.length);
    const label = answer.step.label;
    const links = ways.flatMap((way) => {
      const names = [label, ...way.split(' ')];
      return names.slice(1).map((name, place) => `${place} ${names[place]} ${name}`);
    });
    expect(
      Object.fromEntries(answer.links.map((l) => [`${l.place} ${l.source} ${l.target}`, l.units])),
      told,
    ).toEqual(count(links));
  }
}, 3_600_000);

test(`factors of ${FUNNELS} random funnels (seed ${ORACLE_SEED})`, async () => {
  for (let i = 0; i < FUNNELS; i++) {
    const funnel = drawFunnel();
    const answer = await answerFactors(store.contextOf('p'), {
      ...writeRequest(funnel),
      properties: ['plan'],
      events: ['X', 'D'],
      min_units: 1,
      values_per_property: 50,
    });
    const judged = judgeAll(funnel);
    const share = (mine: readonly Judged[]) => ({
      units: mine.length,
      converted: mine.filter(({ outcome }) => outcome.total !== undefined).length,
    });
    const all = share(judged);
    const expected = new Map<string, { units: number; converted: number }>();
    const byValue = judgeAll({ ...funnel, breakdown: ['plan'], attribution: 'first' });
    for (const value of new Set(byValue.map(({ outcome }) => [...outcome.values].sort()[0]!)))
      expected.set(
        `plan ${value}`,
        share(byValue.filter(({ outcome }) => [...outcome.values].sort()[0] === value)),
      );
    for (const event of ['X', 'D'])
      expected.set(
        event,
        share(
          judged.filter(({ unit, outcome: { start, total } }) =>
            unit.some(
              (one) => one.event === event && one.t > start && one.t < start + (total ?? funnel.window + 1),
            ),
          ),
        ),
      );
    for (const [name, { units }] of expected) if (units === 0 || units === all.units) expected.delete(name);
    const told = JSON.stringify(funnel);
    expect([answer.entered, answer.converted], told).toEqual([all.units, all.converted]);
    expect(
      Object.fromEntries(
        answer.factors.map(({ kind, name, value, units, converted }) => [
          kind === 'event' ? name : `${name} ${JSON.stringify([value])}`,
          { units, converted },
        ]),
      ),
      told,
    ).toEqual(Object.fromEntries(expected));
  }
}, 3_600_000);
