/**
 * GET /health/live says that this process runs; GET /health/ready says whether the whole can work, part by part, and what to
 * do about a part that cannot, or that works and should be looked at (`degraded`, which is still ready). Not ready is 503,
 * so that a load balancer understands it too. The front accepts events without ClickHouse and without Postgres; readiness
 * says so in `accepting`.
 */
import { BoundaryError } from '../../errors.js';
import { readIntegrityStates } from '../../ingest/integrity-state.js';
import { readLags } from '../../stream/lag.js';
import type { AppDeps } from '../deps.js';
import type { App } from '../route.js';

/** How long one part may take to answer. */
const PART_TIMEOUT_MS = 2_000;
/** Lag beyond which ingest counts as not keeping up. */
const LAG_MAX_MS = 60_000;
const INGEST_ADVICE =
  'Events are accepted and not stored. Check that "weir ingest" runs and that ClickHouse takes inserts.';

interface Part {
  /** `degraded`: it works, and a person should look at it. */
  status: 'ok' | 'degraded' | 'down';
  /** What is wrong and what to do; absent when nothing is. */
  detail?: string;
  elapsed_ms?: number;
  [fact: string]: unknown;
}

interface Check {
  advice: string;
  run(): Promise<Record<string, unknown>>;
}

async function runCheck({ advice, run }: Check): Promise<Part> {
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${PART_TIMEOUT_MS} ms`)), PART_TIMEOUT_MS);
  });
  try {
    const facts = await Promise.race([run(), late]);
    return { status: 'ok', elapsed_ms: Math.round(performance.now() - startedAt), ...facts };
  } catch (error) {
    // Messages of drivers may name hosts and users; codes are enough for a page anybody may read.
    const reason =
      error instanceof BoundaryError ? error.code : error instanceof Error ? error.message : String(error);
    return { status: 'down', detail: `${reason}. ${advice}` };
  } finally {
    clearTimeout(timer);
  }
}

async function checkIngest({ stream, redis }: AppDeps): Promise<Record<string, unknown>> {
  const depth = await stream.readDepth();
  const entries = depth.reduce((sum, partition) => sum + partition.entries, 0);
  const bytes = depth.reduce((sum, partition) => sum + partition.bytes, 0);
  const lagMs = Math.max(0, ...(await readLags(redis, stream)));
  const facts = { waiting_payloads: entries, waiting_bytes: bytes, lag_ms: lagMs };
  if (lagMs <= LAG_MAX_MS) return facts;
  const age = `the oldest of ${entries} waiting payloads is ${Math.round(lagMs / 1_000)} s old`;
  return { status: 'down', detail: `${age}. ${INGEST_ADVICE}`, ...facts };
}

/** Anybody may read this page, so projects are counted here and named by `weir verify`. */
async function checkBooks({ redis }: AppDeps): Promise<Record<string, unknown>> {
  const states = [...(await readIntegrityStates(redis)).values()];
  const wrong = states.filter(({ ok }) => !ok).length;
  if (wrong === 0) return { projects: states.length };
  return {
    status: 'degraded',
    detail: `the books of ${wrong} of ${states.length} projects do not balance. Run "weir verify", which names the events.`,
  };
}

export function registerHealthRoutes(app: App, deps: AppDeps): void {
  const checks: Readonly<Record<string, Check>> = {
    clickhouse: {
      advice:
        'Events are still accepted and wait in Redis; questions get 503. Check CLICKHOUSE_URL and that ClickHouse runs.',
      run: async () => {
        await deps.clickhouse.ping(PART_TIMEOUT_MS);
        return {};
      },
    },
    redis: {
      advice: 'No event can be accepted. Check REDIS_URL and that Redis runs.',
      run: async () => {
        await deps.redis.command(['PING']);
        return {};
      },
    },
    postgres: {
      advice:
        'Known keys go on working; keys and definitions cannot be changed. Check DATABASE_URL and that PostgreSQL runs.',
      run: async () => {
        await deps.metadata.ping();
        return {};
      },
    },
    ingest: {
      advice: INGEST_ADVICE,
      run: () => checkIngest(deps),
    },
    integrity: {
      advice: 'The books are kept in Redis. Check REDIS_URL and that Redis runs.',
      run: () => checkBooks(deps),
    },
  };

  app.get('/health/live', (c) => c.json({ status: 'ok' }));
  app.get('/health/ready', async (c) => {
    const names = Object.keys(checks);
    const results = await Promise.all(names.map((name) => runCheck(checks[name]!)));
    const parts = Object.fromEntries(names.map((name, i) => [name, results[i]!]));
    const ready = results.every((part) => part.status !== 'down') && !deps.stopping.aborted;
    const isDegraded = results.some((part) => part.status === 'degraded');
    const body = {
      status: ready ? (isDegraded ? 'degraded' : 'ok') : 'down',
      accepting: parts.redis?.status === 'ok' && !deps.stopping.aborted,
      parts,
    };
    return c.json(body, ready ? 200 : 503, ready ? {} : { 'Retry-After': '5' });
  });
}
