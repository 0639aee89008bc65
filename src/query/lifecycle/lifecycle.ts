/**
 * Lifecycle: of the people active in a bucket, who is there for the first time in all history (new), was there in the bucket before
 * (returning), or was there earlier but not in the bucket before (resurrected); and who of the bucket before is missing (dormant).
 */
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
import type { Buckets, Range } from '../time/buckets.js';
import { createCalendar } from '../time/calendar.js';
import { formatInstant } from '../time/instant.js';
import { printBucket } from '../time/print.js';

const schema = v.strictObject({
  ...eventMatchEntries,
  from: v.string(),
  to: v.string(),
  grain: v.optional(
    v.picklist(
      ['hour', 'day', 'week', 'month', 'quarter', 'year'],
      'grain is one of: hour, day, week, month, quarter, year.',
    ),
    'day',
  ),
  timezone: timezoneSchema,
  week_start: weekStartSchema,
});

/** Earlier than any event that is taken. */
const BEGINNING_MS = Date.UTC(1900, 0, 1);

const STATES = ['new', 'returning', 'resurrected', 'dormant'] as const;

export interface LifecycleAnswer {
  columns: ['time', 'new', 'returning', 'resurrected', 'dormant', 'complete'];
  rows: [string, number, number, number, number, boolean][];
  meta: Meta;
}

interface Question {
  match: ReturnType<typeof readEventMatch>;
  /** What is read: all of history up to the end. */
  range: Range;
  fromMs: number;
  /** The bucket before the range, then those of the range. */
  buckets: Buckets;
}

function readQuestion(input: unknown): Question {
  const raw = parseRequest(schema, input);
  const { event, any_of, where, grain, timezone, week_start: weekStart } = raw;
  const asked = readRange(raw.from, raw.to, timezone);
  const calendar = createCalendar(grain, timezone, weekStart);
  const { bounds } = readBuckets(asked, grain, timezone, weekStart);
  const before = calendar.floor(bounds[0]! - 1);
  return {
    match: readEventMatch({ event, any_of, where }, 'event'),
    range: { fromMs: BEGINNING_MS, toMs: asked.toMs },
    fromMs: asked.fromMs,
    buckets: { grain, bounds: [before, ...bounds] },
  };
}

function printLifecycle({ match, range, fromMs, buckets }: Question, scope: EventScope): Statement {
  const params = createParams();
  const [origin, first] = buckets.bounds as [number, number];
  const named = print`event in ${params.bind('Array(String)', match.events)}`;
  const events = match.where ? print`${named} and ${printCondition(match.where, params)}` : named;
  const request = { unit: 'person', scope, range, originMs: origin, columns: [], events } as const;
  const sql = fillSql('clickhouse/lifecycle.sql', {
    rows: printEventRows(request, params),
    // What lies in the first bucket before the range is history.
    bucket: print`if(offset < 0 or (offset >= ${first - origin} and offset < ${fromMs - origin}), -1, ${printBucket(buckets, print`greatest(offset, 0)`, origin)})`,
    buckets: params.bind('UInt32', buckets.bounds.length - 1),
  });
  return { sql, params: params.values };
}

/** Answers `POST /v1/analytics/lifecycle`. @throws RequestError 422, EngineError */
export async function answerLifecycle(context: QueryContext, input: unknown): Promise<LifecycleAnswer> {
  const startedMs = performance.now();
  const question = readQuestion(input);
  const statement = printLifecycle(question, context);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows, rowsRead } = await runStatement<{ bucket: number; kind: number; users: number }>(
    context,
    statement,
  );
  const newest = await findNewestReceipt(context);
  const found = new Map(rows.map((row) => [`${row.bucket} ${row.kind}`, Number(row.users)]));
  const { bounds } = question.buckets;
  const table = bounds.slice(1, -1).map((start, i): LifecycleAnswer['rows'][number] => {
    const [fresh, returning, resurrected, dormant] = STATES.map(
      (_, kind) => found.get(`${i + 1} ${kind}`) ?? 0,
    ) as [number, number, number, number];
    return [
      formatInstant(start),
      fresh,
      returning,
      resurrected,
      dormant,
      newest !== undefined && bounds[i + 2]! < newest,
    ];
  });
  return {
    columns: ['time', ...STATES, 'complete'],
    rows: table,
    meta: createMeta(startedMs, rowsRead, newest),
  };
}

/** @throws RequestError 422, EngineError */
export const explainLifecycle = (context: QueryContext, input: unknown): Promise<Explanation> =>
  explainStatements(context, [printLifecycle(readQuestion(input), context)], {
    strategy: 'scan of all history',
  });
