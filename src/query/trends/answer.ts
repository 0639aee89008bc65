/**
 * Answers a trends question with a table: time, event, one column a breakdown property, value, previous (when compared) and
 * complete. Rows are in the order of the series, within one by value (largest total first, "$other" last), within one by time.
 */
import type { QueryContext } from '../context.js';
import { findSessionKind, type UnitKind } from '../event-rows.js';
import type { Explanation } from '../explain.js';
import { explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { estimateStatement, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { formatInstant } from '../time/instant.js';
import { type Period, printSeries } from './print.js';
import { readTrendsQuestion, type Series, type TrendsQuestion } from './request.js';

export interface Table<TMeta> {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly meta: TMeta;
}

interface ResultRow {
  readonly bucket: number;
  readonly value: number | null;
  readonly rank?: number;
  readonly value_key_kept?: string;
}

const OTHER = '$other';

interface Planned {
  readonly series: Series;
  readonly unit: UnitKind;
  readonly statement: Statement;
  readonly previous: Statement | undefined;
}

async function plan(context: QueryContext, question: TrendsQuestion): Promise<Planned[]> {
  const periods: Period[] = [question, ...(question.previous ? [question.previous] : [])];
  const counted = question.series.some(({ measure }) => measure.kind === 'sessions');
  const kinds = counted ? await Promise.all(periods.map(({ range }) => findSessionKind(context, range))) : [];
  return question.series.map((series) => {
    const statements = periods.map((period, index) => {
      const unit = series.measure.kind === 'sessions' ? kinds[index]! : 'person';
      return { unit, statement: printSeries(question, series, period, unit, context) };
    });
    return {
      series,
      unit: statements[0]!.unit,
      statement: statements[0]!.statement,
      previous: statements[1]?.statement,
    };
  });
}

const listStatements = (planned: readonly Planned[]): Statement[] =>
  planned.flatMap(({ statement, previous }) => (previous ? [statement, previous] : [statement]));

export async function explainTrends(context: QueryContext, input: unknown): Promise<Explanation> {
  const question = readTrendsQuestion(input);
  const planned = await plan(context, question);
  return explainStatements(context, listStatements(planned), {
    source: 'raw',
    series: planned.map(({ series, unit }) => ({ label: series.label, measure: series.measure.kind, unit })),
    from: formatInstant(question.range.fromMs),
    to: formatInstant(question.range.toMs),
    buckets: question.buckets.bounds.length - 1,
    breakdown: question.breakdown.map(({ name }) => name),
  });
}

/** Answers `POST /v1/analytics/trends`. @throws RequestError 422 */
export async function answerTrends(context: QueryContext, input: unknown): Promise<Table<Meta>> {
  const startedMs = performance.now();
  const question = readTrendsQuestion(input);
  const planned = await plan(context, question);
  const newest = findNewestReceipt(context);
  newest.catch(() => undefined);
  const rows: unknown[][] = [];
  let rowsRead = 0;
  for (const one of planned) {
    const current = await run(context, one.statement);
    const previous = one.previous && (await run(context, one.previous));
    rowsRead += current.rowsRead + (previous?.rowsRead ?? 0);
    rows.push(...writeSeries(question, one.series, current.rows, previous?.rows, await newest));
  }
  return {
    columns: [
      'time',
      'event',
      ...question.breakdown.map(({ name }) => name),
      'value',
      ...(question.previous ? ['previous'] : []),
      'complete',
    ],
    rows,
    meta: createMeta(startedMs, rowsRead, await newest),
  };
}

async function run(context: QueryContext, statement: Statement) {
  refuseOverLimit(context, await estimateStatement(context, statement));
  return runStatement<ResultRow>(context, statement);
}

/** Values of one breakdown value, by bucket. */
interface Group {
  readonly key: string;
  readonly values: Map<number, number | null>;
}

/** Groups by rank; without a breakdown there is one, also when there are no rows. */
function groupRows(rows: readonly ResultRow[], broken: boolean): Map<number, Group> {
  const groups = new Map<number, Group>(broken ? [] : [[1, { key: '[]', values: new Map() }]]);
  for (const { bucket, value, rank = 1, value_key_kept = '[]' } of rows) {
    const group = groups.get(rank) ?? { key: value_key_kept, values: new Map<number, number | null>() };
    group.values.set(Number(bucket), value);
    groups.set(rank, group);
  }
  return groups;
}

/** Every bucket is there for every value: 0 where counts and sums found nothing, else null. */
function writeSeries(
  question: TrendsQuestion,
  series: Series,
  rows: readonly ResultRow[],
  previousRows: readonly ResultRow[] | undefined,
  newestReceipt: number | undefined,
): unknown[][] {
  const { bounds } = question.buckets;
  const broken = question.breakdown.length > 0;
  const current = groupRows(rows, broken);
  const previous = previousRows && groupRows(previousRows, broken);
  const ranks = [...new Set([...current.keys(), ...(previous?.keys() ?? [])])];
  ranks.sort((a, b) => (a || Number.POSITIVE_INFINITY) - (b || Number.POSITIVE_INFINITY));
  const nothing = ['count', 'users', 'sessions', 'sum'].includes(series.measure.kind) ? 0 : null;
  return ranks.flatMap((rank) => {
    const key = (current.get(rank) ?? previous?.get(rank))!.key;
    const values = rank === 0 ? question.breakdown.map(() => OTHER) : (JSON.parse(key) as unknown[]);
    return bounds
      .slice(0, -1)
      .map((start, bucket) => [
        formatInstant(start),
        series.label,
        ...values,
        current.get(rank)?.values.get(bucket) ?? nothing,
        ...(previous ? [previous.get(rank)?.values.get(bucket) ?? nothing] : []),
        newestReceipt !== undefined && bounds[bucket + 1]! < newestReceipt,
      ]);
  });
}
