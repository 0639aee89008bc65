/**
 * What happens to every request, whichever transport brought it: an id, the ingest routes on the short path, everything else
 * through Hono, a problem document for whatever is thrown, and the figures of /metrics.
 */
import { BoundaryError, RequestError } from '../errors.js';
import { errorsTotal, httpRequestSeconds } from '../telemetry/metrics.js';
import { answerByApp, nameRoute } from './bridge.js';
import type { AppDeps } from './deps.js';
import { createIngest } from './ingest/ingest.js';
import { INGEST_ROUTES } from './ingest/routes.js';
import { composeProblem, refuseMethod } from './problem.js';
import { chooseRequestId } from './request-id.js';
import type { App } from './route.js';
import { ClientGoneError, type Exchange, type Reply, type Serve } from './transport/exchange.js';

/** Write keys may be published, so any page may send events. */
const CORS_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'X-Request-Id, Retry-After',
} as const;

/** The status in figures of a request whose asker left before its answer. */
const CLIENT_GONE = 499;

/** How long a browser may remember the answer to its preflight request, seconds. */
const PREFLIGHT_MAX_AGE_S = 86_400;

const PREFLIGHT: Reply = {
  status: 204,
  headers: {
    'Access-Control-Allow-Methods': 'POST, OPTIONS',
    // Clients add headers of their own, such as X-Retry-Count when they try again; "*" covers all but Authorization.
    'Access-Control-Allow-Headers': 'Authorization, *',
    'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_S),
  },
  body: '',
};

const INGEST_METHODS = ['POST', 'OPTIONS'] as const;

/** Tells log and figures of a failure; nothing for what is the client's. */
export function reportFailure(error: unknown, requestId: string, unforeseen: boolean, deps: AppDeps): void {
  if (unforeseen) {
    errorsTotal.inc({ component: 'http', code: 'internal_error' });
    deps.log.error({ err: error, request_id: requestId }, 'a request failed unforeseen');
  } else if (error instanceof BoundaryError) {
    errorsTotal.inc({ component: error.name, code: error.code });
    deps.log.debug({ err: error, request_id: requestId }, 'an outside system failed a request');
  } else if (error instanceof RequestError) {
    errorsTotal.inc({ component: 'request', code: error.code });
  }
}

export function createServe(app: App, deps: AppDeps): Serve {
  const ingest = createIngest(deps);
  const routes = new Map(INGEST_ROUTES.map((route) => [route.path, route]));

  async function answerIngest(exchange: Exchange, requestId: string): Promise<Reply> {
    const { method, path } = exchange.head;
    if (method === 'OPTIONS') return PREFLIGHT;
    if (method !== 'POST') throw refuseMethod(method, path, INGEST_METHODS);
    return ingest(exchange, routes.get(path)!, requestId);
  }

  function finishIngest(exchange: Exchange, reply: Reply, requestId: string, startedAt: number): void {
    const { method, path } = exchange.head;
    exchange.reply({ ...reply, headers: { ...reply.headers, ...CORS_HEADERS, 'X-Request-Id': requestId } });
    httpRequestSeconds.observe(
      { route: path, method: routes.has(path) ? knownMethod(method) : 'OTHER', status: reply.status },
      (performance.now() - startedAt) / 1_000,
    );
  }

  async function serveIngest(exchange: Exchange, requestId: string, startedAt: number): Promise<void> {
    try {
      finishIngest(exchange, await answerIngest(exchange, requestId), requestId, startedAt);
    } catch (error) {
      if (error instanceof ClientGoneError) return;
      const { reply, unforeseen } = composeProblem(error, requestId);
      reportFailure(error, requestId, unforeseen, deps);
      finishIngest(exchange, reply, requestId, startedAt);
    }
  }

  async function serveApp(exchange: Exchange, requestId: string, startedAt: number): Promise<void> {
    let status = CLIENT_GONE;
    let route = 'none';
    try {
      ({ status, route } = await answerByApp(app, exchange, requestId));
      // What was computed for an asker who left, or failed because of that, is no answer.
      if (exchange.signal.aborted) status = CLIENT_GONE;
    } catch (error) {
      if (!(error instanceof ClientGoneError)) {
        const { reply, unforeseen } = composeProblem(error, requestId);
        reportFailure(error, requestId, unforeseen, deps);
        status = reply.status;
        route = nameRoute(app, exchange.head.method, exchange.head.path);
        exchange.reply({ ...reply, headers: { ...reply.headers, 'X-Request-Id': requestId } });
      }
    }
    httpRequestSeconds.observe(
      { route, method: knownMethod(exchange.head.method), status },
      (performance.now() - startedAt) / 1_000,
    );
  }

  return (exchange) => {
    const startedAt = performance.now();
    const requestId = chooseRequestId(exchange.head.headers.get('x-request-id'));
    if (routes.has(exchange.head.path)) void serveIngest(exchange, requestId, startedAt);
    else void serveApp(exchange, requestId, startedAt);
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A client may invent methods; the figures must not grow with them. */
const knownMethod = (method: string): string => (METHODS.has(method) ? method : 'OTHER');
