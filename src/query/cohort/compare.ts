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
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { printEvents } from '../people.js';
import { createParams, fillSql, type Printed, print } from '../printed.js';
import { runStatement, type Statement } from '../run.js';
import { answerSize, type SizeAnswer } from './answer.js';
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

/** What a metric's room answers for one cohort of this size. */
export type MeasureMetric = (cohort: ComparedCohort, size: number) => Promise<Measured>;

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
  const instant = (ms: number): Printed =>
    print`fromUnixTimestamp64Milli(${params.bind('Int64', ms)}, 'UTC')`;
  const sql = fillSql('clickhouse/cohort-events.sql', {
    value: printValue(compared.measure),
    project: params.bind('String', context.project),
    wanted: print`${printEventMatch(compared.match, params)} and timestamp >= ${instant(range.fromMs)} and timestamp < ${instant(range.toMs)}`,
    members: printMembers(membership, context, params),
    ...printEvents(context, params),
  });
  return { sql, params: params.values };
}

/** A row of the engine; the variance of one number is no number. */
export const readPeople = (row: {
  people: number;
  mean: number | null;
  variance: number | null;
}): People => ({
  count: Number(row.people),
  mean: Number(row.people) === 0 ? null : row.mean,
  variance: Number(row.people) < 2 ? null : row.variance,
});

async function measureEvents(
  context: QueryContext,
  question: CompareQuestion,
  { membership }: ComparedCohort,
  size: number,
): Promise<Measured> {
  const statement = printCohortEvents(context, question, membership);
  const { rows, rowsRead } = await runStatement<{
    people: number;
    mean: number | null;
    variance: number | null;
  }>(context, statement);
  const found = readPeople(rows[0]!);
  // Whoever did it after the cohort's instant only is no member, so nobody is found who is not.
  return { people: addSame(found, Math.max(0, size - found.count), 0), rowsRead };
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

const countBoth = (context: QueryContext, a: Membership, b: Membership): Promise<SizeAnswer> =>
  answerSize(context, { formula: { kind: 'and', parts: [a.formula, b.formula] }, asOfMs: a.asOfMs });

/** Compares every pair of cohorts. @throws RequestError 422, EngineError */
export async function compareCohorts(
  context: QueryContext,
  question: CompareQuestion,
  cohorts: readonly ComparedCohort[],
  measureMetric: MeasureMetric,
): Promise<CompareAnswer> {
  const startedMs = performance.now();
  const { compared, alpha } = question;
  let rowsRead = 0;
  const isShare = compared.kind === 'events' && compared.measure.kind === 'converted';
  const measured: (CompareAnswer['cohorts'][number] & { membership: Membership })[] = [];
  for (const cohort of cohorts) {
    const { id, name, membership } = cohort;
    const { size, meta } = await answerSize(context, membership);
    const { people, rowsRead: own } = await (compared.kind === 'metric'
      ? measureMetric(cohort, size)
      : measureEvents(context, question, cohort, size));
    measured.push({ id, name, membership, size, ...people });
    rowsRead += own + meta.rows_read;
  }
  const pairs = measured.flatMap((first, i) => measured.slice(i + 1).map((second) => ({ first, second })));
  const tests = pairs.map(({ first, second }) => compare(first, second, isShare, alpha));
  const told = tests.flatMap((test) => (test ? [test.pValue] : []));
  const adjusted = adjustForMany(told);
  const comparisons: CompareAnswer['comparisons'][number][] = [];
  for (const [index, { first, second }] of pairs.entries()) {
    const test = tests[index]!;
    const p = test ? adjusted[tests.slice(0, index).filter(Boolean).length]! : null;
    const both = await countBoth(context, first.membership, second.membership);
    rowsRead += both.meta.rows_read;
    comparisons.push({
      first: first.id,
      second: second.id,
      difference: test?.difference ?? null,
      interval: test?.interval ?? null,
      uplift: test?.uplift ?? null,
      p_value: test?.pValue ?? null,
      adjusted_p_value: p,
      significant: p !== null && p <= alpha,
      overlap: both.size,
    });
  }
  return {
    cohorts: measured.map(({ membership: _, ...cohort }) => cohort),
    comparisons,
    test: isShare ? 'two_proportions' : 'welch',
    alpha,
    meta: createMeta(startedMs, rowsRead, await findNewestReceipt(context)),
  };
}
