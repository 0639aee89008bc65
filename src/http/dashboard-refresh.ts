/**
 * Keeps the answers of shared dashboards no older than their links allow: every REFRESH_MS one front of all asks their tiles' questions,
 * one after another, through the same routes and the same cache as everybody. What no batch has touched meanwhile costs a look.
 */
import { randomUUID } from 'node:crypto';
import { listShared, type SharedDashboard } from '../definitions/dashboards.js';
import type { AppDeps } from './deps.js';
import type { App } from './route.js';
import { composeTileRequest, grantAccess, SHARED_STALE_S } from './routes/dashboards.js';

const REFRESH_MS = SHARED_STALE_S * 1000;
/** Answers outlive the next refresh, which may take its time. */
const KEEP_MS = 2 * REFRESH_MS;
/** Dashboards of one round, at most 48 questions each; those that changed last go first. */
const DASHBOARDS_MAX = 50;
/** The time a round may take; what is left then is answered when somebody looks. */
const ROUND_MS = REFRESH_MS / 3;
const LOCK_KEY = 'weir:dashboards-refreshed';

export interface DashboardRefresh {
  /** Asks all tiles now, whoever did last; how many were answered. @throws MetadataError */
  runRound(): Promise<number>;
  close(): Promise<void>;
}

async function askTiles(app: App, shared: SharedDashboard, signal: AbortSignal): Promise<number> {
  let answered = 0;
  for (const tile of shared.tiles) {
    if (signal.aborted) break;
    const request = composeTileRequest(tile, 'http://localhost', signal);
    const { pathname: path, search } = new URL(request.url);
    const head = {
      method: request.method,
      path,
      query: search.slice(1),
      headers: new Map<string, string>(),
      address: '',
      hasBody: tile.body !== undefined,
    };
    const bindings = { requestId: randomUUID(), head, granted: grantAccess(shared), keepAnswerMs: KEEP_MS };
    const response = await app.request(request, undefined, bindings);
    await response.arrayBuffer();
    if (response.ok) answered += 1;
  }
  return answered;
}

/** Starts it. */
export function startDashboardRefresh(
  app: App,
  { metadata, redis, log }: Pick<AppDeps, 'metadata' | 'redis' | 'log'>,
): DashboardRefresh {
  const closing = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  const runRound = async (): Promise<number> => {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(ROUND_MS)]);
    let answered = 0;
    for (const shared of await listShared(metadata, DASHBOARDS_MAX)) {
      if (signal.aborted) break;
      answered += await askTiles(app, shared, signal);
    }
    return answered;
  };

  const runMine = async (): Promise<void> => {
    // A little less than the time between rounds, so that the next one is not missed by a moment.
    const lock = ['SET', LOCK_KEY, '1', 'NX', 'PX', String(REFRESH_MS - 10_000)];
    if ((await redis.command<string | null>(lock)) !== null) await runRound();
  };
  const timer = setInterval(() => {
    running = runMine().catch((error: unknown) => log.debug({ err: error }, 'dashboards were not refreshed'));
  }, REFRESH_MS);
  timer.unref();

  return {
    runRound,
    async close() {
      clearInterval(timer);
      closing.abort();
      await running;
    },
  };
}
