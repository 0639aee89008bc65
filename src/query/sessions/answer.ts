/**
 * Answers the sessions question: how many, how long, how deep, where they begin and end, and how many are a single event.
 *
 * A session is the client's by its id, or ends after 30 minutes without any event of the person (event-rows.ts). Sessions are those of
 * the events in the range: one that goes on beyond an edge of it is cut there, as for every count of sessions.
 */
import { printCondition, printJson, printValueKey } from '../condition/print.js';
import type { QueryContext } from '../context.js';
import { findSessionKind, printEventRows, type RowColumn, type UnitKind } from '../event-rows.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import type { EventScope } from '../people.js';
import { createParams, fillSql, type Params, type Printed, print } from '../printed.js';
import { estimateStatements, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { formatInstant } from '../time/instant.js';
import { printBucket } from '../time/print.js';
import { readSessionsQuestion, type SessionsQuestion } from './request.js';

interface TableRow {
  readonly bucket: number;
  readonly rank: number;
  readonly value_key: string;
  readonly whole: number;
  readonly sessions: number;
  readonly users: number;
  readonly length_avg: number;
  readonly length_median: number;
  readonly length_p90: number;
  readonly depth_avg: number;
  readonly depth_median: number;
  readonly depth_p90: number;
  readonly bounces: number;
}

interface EndRow {
  readonly side: 'entry' | 'exit';
  readonly step: string;
  readonly sessions: number;
  readonly bounces: number;
}

/** Sessions and people; lengths in seconds; events of a session; share of sessions with a single event. */
const MEASURES = [
  'sessions',
  'users',
  'length_avg',
  'length_median',
  'length_p90',
  'depth_avg',
  'depth_median',
  'depth_p90',
  'bounce_rate',
] as const;
type Measures = Readonly<Record<(typeof MEASURES)[number], number | null>>;

export interface SessionEnd {
  /** An event type, or a value of `page`. */
  readonly value: unknown;
  readonly sessions: number;
  /** Of all sessions. */
  readonly share: number;
  /** Of those that begin (end) here, the share with a single event. */
  readonly bounce_rate: number;
}

export interface SessionsAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly totals: Measures;
  readonly entries: readonly SessionEnd[];
  readonly exits: readonly SessionEnd[];
  readonly meta: Meta;
}

const OTHER = '$other';
const NOTHING: Measures = {
  sessions: 0,
  users: 0,
  length_avg: null,
  length_median: null,
  length_p90: null,
  depth_avg: null,
  depth_median: null,
  depth_p90: null,
  bounce_rate: null,
};

function printSessions(
  question: SessionsQuestion,
  unit: UnitKind,
  scope: EventScope,
  params: Params,
): Printed {
  const { range, where, page, breakdown } = question;
  const properties = breakdown.map(({ property }) => property);
  const columns: RowColumn[] = [
    { name: print`person_id`, expression: print`person_key` },
    { name: print`step`, expression: page ? printJson(page.property, params) : print`toString(event)` },
    {
      name: print`value_key`,
      expression: properties.length > 0 ? printValueKey(properties, params) : print`''`,
    },
    { name: print`matched`, expression: print`toUInt8(${printCondition(where, params)})` },
  ];
  const request = { unit, scope, range, originMs: range.fromMs, columns, events: print`1` };
  return fillSql('clickhouse/sessions.sql', { rows: printEventRows(request, params) });
}

function printStatements(
  question: SessionsQuestion,
  unit: UnitKind,
  scope: EventScope,
): [Statement, Statement] {
  const { buckets, range } = question;
  const table = createParams();
  const ends = createParams();
  return [
    {
      sql: fillSql('clickhouse/sessions-table.sql', {
        sessions: printSessions(question, unit, scope, table),
        bucket: buckets.grain === 'all' ? print`0` : printBucket(buckets, print`begin`, range.fromMs),
        limit: table.bind('UInt32', question.breakdownLimit),
      }),
      params: table.values,
    },
    {
      sql: fillSql('clickhouse/sessions-ends.sql', {
        sessions: printSessions(question, unit, scope, ends),
        limit: ends.bind('UInt32', question.endsLimit),
      }),
      params: ends.values,
    },
  ];
}

function readMeasures(row: TableRow): Measures {
  const sessions = Number(row.sessions);
  if (sessions === 0) return NOTHING;
  return {
    sessions,
    users: Number(row.users),
    length_avg: row.length_avg / 1_000,
    length_median: row.length_median / 1_000,
    length_p90: row.length_p90 / 1_000,
    depth_avg: row.depth_avg,
    depth_median: row.depth_median,
    depth_p90: row.depth_p90,
    bounce_rate: Number(row.bounces) / sessions,
  };
}

function writeRows(
  { buckets, breakdown }: SessionsQuestion,
  rows: readonly TableRow[],
  newest: number | undefined,
): unknown[][] {
  const { bounds } = buckets;
  const cells = new Map(rows.map((row) => [`${row.rank} ${row.bucket}`, readMeasures(row)]));
  const keys = new Map(rows.map(({ rank, value_key }) => [Number(rank), value_key]));
  if (breakdown.length === 0) keys.set(1, '');
  const ranks = [...keys.keys()].sort(
    (a, b) => (a || Number.POSITIVE_INFINITY) - (b || Number.POSITIVE_INFINITY),
  );
  return ranks.flatMap((rank) => {
    const known =
      rank === 0 ? breakdown.map(() => OTHER) : breakdown.length === 0 ? [] : readKey(keys.get(rank)!);
    return bounds.slice(0, -1).map((start, bucket) => {
      const measures = cells.get(`${rank} ${bucket}`) ?? NOTHING;
      return [
        formatInstant(start),
        ...known,
        ...MEASURES.map((name) => measures[name]),
        newest !== undefined && bounds[bucket + 1]! < newest,
      ];
    });
  });
}

const readKey = (key: string): unknown[] => JSON.parse(key) as unknown[];

const writeEnds = (
  { page }: SessionsQuestion,
  rows: readonly EndRow[],
  side: EndRow['side'],
  total: number,
): SessionEnd[] =>
  rows
    .filter((row) => row.side === side)
    .map(({ step, sessions, bounces }) => ({
      value: page ? (JSON.parse(step) as unknown) : step,
      sessions: Number(sessions),
      share: Number(sessions) / total,
      bounce_rate: Number(bounces) / Number(sessions),
    }));

/** Answers `POST /v1/analytics/sessions`. @throws RequestError 422, EngineError */
export async function answerSessions(context: QueryContext, input: unknown): Promise<SessionsAnswer> {
  const startedMs = performance.now();
  const question = readSessionsQuestion(input);
  const unit = await findSessionKind(context, question.range);
  const statements = printStatements(question, unit, context);
  refuseOverLimit(context, await estimateStatements(context, statements));
  const [table, ends] = statements;
  const { rows, rowsRead } = await runStatement<TableRow>(context, table);
  const found = await runStatement<EndRow>(context, ends);
  const newest = await findNewestReceipt(context);
  const whole = rows.find((row) => Number(row.whole) === 1);
  const totals = whole ? readMeasures(whole) : NOTHING;
  const own = rows.filter((row) => Number(row.whole) === 0);
  return {
    columns: ['time', ...question.breakdown.map(({ name }) => name), ...MEASURES, 'complete'],
    rows: writeRows(question, own, newest),
    totals,
    entries: writeEnds(question, found.rows, 'entry', totals.sessions ?? 0),
    exits: writeEnds(question, found.rows, 'exit', totals.sessions ?? 0),
    meta: createMeta(startedMs, rowsRead + found.rowsRead, newest),
  };
}

/** @throws RequestError 422, EngineError */
export async function explainSessions(context: QueryContext, input: unknown): Promise<Explanation> {
  const question = readSessionsQuestion(input);
  const unit = await findSessionKind(context, question.range);
  return explainStatements(context, printStatements(question, unit, context), { strategy: 'scan', unit });
}
