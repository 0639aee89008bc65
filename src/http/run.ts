/**
 * The front as a process: opens what it needs, listens, and stops in order. It comes up without ClickHouse (events are accepted,
 * questions get 503) and without Postgres if keys come within the wait; it does not come up without Redis, because nothing
 * could be made durable.
 */
import { setMaxListeners } from 'node:events';
import { createKeyCopy } from '../access/key-copy.js';
import { createKeyRing } from '../access/key-ring.js';
import { createRateLimiter } from '../access/rate-limit.js';
import { startAlerting } from '../alerting/services.js';
import { createAnswerCache } from '../cache/answers.js';
import { createClickHouse } from '../clickhouse/client.js';
import type { Config } from '../config.js';
import { createCohortRefresher } from '../definitions/cohort-refresh.js';
import { createLiveRegistry } from '../event-types/live-registry.js';
import { createUsageSources } from '../event-types/usage-sources.js';
import { createLiveFlags } from '../flags/live-flags.js';
import { createMetadata } from '../metadata/metadata.js';
import { startMetricServices } from '../metrics/services.js';
import { createMetricSources } from '../metrics/sources.js';
import { createMetricUsage } from '../metrics/usage.js';
import { createTrainingRunner } from '../predict/models/runner.js';
import { createQueryHistory } from '../query/calibration/history.js';
import { createSqlRunner } from '../query/sql/run.js';
import { LiveHub } from '../realtime/hub.js';
import { createRedis } from '../redis/client.js';
import { readRelease } from '../release.js';
import { createLiveRoutes } from '../routing/store.js';
import { createStream } from '../stream/stream.js';
import { createLogger, type Logger } from '../telemetry/log.js';
import { collectProcessMetrics, errorsTotal } from '../telemetry/metrics.js';
import { createWebhookSender } from '../webhook/sender.js';
import { createApp } from './app.js';
import { startDashboardRefresh } from './dashboard-refresh.js';
import type { AppDeps } from './deps.js';
import { measureClickHouse, measureStream } from './measured.js';
import { createSocketServe } from './realtime/sockets.js';
import { createServe } from './serve.js';
import { TRANSPORT_LIMITS } from './transport/exchange.js';
import { openTransport } from './transport/open.js';

/** How long the start waits for Redis, and for the first list of keys. */
const START_WAIT_MS = 10_000;
/** How long requests that run may take once the front was told to stop. */
const STOP_GRACE_MS = 15_000;

export interface Api {
  url: string;
  /** Stops accepting, answers what was accepted, closes everything. */
  stop(): Promise<void>;
}

function requireUrl(name: string, url: string | undefined): string {
  if (url !== undefined) return url;
  throw new Error(
    `${name} is not set: "weir api" needs CLICKHOUSE_URL, REDIS_URL and DATABASE_URL; "weir up" starts what is missing.`,
  );
}

function createReporter(log: Logger, component: string): (error: Error) => void {
  return (error) => {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
    errorsTotal.inc({ component, code });
    log.debug({ err: error }, `${component} failed`);
  };
}

const settleWithin = async (work: Promise<unknown>, ms: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
};

/** Starts the front. Throws StreamError when Redis cannot be reached, an Error when the port is taken or a URL is missing. */
export async function runApi(config: Config): Promise<Api> {
  const log = createLogger('http');
  collectProcessMetrics();
  const redis = createRedis(requireUrl('REDIS_URL', config.redisUrl), {
    onError: createReporter(log, 'redis'),
  });
  const metadata = createMetadata(requireUrl('DATABASE_URL', config.databaseUrl), {
    onError: createReporter(log, 'postgres'),
  });
  const clickhouseUrl = requireUrl('CLICKHOUSE_URL', config.clickhouseUrl);
  const clickhouse = measureClickHouse(createClickHouse(clickhouseUrl));
  const sql = createSqlRunner(clickhouseUrl);
  const keyRing = createKeyRing(metadata, {
    copy: createKeyCopy(redis),
    onError: createReporter(log, 'postgres'),
  });
  // Nobody asks it here: it leaves the copy that a worker starts with while Postgres is away.
  const routes = createLiveRoutes({ metadata, redis, onError: createReporter(log, 'postgres') });
  const flags = createLiveFlags(metadata, redis, createReporter(log, 'postgres'));
  const registry = createLiveRegistry({ metadata, redis, onError: createReporter(log, 'event-types') });
  const stopping = new AbortController();
  // Every request that waits for storage listens to it.
  setMaxListeners(0, stopping.signal);
  const closers: (() => Promise<unknown>)[] = [
    () => keyRing.close(),
    () => registry.close(),
    () => flags.close(),
    () => routes.close(),
    () => metadata.close(),
    () => clickhouse.close(),
    () => sql.close(),
    () => redis.close(),
  ];
  try {
    await redis.waitReady(START_WAIT_MS);
    const stream = measureStream(await createStream(redis, config.stream));
    closers.unshift(() => stream.close());
    const known = Promise.all([keyRing.ready, registry.ready, flags.ready]);
    if (!(await settleWithin(known, START_WAIT_MS))) {
      log.warn('keys and event types could not be read from Postgres yet; requests get 503 until keys are');
    }
    const { partitions } = config.stream;
    const metrics = createMetricSources(metadata, registry, { redis, partitions });
    const live = new LiveHub({ clickhouse, redis, metadata, metrics, partitions }, log);
    closers.unshift(() => live.close());
    const services = startMetricServices({
      metadata,
      registry,
      clickhouse,
      redis,
      partitions: config.stream.partitions,
      onError: createReporter(log, 'metrics'),
    });
    closers.unshift(() => services.close());
    const alerting = startAlerting({
      clickhouse,
      metadata,
      metrics,
      redis,
      stream,
      sender: createWebhookSender(config.webhooks),
      listener: live,
      onError: createReporter(log, 'alerting'),
    });
    closers.unshift(() => alerting.close());
    const answers = createAnswerCache({ redis, partitions, release: readRelease() });
    const queries = createQueryHistory(metadata, createReporter(log, 'postgres'));
    closers.unshift(
      () => answers.close(),
      () => queries.close(),
    );
    const deps: AppDeps = {
      config,
      clickhouse,
      redis,
      stream,
      metadata,
      keyRing,
      rateLimiter: createRateLimiter(),
      flags,
      rules: () => registry.rules(),
      registry,
      usageSources: [...createUsageSources(metadata), createMetricUsage(metadata)],
      answers,
      queries,
      sql,
      live,
      log,
      stopping: stopping.signal,
    };
    const intervalMs = config.cohortRefreshMs;
    const refresher = createCohortRefresher({ metadata, clickhouse, redis, partitions, log, intervalMs });
    closers.unshift(() => refresher.stop());
    const trainings = createTrainingRunner({
      metadata,
      clickhouse,
      onError: createReporter(log, 'predictions'),
    });
    closers.unshift(() => trainings.close());
    const app = createApp(deps);
    const refresh = startDashboardRefresh(app, deps);
    closers.unshift(() => refresh.close());
    const opened = await openTransport(
      config.transport,
      {
        host: config.host,
        port: config.port,
        serve: createServe(app, deps),
        sockets: createSocketServe(deps, live),
        trustedProxies: config.trustedProxies,
        limits: { ...TRANSPORT_LIMITS, socketIdleMs: config.socketIdleMs },
      },
      log,
    );
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    const url = `http://${host}:${opened.port}`;
    log.info({ url, transport: opened.name }, 'listening');
    return {
      url,
      async stop() {
        stopping.abort();
        // Sockets hear why they are closed while the transport still sends.
        await live.close();
        await opened.stop(STOP_GRACE_MS);
        for (const close of closers) await close();
      },
    };
  } catch (error) {
    for (const close of closers) await close().catch(() => {});
    throw error;
  }
}
