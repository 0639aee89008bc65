/** What every route module needs of the app that it is registered in. */
import type { Hono, MiddlewareHandler } from 'hono';
import { requireScope as checkScope } from '../access/access.js';
import type { Scope } from '../access/key.js';
import type { AppEnv } from './env.js';

export type App = Hono<AppEnv>;

/** Middleware of a route: 403 unless the request's key has the scope. */
export const requireScope =
  <Path extends string>(scope: Scope): MiddlewareHandler<AppEnv, Path> =>
  async (c, next) => {
    checkScope(c.var.access, scope);
    await next();
  };
