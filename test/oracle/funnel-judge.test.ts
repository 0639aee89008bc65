/**
 * The judge against the oracle, in memory: no engine, so that very many users can be tried. The same cases go through the engine
 * in test/integration/query-funnel.test.ts.
 */
import { expect, test } from 'vitest';
import { judgeUnit, type OracleFunnel, type OracleOutcome } from './funnel.js';
import { randomFunnel, randomUser } from './funnel-cases.js';
import { judgeInMemory } from './funnel-memory.js';
import { createRandom, ORACLE_SEED, ORACLE_USERS } from './random.js';

const USERS_A_FUNNEL = 10;
const USERS = ORACLE_USERS || 100_000;

/** Where tied events could stand at one place of a chain, the oracle names all their values and the judge chooses one. */
function settle(expected: OracleOutcome, actual: OracleOutcome | undefined, graph: boolean): OracleOutcome {
  const values = [...expected.values].sort();
  // In a graph two paths may be equally early: then either's value will do.
  const chosen = actual?.values[0];
  if (graph && chosen !== undefined && values.includes(chosen)) values.unshift(chosen);
  const firstPath = actual?.firstPaths[0];
  return {
    ...expected,
    values: values.slice(0, 1),
    firstPaths:
      firstPath !== undefined && expected.firstPaths.includes(firstPath) ? [firstPath] : expected.firstPaths,
  };
}

/** Outcomes of one unit in an order both sides share: by value where each value is judged, else by time. */
const inOrder =
  (funnel: OracleFunnel) =>
  (a: OracleOutcome, b: OracleOutcome): number =>
    funnel.attribution === 'all'
      ? a.values[0]!.localeCompare(b.values[0]!) || a.start - b.start
      : a.start - b.start;

test(`the judge agrees with trying every chain (seed ${ORACLE_SEED})`, () => {
  const random = createRandom(ORACLE_SEED);
  for (let users = 0; users < USERS; users += USERS_A_FUNNEL) {
    const funnel = randomFunnel(random);
    const most = funnel.steps.length > 3 ? 6 : 8;
    const units = Array.from({ length: USERS_A_FUNNEL }, () => randomUser(random, 'u', most));
    for (const [index, outcomes] of judgeInMemory(funnel, units).entries()) {
      const events = units[index]!;
      const actual = outcomes.sort(inOrder(funnel));
      const expected = judgeUnit(funnel, events)
        .sort(inOrder(funnel))
        .map((one, i) => settle(one, actual[i], funnel.paths !== undefined));
      try {
        expect(actual).toEqual(expected);
      } catch (error) {
        console.error(JSON.stringify({ funnel, events: [...events].sort((a, b) => a.t - b.t) }));
        throw error;
      }
    }
  }
}, 3_600_000);
