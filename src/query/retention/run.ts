/** Answers a retention question. */
import type { QueryContext } from '../context.js';
import { type Explanation, explainStatements } from '../explain.js';
import { createMeta, findNewestReceipt, type Meta } from '../meta.js';
import { estimateStatement, refuseOverLimit, runStatement } from '../run.js';
import { assembleRetention, type Cell, type RetentionAnswer } from './answer.js';
import { fitsMask, needsTimesOnly, printRetention, type Restriction } from './print.js';
import { readRetentionQuestion } from './request.js';

/** `restrict` narrows the question to some people. @throws RequestError 422, EngineError */
export async function answerRetention(
  context: QueryContext,
  body: unknown,
  restrict?: Restriction,
): Promise<RetentionAnswer & { meta: Meta }> {
  const startedMs = performance.now();
  const question = readRetentionQuestion(body);
  const statement = printRetention(question, context, restrict);
  refuseOverLimit(context, await estimateStatement(context, statement));
  const { rows, rowsRead } = await runStatement<Cell>(context, statement);
  const newest = await findNewestReceipt(context);
  return { ...assembleRetention(question, rows, newest), meta: createMeta(startedMs, rowsRead, newest) };
}

/** What would run, and what it would cost. @throws RequestError 422, EngineError */
export async function explainRetention(
  context: QueryContext,
  body: unknown,
  restrict?: Restriction,
): Promise<Explanation> {
  const question = readRetentionQuestion(body);
  const statement = printRetention(question, context, restrict);
  return explainStatements(context, [statement], {
    strategy: fitsMask(question) ? 'mask' : needsTimesOnly(question) ? 'times' : 'buckets',
    mode: question.mode,
    rows: question.rowCount,
    periods: question.periods,
  });
}
