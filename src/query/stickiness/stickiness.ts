/** Stickiness: in how many of the range's days (weeks, months) do people do something? */
import * as v from 'valibot';
import { printCondition } from '../condition/print.js';
import type { QueryContext } from '../context.js';
import { printEventRows } from '../event-rows.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import type { EventScope } from '../people.js';
import { createParams, fillSql, print } from '../printed.js';
import {
  eventMatchEntries,
  parseRequest,
  readBuckets,
  readEventMatch,
  readRange,
  timezoneSchema,
  weekStartSchema,
} from '../request.js';
import { estimateStatement, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { printBucket } from '../time/print.js';

const schema = v.strictObject({
  ...eventMatchEntries,
  from: v.string(),
  to: v.string(),
  grain: v.optional(
    v.picklist(['hour', 'day', 'week', 'month'], 'grain is one of: hour, day, week, month.'),
    'day',
  ),
  timezone: timezoneSchema,
  week_start: weekStartSchema,
});

export interface StickinessAnswer {
  /** Number of intervals with an event, and the people who have just so many. */
  columns: ['intervals', 'users'];
  rows: [number, number][];
  users: number;
  mean_intervals: number | null;
  meta: Meta;
}

function readQuestion(input: unknown) {
  const raw = parseRequest(schema, input);
  const { event, any_of, where } = raw;
  const range = readRange(raw.from, raw.to, raw.timezone);
  return {
    match: readEventMatch({ event, any_of, where }, 'event'),
    range,
    buckets: readBuckets(range, raw.grain, raw.timezone, raw.week_start),
  };
}

type Question = ReturnType<typeof readQuestion>;

function printStickiness({ match, range, buckets }: Question, scope: EventScope): Statement {
  const params = createParams();
  const named = print`event in ${params.bind('Array(String)', match.events)}`;
  const events = match.where ? print`${named} and ${printCondition(match.where, params)}` : named;
  const request = { unit: 'person', scope, range, originMs: range.fromMs, columns: [], events } as const;
  const sql = fillSql('clickhouse/stickiness.sql', {
    rows: printEventRows(request, params),
    bucket: printBucket(buckets, print`offset`, range.fromMs),
  });
  return { sql, params: params.values };
}

/** Answers `POST /v1/analytics/stickiness`. @throws RequestError 422, EngineError */
export async function answerStickiness(context: QueryContext, input: unknown): Promise<StickinessAnswer> {
  const startedMs = performance.now();
  const question = readQuestion(input);
  const statement = printStickiness(question, context);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows, rowsRead } = await runStatement<{ intervals: number; users: number }>(context, statement);
  const found = new Map(rows.map((row) => [Number(row.intervals), Number(row.users)]));
  const table = Array.from({ length: question.buckets.bounds.length - 1 }, (_, i): [number, number] => [
    i + 1,
    found.get(i + 1) ?? 0,
  ]);
  const users = table.reduce((sum, [, count]) => sum + count, 0);
  const intervals = table.reduce((sum, [number, count]) => sum + number * count, 0);
  return {
    columns: ['intervals', 'users'],
    rows: table,
    users,
    mean_intervals: users === 0 ? null : intervals / users,
    meta: createMeta(startedMs, rowsRead, await findNewestReceipt(context)),
  };
}

/** @throws RequestError 422, EngineError */
export const explainStickiness = (context: QueryContext, input: unknown): Promise<Explanation> =>
  explainStatements(context, [printStickiness(readQuestion(input), context)], { strategy: 'scan' });
