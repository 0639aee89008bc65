/** Runs a churn question: three aggregations in ClickHouse, whose bytes the thread reads, fits and judges. */
import { collectBytes, listBuffers } from '../../query/collected.js';
import type { QueryContext } from '../../query/context.js';
import { type Explanation, explainStatements } from '../../query/explain.js';
import { createMeta, findNewestReceipt } from '../../query/meta.js';
import { estimateStatement, refuseOverLimit, type Statement } from '../../query/run.js';
import { runTask } from '../../query/task.js';
import { formatInstant } from '../../query/time/instant.js';
import type { ModelVersion } from '../kept-people.js';
import { type ChurnQuestion, type Cut, parseChurnRequest } from './request.js';
import { PEOPLE_MAX, printFeatures } from './snapshot.js';
import type { ChurnTask, ChurnTraining } from './task.js';

const listStatements = (question: ChurnQuestion, context: QueryContext): Statement[] =>
  [question.cuts.learn, question.cuts.judge, question.cuts.predict].map((cut) =>
    printFeatures(question, cut, context),
  );

/** Trains a model; at most `limit` people come back with it, and with `keep` everybody in blocks. @throws RequestError 422, EngineError */
export async function trainChurn(
  context: QueryContext,
  question: ChurnQuestion,
  limit: number,
  keep?: ModelVersion,
): Promise<ChurnTraining & { rowsRead: number }> {
  const statements = listStatements(question, context);
  let rowsRead = 0;
  for (const statement of statements) {
    const estimate = await estimateStatement(context, statement);
    refuseOverLimit(context, estimate);
    rowsRead += estimate.rows;
  }
  const [learn, judge, predict] = [
    await collectBytes(context, statements[0]!),
    await collectBytes(context, statements[1]!),
    await collectBytes(context, statements[2]!),
  ];
  const task: ChurnTask = {
    learn,
    judge,
    predict,
    features: question.features,
    limit,
    ...(keep && { keep }),
  };
  const training = await runTask<ChurnTraining>('fit-churn', task, listBuffers(learn, judge, predict));
  return { ...training, rowsRead };
}

const showCut = ({ fromMs, cutMs, untilMs }: Cut) => ({
  from: formatInstant(fromMs),
  cut: formatInstant(cutMs),
  until: formatInstant(untilMs),
});

/** The spans a question comes to, as answers show them. */
export const showCuts = ({ cuts, horizonDays, lookBackDays }: ChurnQuestion) => ({
  horizon_days: horizonDays,
  look_back_days: lookBackDays,
  learnt: showCut(cuts.learn),
  judged: showCut(cuts.judge),
  predicted: showCut(cuts.predict),
});

/** Answers the question for one project. @throws RequestError 422, EngineError */
export async function answerChurnQuestion(context: QueryContext, input: unknown) {
  const startMs = performance.now();
  const question = parseChurnRequest(input);
  const { answer, people, sampled, rowsRead } = await trainChurn(context, question, question.limit);
  const meta = createMeta(startMs, rowsRead, await findNewestReceipt(context));
  return {
    ...answer,
    cuts: showCuts(question),
    predictions: people.map(({ person, shown }) => ({ person, ...shown })),
    meta: { ...meta, sampled, people_max: PEOPLE_MAX },
  };
}

/** What would run, and what it would read. @throws RequestError 422, EngineError */
export function explainChurnQuestion(context: QueryContext, input: unknown): Promise<Explanation> {
  const question = parseChurnRequest(input);
  return explainStatements(context, listStatements(question, context), {
    strategy: 'fit',
    people_max: PEOPLE_MAX,
    ...showCuts(question),
  });
}
