/**
 * The Hono app: everything but ingest. Under /v1 each request has a key, is counted, and then reaches its route, which says
 * the scope it needs. Whatever a route throws becomes a problem document here.
 */
import { Hono } from 'hono';
import type { Access } from '../access/access.js';
import { findKey } from '../access/credential.js';
import { refuseRate } from '../access/rate-limit.js';
import { RequestError } from '../errors.js';
import { findRoutes } from './bridge.js';
import type { AppDeps } from './deps.js';
import type { AppContext, AppEnv } from './env.js';
import { gateFlaggedRoutes } from './flagged-routes.js';
import { answerMissingPage, wantsPage } from './missing-page.js';
import { composeProblem, refuseMethod, refuseMissingKey, refuseUnknownKey } from './problem.js';
import type { App } from './route.js';
import { registerAlertRoutes } from './routes/alerts.js';
import { registerAnalyticsRoutes } from './routes/analytics.js';
import { registerBatchRoutes } from './routes/batches.js';
import { registerCalibrationRoute } from './routes/calibration.js';
import { registerCohortPatternRoutes } from './routes/cohort-patterns.js';
import { registerCohortPeopleRoutes } from './routes/cohort-people.js';
import { registerCohortQuestionRoutes } from './routes/cohort-questions.js';
import { registerCohortRoutes } from './routes/cohorts.js';
import { registerCustomMetricRoutes } from './routes/custom-metrics.js';
import { registerDashboardRoutes } from './routes/dashboard.js';
import { registerDashboardsRoutes, registerSharedRoutes } from './routes/dashboards.js';
import { registerDocRoutes } from './routes/docs.js';
import { registerEventRouteRoutes } from './routes/event-routes.js';
import { registerEventTypeRoutes } from './routes/event-types.js';
import { registerExperimentRoutes } from './routes/experiments.js';
import { registerFlagRoutes } from './routes/flags.js';
import { registerFunnelRoutes } from './routes/funnels.js';
import { registerHealthRoutes } from './routes/health.js';
import { registerIntegrityRoute } from './routes/integrity.js';
import { registerKeyRoutes } from './routes/keys.js';
import { registerMetricScheduleRoutes } from './routes/metric-schedules.js';
import { registerMetricsRoute } from './routes/metrics.js';
import { registerPluginRoute } from './routes/plugins.js';
import { registerPredictiveModelRoutes } from './routes/predictive-models.js';
import { registerProjectFlagRoutes } from './routes/project-flags.js';
import { registerProjectRoutes } from './routes/projects.js';
import { registerQueryRoute } from './routes/query.js';
import { registerRealtimeRoutes } from './routes/realtime.js';
import { registerRejectedEventRoutes } from './routes/rejected-events.js';
import { registerUserRoutes } from './routes/users.js';
import { reportFailure } from './serve.js';

async function findAccess(c: AppContext, deps: AppDeps): Promise<Access> {
  const key = findKey((name) => c.req.header(name));
  if (key === undefined) throw refuseMissingKey();
  const access = await deps.keyRing.findFresh(key);
  if (!access) throw refuseUnknownKey();
  return access;
}

async function authenticate(c: AppContext, deps: AppDeps): Promise<Access> {
  const access = c.env.granted ?? (await findAccess(c, deps));
  const rate = await deps.rateLimiter.count(access, 'query');
  if (!rate.allowed) throw refuseRate(rate);
  return access;
}

export function createApp(deps: AppDeps): App {
  const app: App = new Hono<AppEnv>();

  const answerProblem = (error: unknown, c: AppContext): Response => {
    const { requestId } = c.env;
    const { reply, unforeseen } = composeProblem(error, requestId);
    // What fails because its asker left is nobody's fault.
    if (!c.req.raw.signal.aborted) reportFailure(error, requestId, unforeseen, deps);
    for (const [name, value] of Object.entries(reply.headers)) c.header(name, value);
    return c.newResponse(reply.body as string, reply.status as 500);
  };

  app.onError((error, c) => answerProblem(error, c));
  app.notFound((c) => {
    const { path, method } = c.req;
    const allow = [...new Set(findRoutes(app, path).map((route) => route.method))];
    if (allow.length > 0) {
      if (allow.includes('GET')) allow.push('HEAD');
      return answerProblem(refuseMethod(method, path, allow), c);
    }
    const error = new RequestError(
      404,
      'not_found',
      `There is nothing at ${path.slice(0, 200)}; /docs lists what there is.`,
    );
    if (!wantsPage(c)) return answerProblem(error, c);
    reportFailure(error, c.env.requestId, false, deps);
    return answerMissingPage(c, error.detail);
  });

  registerHealthRoutes(app, deps);
  registerMetricsRoute(app, deps);
  registerFlagRoutes(app);
  registerDocRoutes(app);
  registerDashboardRoutes(app);
  registerSharedRoutes(app, deps);

  app.use('/v1/*', async (c, next) => {
    c.set('access', await authenticate(c, deps));
    await next();
  });
  gateFlaggedRoutes(app, deps);
  registerBatchRoutes(app, deps);
  registerIntegrityRoute(app, deps);
  registerRejectedEventRoutes(app, deps);
  registerKeyRoutes(app, deps);
  registerProjectRoutes(app, deps);
  registerProjectFlagRoutes(app, deps);
  registerPluginRoute(app, deps);
  registerEventRouteRoutes(app, deps);
  registerEventTypeRoutes(app, deps);
  registerQueryRoute(app, deps);
  registerAnalyticsRoutes(app, deps);
  registerCalibrationRoute(app, deps);
  registerFunnelRoutes(app, deps);
  registerExperimentRoutes(app, deps);
  registerDashboardsRoutes(app, deps);
  registerCustomMetricRoutes(app, deps);
  registerAlertRoutes(app, deps);
  registerMetricScheduleRoutes(app, deps);
  registerCohortPatternRoutes(app, deps);
  registerPredictiveModelRoutes(app, deps);
  registerCohortRoutes(app, deps);
  registerUserRoutes(app, deps);
  registerCohortPeopleRoutes(app, deps);
  registerCohortQuestionRoutes(app, deps);
  registerRealtimeRoutes(app, deps);
  return app;
}
