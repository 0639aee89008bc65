/** Runs the judge over units in memory, with the classes the engine would compute: outcomes in the oracle's form. */
import type { Outcome } from '../../src/query/funnel/chain-search.js';
import { type ClassTable, type Matchers, WORD_BITS } from '../../src/query/funnel/classes.js';
import { compileFunnel } from '../../src/query/funnel/compile.js';
import { createJudge } from '../../src/query/funnel/judge.js';
import type { Program } from '../../src/query/funnel/program.js';
import { readFunnelQuestion } from '../../src/query/funnel/request.js';
import { holds, type OracleEvent, readProperty } from './condition.js';
import { type OracleFunnel, type OracleOutcome, readAmount, readValue } from './funnel.js';
import { writeRequest } from './funnel-cases.js';

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
      amounts: funnel.value
        ? Float64Array.from(events, (event) => readAmount(funnel, event) ?? Number.NaN)
        : undefined,
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
    amounts:
      funnel.value && !program.graph
        ? [...outcome.amounts.subarray(0, outcome.level)].map((amount) =>
            Number.isNaN(amount) ? undefined : amount,
          )
        : [],
    edges: [...new Set(edges)].sort(),
    paths: paths.map((route) => name(route, 0, 100)).sort(),
    firstPaths: outcome.firstRoute >= 0 && program.graph ? [name(outcome.firstRoute, 0, 100)] : [],
  };
}

/** Outcomes of each unit. */
export function judgeInMemory(
  funnel: OracleFunnel,
  units: readonly (readonly OracleEvent[])[],
): OracleOutcome[][] {
  const { program, matchers, table } = compileFunnel(readFunnelQuestion(writeRequest(funnel)));
  const classOf = (event: OracleEvent): number => classify(event, funnel, matchers, table);
  return units.map((events) => judgeByProgram(funnel, program, classOf, events));
}
