/**
 * The judge against the oracle, in memory: no engine, so that very many users can be tried. The same cases go through the engine
 * in test/integration/query-funnel.test.ts.
 */
import { expect, test } from 'vitest';
import type { Outcome } from '../../src/query/funnel/chain-search.js';
import { type ClassTable, type Matchers, WORD_BITS } from '../../src/query/funnel/classes.js';
import { compileFunnel } from '../../src/query/funnel/compile.js';
import { createJudge } from '../../src/query/funnel/judge.js';
import type { Program } from '../../src/query/funnel/program.js';
import { readFunnelQuestion } from '../../src/query/funnel/request.js';
import { holds, type OracleEvent, readProperty } from './condition.js';
import { judgeUnit, type OracleFunnel, type OracleOutcome, readValue } from './funnel.js';
import { randomFunnel, randomUser, writeRequest } from './funnel-cases.js';
import { createRandom, ORACLE_SEED, ORACLE_USERS } from './random.js';

const USERS_A_FUNNEL = 10;
const USERS = ORACLE_USERS || 20_000;

/** The class the engine would compute. */
function classify(event: OracleEvent, funnel: OracleFunnel, matchers: Matchers, table: ClassTable): number {
  const fulfilled = matchers.list.map((_, matcher) => {
    const step = matchers.ofStep.indexOf(matcher);
    const match =
      step >= 0 ? funnel.steps[step]! : funnel.exclusions![matchers.ofExclusion.indexOf(matcher)]!;
    return (match.any_of ?? [match.event]).includes(event.event) && holds(match.where, event);
  });
  if (matchers.packedClasses === undefined) {
    const words = new Array<number>(Math.ceil(fulfilled.length / WORD_BITS)).fill(0);
    for (const [matcher, is] of fulfilled.entries())
      if (is) words[Math.floor(matcher / WORD_BITS)]! += 2 ** (matcher % WORD_BITS);
    return table.findClass(words);
  }
  const known = matchers.events.find((one) => one.event === event.event);
  return known
    ? known.bits.reduce((sum, matcher, bit) => sum + (fulfilled[matcher] ? 2 ** bit : 0), known.base)
    : 0;
}

function number(texts: (string | undefined)[]): { ids: Uint32Array; dictionary: string[] } {
  const dictionary: string[] = [];
  const ids = texts.map((text) => {
    if (text === undefined) return 0;
    const known = dictionary.indexOf(text);
    return known >= 0 ? known + 1 : dictionary.push(text);
  });
  return { ids: Uint32Array.from(ids), dictionary };
}

/** Runs the judge over one unit; outcomes in the oracle's form. */
function judgeByProgram(
  funnel: OracleFunnel,
  program: Program,
  classOf: (event: OracleEvent) => number,
  unsorted: readonly OracleEvent[],
): OracleOutcome[] {
  const events = [...unsorted]
    .sort((a, b) => a.t - b.t)
    .filter((event) => program.order === 'strict' || classOf(event) > 0);
  const holdsOf = number(
    events.map((event) => {
      const values = (funnel.hold ?? []).map((name) => JSON.stringify(readProperty(event, name)));
      return values.includes(undefined as never) ? undefined : values.join();
    }),
  );
  const values = number(events.map((event) => (funnel.breakdown ? readValue(funnel, event) : undefined)));
  const outcomes: OracleOutcome[] = [];
  const text = (value: number): string => values.dictionary[value - 1]!;
  createJudge(program, 1_000).judge(
    {
      begin: 0,
      end: events.length,
      times: Float64Array.from(events, ({ t }) => t),
      classes: Uint16Array.from(events, classOf),
      holds: holdsOf.ids,
      values: values.ids,
    },
    (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0),
    (outcome) => outcomes.push(translate(funnel, program, outcome, text)),
  );
  return outcomes;
}

function translate(
  funnel: OracleFunnel,
  program: Program,
  outcome: Outcome,
  text: (value: number) => string,
): OracleOutcome {
  const name = (route: number, from: number, to: number): string =>
    program.routes[route]!.steps.slice(from, to)
      .map((step) => funnel.steps[step]!.id ?? String(step + 1))
      .join('>');
  const routes = program.graph ? [...program.routes.keys()] : [];
  const edges = routes.flatMap((route) =>
    Array.from({ length: Math.max(0, outcome.routeLevels[route]! - 1) }, (_, i) => name(route, i, i + 2)),
  );
  const paths = routes.filter((route) => outcome.routeLevels[route] === program.routes[route]!.steps.length);
  return {
    reached: [...outcome.reached.keys()].filter((step) => outcome.reached[step] === 1),
    deltas: program.graph
      ? []
      : [...outcome.deltas].map((delta, step) => (Number.isNaN(delta) || step === 0 ? undefined : delta)),
    start: outcome.startMs,
    total: outcome.complete ? outcome.endMs - outcome.startMs : undefined,
    values: funnel.breakdown
      ? [outcome.value === -1 ? JSON.stringify(funnel.breakdown.map(() => null)) : text(outcome.value)]
      : [],
    edges: [...new Set(edges)].sort(),
    paths: paths.map((route) => name(route, 0, 100)).sort(),
    firstPaths: outcome.firstRoute >= 0 && program.graph ? [name(outcome.firstRoute, 0, 100)] : [],
  };
}

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
    const { program, matchers, table } = compileFunnel(readFunnelQuestion(writeRequest(funnel)));
    const classOf = (event: OracleEvent): number => classify(event, funnel, matchers, table);
    for (let user = 0; user < USERS_A_FUNNEL; user++) {
      const events = randomUser(random, 'u', funnel.steps.length > 3 ? 6 : 8);
      const actual = judgeByProgram(funnel, program, classOf, events).sort(inOrder(funnel));
      const expected = judgeUnit(funnel, events)
        .sort(inOrder(funnel))
        .map((one, i) => settle(one, actual[i], program.graph));
      try {
        expect(actual).toEqual(expected);
      } catch (error) {
        console.error(JSON.stringify({ funnel, events: [...events].sort((a, b) => a.t - b.t) }));
        throw error;
      }
    }
  }
}, 3_600_000);
