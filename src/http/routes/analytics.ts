/**
 * Questions: each is a POST whose body is the question, answered or, with `?explain=1`, explained: plan, SQL, estimate and limit.
 */

import { findCohorts } from '../../definitions/cohort-references.js';
import { answerChurnQuestion, explainChurnQuestion } from '../../predict/churn/run.js';
import { answerLtvQuestion, explainLtvQuestion } from '../../predict/ltv/run.js';
import { listEventsSeen } from '../../query/catalogue/events-seen.js';
import { listPropertiesSeen } from '../../query/catalogue/properties-seen.js';
import { openQueryContext, type QueryContext } from '../../query/context.js';
import { analyzeFunnel } from '../../query/funnel/analyze.js';
import { explainPerson } from '../../query/funnel/explain-person.js';
import { answerFactors } from '../../query/funnel/factors.js';
import { explainFunnel } from '../../query/funnel/prepare.js';
import { answerWays } from '../../query/funnel/ways.js';
import { answerLifecycle, explainLifecycle } from '../../query/lifecycle/lifecycle.js';
import { answerPaths, explainPaths } from '../../query/paths/paths.js';
import { answerRetention, explainRetention } from '../../query/retention/run.js';
import { answerRevenue, explainRevenue } from '../../query/revenue/run.js';
import { answerSessions, explainSessions } from '../../query/sessions/answer.js';
import { answerStickiness, explainStickiness } from '../../query/stickiness/stickiness.js';
import { answerTrends, explainTrends } from '../../query/trends/answer.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { type App, requireScope } from '../route.js';
import { saveMembers, sendMembers } from './funnel-people.js';

/** One kind of question. Both throw RequestError for what is wrong with it. */
interface Question {
  answer(context: QueryContext, input: unknown): Promise<object>;
  explain(context: QueryContext, input: unknown): Promise<object>;
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  '/v1/analytics/trends': { answer: answerTrends, explain: explainTrends },
  '/v1/analytics/funnels/analyze': { answer: analyzeFunnel, explain: explainFunnel },
  '/v1/analytics/retention': { answer: answerRetention, explain: explainRetention },
  '/v1/analytics/stickiness': { answer: answerStickiness, explain: explainStickiness },
  '/v1/analytics/lifecycle': { answer: answerLifecycle, explain: explainLifecycle },
  '/v1/analytics/paths': { answer: answerPaths, explain: explainPaths },
  '/v1/analytics/revenue': { answer: answerRevenue, explain: explainRevenue },
  '/v1/analytics/sessions': { answer: answerSessions, explain: explainSessions },
  '/v1/analytics/predictions/churn': { answer: answerChurnQuestion, explain: explainChurnQuestion },
  '/v1/analytics/predictions/ltv': { answer: answerLtvQuestion, explain: explainLtvQuestion },
};

/** What a question of this request may read and cost; it ends when the asker goes away. @throws EngineError */
export const createQueryContext = (c: AppContext, { clickhouse }: AppDeps): Promise<QueryContext> =>
  openQueryContext({ clickhouse, project: c.var.access.project, signal: c.req.raw.signal });

/** A question of this request: its context, and its cohorts found. @throws RequestError 422, EngineError, MetadataError */
export async function openQuestion(
  c: AppContext,
  deps: AppDeps,
  input: unknown,
): Promise<{ context: QueryContext; question: unknown }> {
  const context = await createQueryContext(c, deps);
  return { context, question: await findCohorts(deps.metadata, context, input) };
}

export const isExplain = (c: AppContext): boolean =>
  ['1', 'true', ''].includes(c.req.query('explain') ?? '0');

export function registerAnalyticsRoutes(app: App, deps: AppDeps): void {
  app.get('/v1/analytics/events/seen', requireScope('read'), async (c) =>
    c.json({ data: await listEventsSeen(await createQueryContext(c, deps)), next_cursor: null }),
  );
  app.get('/v1/analytics/properties/seen', requireScope('read'), async (c) =>
    c.json({
      data: await listPropertiesSeen(await createQueryContext(c, deps), c.req.queries('event') ?? []),
      next_cursor: null,
    }),
  );
  const ask = async (c: AppContext, answer: Question['answer']) => {
    const { context, question } = await openQuestion(c, deps, await readJson(c));
    return c.json(await answer(context, question));
  };
  // Of a funnel that is not saved: who reached or left a step, what it made of one person, what people do between, who converts.
  app.post('/v1/analytics/funnels/users', requireScope('read'), async (c) =>
    sendMembers(c, deps, await readJson(c)),
  );
  app.post('/v1/analytics/funnels/users/cohort', requireScope('define'), async (c) =>
    saveMembers(c, deps, await readJson(c)),
  );
  app.post('/v1/analytics/funnels/explain', requireScope('read'), async (c) => ask(c, explainPerson));
  app.post('/v1/analytics/funnels/paths', requireScope('read'), async (c) => ask(c, answerWays));
  app.post('/v1/analytics/funnels/factors', requireScope('read'), async (c) => ask(c, answerFactors));
  for (const [path, question] of Object.entries(QUESTIONS))
    app.post(path, requireScope('read'), (c) => ask(c, isExplain(c) ? question.explain : question.answer));
}
