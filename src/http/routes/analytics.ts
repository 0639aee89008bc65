/**
 * Questions: each is a POST whose body is the question, answered or, with `?explain=1`, explained: plan, SQL, estimate and limit.
 */
import { answerLtvQuestion, explainLtvQuestion } from '../../predict/ltv/run.js';
import { listEventsSeen } from '../../query/catalogue/events-seen.js';
import { listPropertiesSeen } from '../../query/catalogue/properties-seen.js';
import { openQueryContext, type QueryContext } from '../../query/context.js';
import { analyzeFunnel } from '../../query/funnel/analyze.js';
import { explainPerson } from '../../query/funnel/explain-person.js';
import { listMembers } from '../../query/funnel/members.js';
import { explainFunnel } from '../../query/funnel/prepare.js';
import { answerLifecycle, explainLifecycle } from '../../query/lifecycle/lifecycle.js';
import { answerPaths, explainPaths } from '../../query/paths/paths.js';
import { answerRetention, explainRetention } from '../../query/retention/run.js';
import { answerStickiness, explainStickiness } from '../../query/stickiness/stickiness.js';
import { answerTrends, explainTrends } from '../../query/trends/answer.js';
import { type App, requireScope } from '../app.js';
import type { AppDeps } from '../deps.js';
import type { AppContext } from '../env.js';
import { readJson } from '../json-body.js';

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
  '/v1/analytics/predictions/ltv': { answer: answerLtvQuestion, explain: explainLtvQuestion },
};

/** What a question of this request may read and cost; it ends when the asker goes away. @throws EngineError */
export const createQueryContext = (c: AppContext, { clickhouse }: AppDeps): Promise<QueryContext> =>
  openQueryContext({ clickhouse, project: c.var.access.project, signal: c.req.raw.signal });

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
  // Of a funnel that is not saved: who reached or left a step, and what it made of one person.
  app.post('/v1/analytics/funnels/users', requireScope('read'), async (c) =>
    c.json(await listMembers(await createQueryContext(c, deps), await readJson(c))),
  );
  app.post('/v1/analytics/funnels/explain', requireScope('read'), async (c) =>
    c.json(await explainPerson(await createQueryContext(c, deps), await readJson(c))),
  );
  for (const [path, question] of Object.entries(QUESTIONS))
    app.post(path, requireScope('read'), async (c) => {
      const input = await readJson(c);
      const context = await createQueryContext(c, deps);
      return c.json(
        await (isExplain(c) ? question.explain(context, input) : question.answer(context, input)),
      );
    });
}
