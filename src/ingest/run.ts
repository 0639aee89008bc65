/**
 * The ingest process: takes its share of the partitions and stores what comes through them.
 *
 * One pool of threads for all partitions, each with at most a few batches in it, first come first served: a partition with
 * much to do cannot keep the others waiting for longer than those few batches. What shares a partition shares its order.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClickHouse } from '../clickhouse/client.js';
import type { Config } from '../config.js';
import { StreamError } from '../errors.js';
import { createIdentity } from '../identity/identity.js';
import { createMetadata } from '../metadata/metadata.js';
import { checkRollups } from '../metrics/rollup/check.js';
import { createPreparePool } from '../pool/prepare-pool.js';
import { checkRedis } from '../redis/check.js';
import { createRedis, type Redis } from '../redis/client.js';
import { createPartitionConsumer, type PartitionConsumer } from '../stream/consumer.js';
import { createMembership } from '../stream/membership.js';
import { fixPartitionCount } from '../stream/partition.js';
import { createLogger, type Logger } from '../telemetry/log.js';
import { collectProcessMetrics } from '../telemetry/metrics.js';
import { publishMetrics } from '../telemetry/publish.js';
import { watchVitals } from '../telemetry/vitals.js';
import { watchEventTypes } from './event-types.js';
import { createFingerprints } from './fingerprints.js';
import { watchIntegrity } from './integrity-watch.js';
import { createLeaseKeeper, type HeldLease } from './leases.js';
import { runPartition } from './partition-loop.js';
import { feedPlugins } from './plugins.js';
import { createRouting } from './routing.js';
import { createIngestTables } from './tables.js';
import { createIngestTelemetry, type IngestTelemetry } from './telemetry.js';

/** How long stop() lets sealed batches finish; what is left then is stored by whoever has the partition next. */
const STOP_TIMEOUT_MS = 10_000;
/** How often the backlog of the partitions held here is measured. */
const BACKLOG_INTERVAL_MS = 1_000;
/** How long one attempt to reach Redis at the start lasts before a line is logged. */
const START_ATTEMPT_MS = 5_000;

export type IngestConfig = Pick<
  Config,
  'clickhouseUrl' | 'redisUrl' | 'stream' | 'batch' | 'dedupWindowMs' | 'threads' | 'threadMemoryMb'
> &
  // Without databaseUrl there are no event types: every event is stored as it is.
  Partial<Pick<Config, 'plugins' | 'webhooks' | 'databaseUrl' | 'seat' | 'integrityCheckMs'>>;

export interface RunningIngest {
  /** Finishes what is sealed, gives the leases back, closes the connections; within STOP_TIMEOUT_MS. */
  stop(): Promise<void>;
}

function requireUrl(name: string, url: string | undefined): string {
  if (url !== undefined) return url;
  throw new Error(
    `${name} is not set: "weir ingest" needs CLICKHOUSE_URL and REDIS_URL; "weir up" starts what is missing.`,
  );
}

/** Waits until Redis answers and fits. Throws StreamError when it answers and does not fit. */
async function prepareRedis(redis: Redis, partitions: number, log: Logger): Promise<void> {
  for (;;) {
    try {
      await redis.waitReady(START_ATTEMPT_MS);
      for (const warning of (await checkRedis(redis)).warnings) log.warn(warning);
      return await fixPartitionCount(redis, partitions);
    } catch (error) {
      if (!(error instanceof StreamError && error.retryable)) throw error;
      log.warn({ err: error }, 'waiting for Redis');
      await sleep(BACKLOG_INTERVAL_MS);
    }
  }
}

/** Measures what waits in the partitions held here, until the returned function is called. */
function watchBacklog(
  consumers: readonly PartitionConsumer[],
  listHeld: () => readonly number[],
  telemetry: IngestTelemetry,
): () => void {
  const measure = async (): Promise<void> => {
    for (const partition of listHeld()) {
      const { lagMs, entries, bytes } = await consumers[partition]!.readBacklog();
      telemetry.backlog(partition, lagMs, entries, bytes);
    }
  };
  const timer = setInterval(() => measure().catch(() => {}), BACKLOG_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Starts consuming. Throws StreamError when Redis does not fit, an Error when a URL is missing; an engine that is away is waited for. */
export async function runIngest(config: IngestConfig): Promise<RunningIngest> {
  const log = createLogger('ingest');
  const redisUrl = requireUrl('REDIS_URL', config.redisUrl);
  const clickhouseUrl = requireUrl('CLICKHOUSE_URL', config.clickhouseUrl);
  const redis = createRedis(redisUrl);
  const clickhouse = createClickHouse(clickhouseUrl, { application: 'weir-ingest' });
  const seat = config.seat === undefined ? undefined : `${config.seat}/`;
  const consumerId = `${seat ?? `${hostname()}-`}${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await prepareRedis(redis, config.stream.partitions, log);
  } catch (error) {
    await redis.close();
    await clickhouse.close();
    throw error;
  }
  const pool = createPreparePool({ threads: config.threads, memoryMb: config.threadMemoryMb });
  const telemetry = createIngestTelemetry(log);
  const tables = createIngestTables(clickhouse);
  const identity = createIdentity(clickhouse);
  const consumers = Array.from({ length: config.stream.partitions }, (_, partition) =>
    createPartitionConsumer(redis, partition, config.stream),
  );
  const loops = new Set<Promise<void>>();

  function consume(lease: HeldLease): void {
    log.debug({ partition: lease.partition }, 'partition taken');
    const loop = runPartition({
      consumer: consumers[lease.partition]!,
      lease,
      redis,
      tables,
      identity,
      routing,
      pool,
      fingerprints: createFingerprints(config.dedupWindowMs),
      limits: config.batch,
      windowMs: config.dedupWindowMs,
      telemetry,
    }).finally(() => {
      loops.delete(loop);
      log.debug({ partition: lease.partition }, 'partition left');
    });
    loops.add(loop);
  }

  const keeper = createLeaseKeeper({
    redis,
    membership: createMembership(redis),
    consumers,
    consumerId,
    seat,
    onGained: consume,
    onError: (error) => telemetry.failed('leases', 'unexpected', error),
  });
  const metadata =
    config.databaseUrl === undefined
      ? undefined
      : createMetadata(config.databaseUrl, {
          onError: (error) => telemetry.failed('postgres', 'connection', error),
        });
  const eventTypes = watchEventTypes({ metadata, redis, pool, telemetry });
  const plugins =
    config.plugins && feedPlugins({ config: config.plugins, consumerId, redis, pool, telemetry });
  const routing = createRouting({
    metadata,
    allowPrivate: config.webhooks?.allowPrivate ?? false,
    partitions: config.stream.partitions,
    heldPartitions: () => keeper.held,
    clickhouse,
    redis,
    pool,
    telemetry,
  });
  let isStopping = false;
  // Nothing is taken before the event types, the plugins and the routes are known; events wait in the stream.
  void Promise.all([eventTypes.ready, plugins?.ready, routing.ready]).then(() => {
    if (!isStopping) keeper.start();
  });
  collectProcessMetrics();
  const stopPublishing = publishMetrics(redis, consumerId);
  const stopWatching = watchBacklog(consumers, () => keeper.held, telemetry);
  const vitals = watchVitals({ role: 'ingest', redis, callsWaiting: () => metadata?.callsWaiting() ?? 0 });
  const books = watchIntegrity({
    redis,
    clickhouse,
    stream: { options: config.stream },
    ...(metadata && {
      checkRollups: (project, from, to) => checkRollups({ run: metadata, clickhouse }, project, from, to),
    }),
    intervalMs: config.integrityCheckMs ?? 0,
    consumerId,
    log,
    onError: (error) => telemetry.failed('books', 'unexpected', error),
  });

  return {
    async stop() {
      isStopping = true;
      await keeper.stop(STOP_TIMEOUT_MS);
      stopWatching();
      stopPublishing();
      await vitals.close();
      const checked = books.stop();
      // Ends inserts under way: their batches are sealed, and whoever has the partition next asks the table.
      await clickhouse.close();
      await Promise.all([...loops, checked]);
      await pool.close();
      await eventTypes.close();
      await plugins?.close();
      await routing.close();
      await metadata?.close();
      await redis.close();
    },
  };
}
