/**
 * Questions: each is a POST whose body is the question, answered or, with `?explain=1`, explained: plan, SQL, estimate and limit.
 */

import { answerChurnQuestion, explainChurnQuestion } from '../../predict/churn/run.js';
import { answerLtvQuestion, explainLtvQuestion } from '../../predict/ltv/run.js';
import { listEventsSeen } from '../../query/catalogue/events-seen.js';
import { listPropertiesSeen } from '../../query/catalogue/properties-seen.js';
import { analyzeFunnel } from '../../query/funnel/analyze.js';
import { explainPerson, explainPersonQuestion } from '../../query/funnel/explain-person.js';
import { answerFactors, explainFactors } from '../../query/funnel/factors.js';
import { explainFunnel } from '../../query/funnel/prepare.js';
import { answerWays, explainWays } from '../../query/funnel/ways.js';
import { answerLifecycle, explainLifecycle } from '../../query/lifecycle/lifecycle.js';
import { answerPaths, explainPaths } from '../../query/paths/paths.js';
import { readsOfFunnel, readsOfRetention, readsOfTrends } from '../../query/reads.js';
import { answerRetention, explainRetention } from '../../query/retention/run.js';
import { answerRevenue, explainRevenue } from '../../query/revenue/run.js';
import { answerSessions, explainSessions } from '../../query/sessions/answer.js';
import { answerStickiness, explainStickiness } from '../../query/stickiness/stickiness.js';
import { answerTrends, explainTrends } from '../../query/trends/answer.js';
import { answerQuestion, type QuestionAsked, readsAll } from '../answered.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';
import { createQueryContext } from '../question.js';
import { type App, requireScope } from '../route.js';
import { saveMembers, sendMembers } from './funnel-people.js';

/** One kind of question. All throw RequestError for what is wrong with it. Without `reads` its answers are not kept. */
type Question = Pick<QuestionAsked, 'answer' | 'explain' | 'reads'>;

const QUESTIONS: Readonly<Record<string, Question>> = {
  '/v1/analytics/trends': {
    answer: answerTrends,
    explain: explainTrends,
    reads: (_, asked) => readsOfTrends(asked),
  },
  '/v1/analytics/funnels/analyze': {
    answer: analyzeFunnel,
    explain: explainFunnel,
    reads: (_, asked) => readsOfFunnel(asked),
  },
  '/v1/analytics/retention': {
    answer: answerRetention,
    explain: explainRetention,
    reads: (_, asked) => readsOfRetention(asked),
  },
  '/v1/analytics/stickiness': { answer: answerStickiness, explain: explainStickiness, reads: readsAll },
  '/v1/analytics/lifecycle': { answer: answerLifecycle, explain: explainLifecycle, reads: readsAll },
  '/v1/analytics/paths': { answer: answerPaths, explain: explainPaths, reads: readsAll },
  '/v1/analytics/revenue': { answer: answerRevenue, explain: explainRevenue, reads: readsAll },
  '/v1/analytics/sessions': { answer: answerSessions, explain: explainSessions, reads: readsAll },
  '/v1/analytics/predictions/churn': { answer: answerChurnQuestion, explain: explainChurnQuestion },
  // Of a funnel that is not saved: what it made of one person, what people do between its steps, who converts.
  '/v1/analytics/funnels/explain': { answer: explainPerson, explain: explainPersonQuestion, reads: readsAll },
  '/v1/analytics/funnels/paths': { answer: answerWays, explain: explainWays, reads: readsAll },
  '/v1/analytics/funnels/factors': { answer: answerFactors, explain: explainFactors, reads: readsAll },
  '/v1/analytics/predictions/ltv': { answer: answerLtvQuestion, explain: explainLtvQuestion },
};

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
  const ask = async (c: AppContext, kind: string, question: Question) =>
    answerQuestion(c, deps, { kind, input: await readJson(c), ...question });
  // Of a funnel that is not saved: who reached or left a step.
  app.post('/v1/analytics/funnels/users', requireScope('read'), async (c) =>
    sendMembers(c, deps, { input: await readJson(c) }),
  );
  app.post('/v1/analytics/funnels/users/cohort', requireScope('define'), async (c) =>
    saveMembers(c, deps, { input: await readJson(c) }),
  );
  for (const [path, question] of Object.entries(QUESTIONS))
    app.post(path, requireScope('read'), (c) => ask(c, path, question));
}
