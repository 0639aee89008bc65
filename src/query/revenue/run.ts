/** Answers a revenue question. */
import { printNumber } from '../condition/print.js';
import type { QueryContext } from '../context.js';
import { printEventMatch } from '../event-match.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { type EventScope, printEvents } from '../people.js';
import { createParams, fillSql, type Params, type Printed, print } from '../printed.js';
import type { Restriction } from '../retention/print.js';
import { estimateStatement, refuseOverLimit, runStatement, type Statement } from '../run.js';
import { printBucketIndex } from '../time/index-of.js';
import { printUntil } from '../time/span.js';
import { assembleRevenue, type Cell, type RevenueTable } from './answer.js';
import { type MoneyMatch, type RevenueQuestion, readRevenueQuestion } from './request.js';

export type RevenueAnswer = RevenueTable & { readonly meta: Meta };

/** The number an event carries when it matches, 0 otherwise. */
const printAmount = (match: MoneyMatch, params: Params): Printed =>
  print`if(${printEventMatch(match, params)}, ifNull(${printNumber(match.value.property)}, 0), 0)`;

/** The statement whose rows are the cells; `restrict` says whose events are looked at. */
function printRevenue(question: RevenueQuestion, scope: EventScope, restrict?: Restriction): Statement {
  const { purchase, refund, start, range, bounds, periods } = question;
  const params = createParams();
  const names = [...new Set([...purchase.events, ...(start?.events ?? []), ...(refund?.events ?? [])])];
  const relevant = print`event in ${params.bind('Array(String)', names)} and ${printUntil(bounds[bounds.length - 1]!, params)}`;
  const amount = printAmount(purchase, params);
  const paid = print`greatest(${amount}, 0)`;
  const returned = refund ? print`abs(${printAmount(refund, params)})` : print`0`;
  const sql = fillSql('clickhouse/revenue.sql', {
    bucket: printBucketIndex(bounds, print`ms`, params),
    starts: start ? printEventMatch(start, params) : print`${paid} > 0`,
    amount: paid,
    refund: print`toFloat64(greatest(-${amount}, 0) + ${returned})`,
    project: params.bind('String', scope.project),
    ...printEvents(scope, params),
    relevant: restrict ? print`${relevant} and ${restrict(params)}` : relevant,
    from: params.bind('Int64', range.fromMs),
    to: params.bind('Int64', range.toMs),
    periods: params.bind('Int64', periods),
  });
  return { sql, params: params.values };
}

/** Answers `POST /v1/analytics/revenue`; `restrict` narrows it to some people. @throws RequestError 422, EngineError */
export async function answerRevenue(
  context: QueryContext,
  input: unknown,
  restrict?: Restriction,
): Promise<RevenueAnswer> {
  const startedMs = performance.now();
  const question = readRevenueQuestion(input);
  const statement = printRevenue(question, context, restrict);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows, rowsRead } = await runStatement<Cell>(context, statement);
  const newest = await findNewestReceipt(context);
  return { ...assembleRevenue(question, rows, newest), meta: createMeta(startedMs, rowsRead, newest) };
}

/** @throws RequestError 422, EngineError */
export const explainRevenue = (
  context: QueryContext,
  input: unknown,
  restrict?: Restriction,
): Promise<Explanation> =>
  explainStatements(context, [printRevenue(readRevenueQuestion(input), context, restrict)], {
    strategy: 'scan',
  });
