/** Which routes a flag gates. Gated before scopes are looked at: who may not use a feature hears of the flag first. */
import type { MiddlewareHandler } from 'hono';
import type { FlagName } from '../flags/flag.js';
import type { AppDeps } from './deps.js';
import type { AppEnv } from './env.js';
import type { App } from './route.js';

interface FlaggedRoute {
  flag: FlagName;
  /** Hono's pattern; a trailing /* covers the path itself too. */
  path: string;
  /** Absent: every method. */
  methods?: readonly string[];
}

/** The ingest route /v1/analytics/events/custom is gated by its own entry in ingest/routes.ts. docs/flags.md lists all. */
const FLAGGED_ROUTES: readonly FlaggedRoute[] = [
  { flag: 'analytics.custom_events', path: '/v1/analytics/event-types/*', methods: ['POST', 'PUT'] },
  { flag: 'analytics.custom_metrics', path: '/v1/analytics/metrics/custom/*' },
  { flag: 'analytics.custom_metrics', path: '/v1/analytics/metrics/:id/schedule' },
  { flag: 'analytics.advanced_features', path: '/v1/analytics/paths/*' },
  { flag: 'analytics.advanced_features', path: '/v1/analytics/experiments/*' },
  { flag: 'analytics.advanced_features', path: '/v1/analytics/predictions/*' },
  { flag: 'analytics.advanced_features', path: '/v1/analytics/cohorts/:id/patterns' },
  { flag: 'analytics.advanced_features', path: '/v1/analytics/cohorts/:id/predictions' },
];

/** Middleware: 403 `feature_disabled` unless the flag is on for the request's key. */
const requireFlag =
  ({ flags }: AppDeps, { flag, methods }: FlaggedRoute): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    if (methods === undefined || methods.includes(c.req.method)) flags.require(c.var.access, flag);
    await next();
  };

export function gateFlaggedRoutes(app: App, deps: AppDeps): void {
  for (const route of FLAGGED_ROUTES) app.use(route.path, requireFlag(deps, route));
}
