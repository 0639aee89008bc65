/**
 * Compares cohorts by a number each person has: Welch's t-test for means, the two-proportion z-test for shares, p-values of all
 * pairs adjusted together (Benjamini and Hochberg). Both tests take people for independent; people in two cohorts are told.
 *
 * A member without any event that is asked for has the number of nothing: 0 events, a sum of 0, and of a metric whatever its
 * formula gives over nothing. Where that is no number, such as a ratio without a denominator, the member is left out.
 */
import { adjustForMany, type Comparison, compareMeans, compareProportions } from '../../statistics/tests.js';
import { printNumber } from '../condition/print.js';
import type { QueryContext } from '../context.js';
import { printEventMatch } from '../event-match.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { printEvents } from '../people.js';
import { createParams, fillSql, type Printed, print } from '../printed.js';
import { estimateStatement, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { formatInstant } from '../time/instant.js';
import { printSpan } from '../time/span.js';
import { printSizeStatement } from './answer.js';
import type { CompareQuestion, Measure } from './compare-request.js';
import type { Membership } from './formula.js';
import { printMembers } from './print.js';

export interface ComparedCohort {
  readonly id: string;
  readonly name: string;
  readonly membership: Membership;
}

/** Numbers of the people of a cohort that have one. */
export interface People {
  readonly count: number;
  readonly mean: number | null;
  /** Of the sample: divided by count - 1. */
  readonly variance: number | null;
}

/** The people of one cohort, and the rows that were read for them. */
export interface Measured {
  readonly people: People;
  readonly rowsRead: number;
}

/** How the people of a cohort are measured: the statements that are run, and the measuring itself. */
export interface Measuring {
  readonly statements: readonly Statement[];
  /** @param size how many people the cohort has */
  measure(size: number): Promise<Measured>;
}

/** How a metric's room measures a cohort. */
export type PrepareMetric = (cohort: ComparedCohort) => Promise<Measuring>;

export interface CompareAnswer {
  readonly cohorts: readonly ({
    readonly id: string;
    readonly name: string;
    readonly size: number;
  } & People)[];
  readonly comparisons: readonly {
    readonly first: string;
    readonly second: string;
    /** Second minus first; null when a cohort has too few people to tell. */
    readonly difference: number | null;
    readonly interval: readonly [number, number] | null;
    readonly uplift: number | null;
    readonly p_value: number | null;
    readonly adjusted_p_value: number | null;
    readonly significant: boolean;
    /** People who are in both. */
    readonly overlap: number;
  }[];
  readonly test: 'welch' | 'two_proportions';
  readonly alpha: number;
  readonly meta: Meta;
}

/** Some people's numbers together with those of others who all have the same one. */
export function addSame(found: People, others: number, value: number): People {
  const count = found.count + others;
  if (count === 0) return { count, mean: null, variance: null };
  const foundMean = found.mean ?? 0;
  const mean = (found.count * foundMean + others * value) / count;
  if (count === 1) return { count, mean, variance: null };
  const within = Math.max(0, found.count - 1) * (found.variance ?? 0);
  const between = found.count * (foundMean - mean) ** 2 + others * (value - mean) ** 2;
  return { count, mean, variance: (within + between) / (count - 1) };
}

function printValue(measure: Measure): Printed {
  if (measure.kind === 'sum') return print`sumKahan(ifNull(${printNumber(measure.property.property)}, 0))`;
  return measure.kind === 'count' ? print`toFloat64(count())` : print`toFloat64(1)`;
}

function printCohortEvents(
  context: QueryContext,
  question: CompareQuestion,
  membership: Membership,
): Statement {
  const { compared, range } = question;
  if (compared.kind !== 'events') throw new Error('a metric is measured by its own room');
  const params = createParams();
  const sql = fillSql('clickhouse/cohort-events.sql', {
    value: printValue(compared.measure),
    project: params.bind('String', context.project),
    wanted: print`${printEventMatch(compared.match, params)} and ${printSpan(range, params)}`,
    members: printMembers(membership, context, params),
    ...printEvents(context, params),
  });
  return { sql, params: params.values };
}

/** A row of the engine; the variance of one number is no number. */
const readPeople = (row: { people: number; mean: number | null; variance: number | null }): People => ({
  count: Number(row.people),
  mean: Number(row.people) === 0 ? null : row.mean,
  variance: Number(row.people) < 2 ? null : row.variance,
});

function prepareEvents(
  context: QueryContext,
  question: CompareQuestion,
  { membership }: ComparedCohort,
): Measuring {
  const statement = printCohortEvents(context, question, membership);
  return {
    statements: [statement],
    async measure(size) {
      const { rows, rowsRead } = await runStatement<Parameters<typeof readPeople>[0]>(context, statement);
      const found = readPeople(rows[0]!);
      // Whoever did it after the cohort's instant only is no member, so nobody is found who is not.
      return { people: addSame(found, Math.max(0, size - found.count), 0), rowsRead };
    },
  };
}

function compare(first: People, second: People, isShare: boolean, alpha: number): Comparison | null {
  if (first.mean === null || second.mean === null) return null;
  if (isShare)
    return compareProportions(
      { successes: Math.round(first.mean * first.count), trials: first.count },
      { successes: Math.round(second.mean * second.count), trials: second.count },
      alpha,
    );
  const sampleOf = ({ count, mean, variance }: People) => ({ count, mean: mean!, variance: variance ?? 0 });
  return compareMeans(sampleOf(first), sampleOf(second), alpha);
}

interface Prepared {
  readonly cohorts: readonly (ComparedCohort & {
    readonly counting: Statement;
    readonly measuring: Measuring;
  })[];
  /** Every pair, as places in `cohorts`, and the statement that counts who is in both. */
  readonly pairs: readonly { readonly first: number; readonly second: number; readonly both: Statement }[];
}

/** Prints all that a comparison runs. */
async function prepare(
  context: QueryContext,
  question: CompareQuestion,
  asked: readonly ComparedCohort[],
  prepareMetric: PrepareMetric,
): Promise<Prepared> {
  const cohorts: Prepared['cohorts'][number][] = [];
  for (const cohort of asked)
    cohorts.push({
      ...cohort,
      counting: printSizeStatement(context, cohort.membership),
      measuring: await (question.compared.kind === 'metric'
        ? prepareMetric(cohort)
        : prepareEvents(context, question, cohort)),
    });
  const pairs = asked.flatMap(({ membership: a }, first) =>
    asked.slice(first + 1).map(({ membership: b }, index) => ({
      first,
      second: first + 1 + index,
      both: printSizeStatement(context, {
        formula: { kind: 'and', parts: [a.formula, b.formula] },
        asOfMs: a.asOfMs,
      }),
    })),
  );
  return { cohorts, pairs };
}

const listStatements = ({ cohorts, pairs }: Prepared): Statement[] => [
  ...cohorts.flatMap(({ counting, measuring }) => [counting, ...measuring.statements]),
  ...pairs.map(({ both }) => both),
];

async function countPeople(context: QueryContext, statement: Statement) {
  const { rows, rowsRead } = await runStatement<{ size: number }>(context, statement);
  return { size: Number(rows[0]!.size), rowsRead };
}

/** Compares every pair of cohorts. @throws RequestError 422, before anything is run when it would read too much; EngineError */
export async function compareCohorts(
  context: QueryContext,
  question: CompareQuestion,
  asked: readonly ComparedCohort[],
  prepareMetric: PrepareMetric,
): Promise<CompareAnswer> {
  const startedMs = performance.now();
  const { compared, alpha } = question;
  const prepared = await prepare(context, question, asked, prepareMetric);
  for (const statement of listStatements(prepared))
    refuseOverLimit(context, await estimateStatement(context, statement));
  let rowsRead = 0;
  const isShare = compared.kind === 'events' && compared.measure.kind === 'converted';
  const cohorts: CompareAnswer['cohorts'][number][] = [];
  for (const { id, name, counting, measuring } of prepared.cohorts) {
    const counted = await countPeople(context, counting);
    const { people, rowsRead: own } = await measuring.measure(counted.size);
    cohorts.push({ id, name, size: counted.size, ...people });
    rowsRead += own + counted.rowsRead;
  }
  const tests = prepared.pairs.map(({ first, second }) =>
    compare(cohorts[first]!, cohorts[second]!, isShare, alpha),
  );
  const adjusted = adjustForMany(tests.flatMap((test) => (test ? [test.pValue] : [])));
  const comparisons: CompareAnswer['comparisons'][number][] = [];
  for (const [index, { first, second, both }] of prepared.pairs.entries()) {
    const test = tests[index]!;
    const p = test ? adjusted[tests.slice(0, index).filter(Boolean).length]! : null;
    const overlap = await countPeople(context, both);
    rowsRead += overlap.rowsRead;
    comparisons.push({
      first: cohorts[first]!.id,
      second: cohorts[second]!.id,
      difference: test?.difference ?? null,
      interval: test?.interval ?? null,
      uplift: test?.uplift ?? null,
      p_value: test?.pValue ?? null,
      adjusted_p_value: p,
      significant: p !== null && p <= alpha,
      overlap: overlap.size,
    });
  }
  return {
    cohorts,
    comparisons,
    test: isShare ? 'two_proportions' : 'welch',
    alpha,
    meta: createMeta(startedMs, rowsRead, await findNewestReceipt(context)),
  };
}

/** What comparing would run; nothing is run. @throws as compareCohorts */
export async function explainComparison(
  context: QueryContext,
  question: CompareQuestion,
  asked: readonly ComparedCohort[],
  prepareMetric: PrepareMetric,
): Promise<Explanation> {
  const prepared = await prepare(context, question, asked, prepareMetric);
  const { range, compared } = question;
  return explainStatements(context, listStatements(prepared), {
    source: 'raw',
    from: formatInstant(range.fromMs),
    to: formatInstant(range.toMs),
    compared: compared.kind === 'metric' ? 'the metric by person' : 'events by person',
    cohorts: prepared.cohorts.map(({ id, measuring }) => ({
      id,
      statements: 1 + measuring.statements.length,
    })),
    overlaps: prepared.pairs.length,
  });
}
