/** Runs a lifetime-value question: two aggregations in ClickHouse, the models on a thread. */

import { collectBytes, listBuffers } from '../../query/collected.js';
import { printCondition, printNumber } from '../../query/condition/print.js';
import type { QueryContext } from '../../query/context.js';
import { type Explanation, explainStatements } from '../../query/explain.js';
import { type EventScope, printEvents } from '../../query/people.js';
import {
  createParams,
  fillSql,
  type Params,
  type Printed,
  print,
  type SqlSlots,
} from '../../query/printed.js';
import { estimateStatements, refuseOverLimit, runStatement, type Statement } from '../../query/run.js';
import { runTask } from '../../query/task.js';
import { printSpan } from '../../query/time/span.js';
import type { ModelVersion } from '../kept-people.js';
import { CUSTOMERS_MAX } from './histories.js';
import { type LtvQuestion, parseLtvRequest } from './request.js';
import type { LtvTask, LtvTraining } from './task.js';

const formatDay = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** The purchases and days both statements share. */
function printShared(question: LtvQuestion, scope: EventScope, params: Params): SqlSlots {
  const bindDay = (day: number): Printed => print`toDate(${params.bind('String', formatDay(day))})`;
  return {
    project: params.bind('String', scope.project),
    ...printEvents(scope, params),
    event: params.bind('String', question.event),
    span: printSpan(question.range, params),
    timezone: params.bind('String', question.timezone),
    start_day: bindDay(question.startDay),
    split_day: bindDay(question.splitDay),
    condition: printCondition(question.condition, params),
  };
}

function printHistories(question: LtvQuestion, scope: EventScope): Statement {
  const params = createParams();
  const sql = fillSql('clickhouse/purchase-histories.sql', {
    ...printShared(question, scope, params),
    value: printNumber(question.value.property),
    rows_max: params.bind('UInt64', CUSTOMERS_MAX + 1),
  });
  return { sql, params: params.values };
}

function printRepeats(question: LtvQuestion, scope: EventScope): Statement {
  const params = createParams();
  const sql = fillSql('clickhouse/repeat-purchases.sql', {
    ...printShared(question, scope, params),
    unit_days: params.bind('UInt32', question.unitDays),
  });
  return { sql, params: params.values };
}

/** What it runs: each customer's purchases, and how often people came back in each unit of time. */
const printStatements = (question: LtvQuestion, scope: EventScope) =>
  [printHistories(question, scope), printRepeats(question, scope)] as const;

/** Trains the models; at most `limit` people come back with them, and with `keep` everybody in blocks. @throws RequestError 422 when there is too little to fit, EngineError */
export async function trainLtv(
  context: QueryContext,
  question: LtvQuestion,
  limit: number,
  keep?: ModelVersion,
): Promise<LtvTraining & { rowsRead: number }> {
  const statements = printStatements(question, context);
  const estimate = await estimateStatements(context, statements);
  refuseOverLimit(context, estimate);
  const histories = await collectBytes(context, statements[0]);
  const repeats = await runStatement<{ unit: number; repeats: number }>(context, statements[1]);
  const units = Math.ceil((question.endDay - question.startDay) / question.unitDays);
  const repeatsByUnit = Array.from({ length: units }, () => 0);
  for (const row of repeats.rows) repeatsByUnit[Number(row.unit)] = Number(row.repeats);
  const task: LtvTask = {
    histories,
    calibrationDays: question.splitDay - question.startDay,
    laterDays: question.endDay - question.splitDay,
    unitDays: question.unitDays,
    repeatsByUnit,
    limit,
    ...(keep && { keep }),
  };
  const training = await runTask<LtvTraining>('fit-ltv', task, listBuffers(histories));
  return { ...training, rowsRead: estimate.rows };
}

/** Answers the question for one project. Throws RequestError 422 when there is too little to fit, EngineError. */
export async function answerLtvQuestion(context: QueryContext, input: unknown) {
  const startMs = performance.now();
  const question = parseLtvRequest(input);
  const { answer, people, customers, sampled, rowsRead } = await trainLtv(context, question, question.limit);
  const meta = {
    source: 'raw',
    customers,
    sampled,
    unit: question.grain,
    rows_read: rowsRead,
    elapsed_ms: Math.round(performance.now() - startMs),
  };
  return { ...answer, predictions: people.map(({ person, shown }) => ({ person, ...shown })), meta };
}

/** What would run, and what it would read. Throws RequestError 422, EngineError. */
export function explainLtvQuestion(context: QueryContext, input: unknown): Promise<Explanation> {
  const question = parseLtvRequest(input);
  return explainStatements(context, printStatements(question, context), {
    strategy: 'fit',
    customers_max: CUSTOMERS_MAX,
    unit: question.grain,
  });
}
