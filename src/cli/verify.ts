/** What `weir verify` does: the books of every project, and the ids of what does not add up. It only reads. */
import { createClickHouse } from '../clickhouse/client.js';
import { type Config, loadConfig } from '../config.js';
import { RequestError } from '../errors.js';
import type { RollupCheck } from '../ingest/integrity.js';
import { type HourReport, type VerifyReport, verifyProject } from '../ingest/verify.js';
import { listVerifiable } from '../ingest/verify-projects.js';
import { createMetadata } from '../metadata/metadata.js';
import { checkRollups } from '../metrics/rollup/check.js';
import { createRedis } from '../redis/client.js';
import { readPartitionCount } from '../stream/partition.js';
import { CommandError } from './command-error.js';
import { openStores, type Stores } from './stores.js';

/** How long Redis may take to answer. */
const REDIS_WAIT_MS = 10_000;

export interface VerifyFlags {
  project?: string;
  from?: string;
  to?: string;
  json?: boolean;
}

function readTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new CommandError(`--${name} ${text} is not a time such as 2026-01-31.`, 2);
  return ms;
}

const BOOKS = ['accepted', 'stored', 'duplicates', 'rejected', 'pending'] as const;

function describeBooks(hours: readonly HourReport[]): string {
  const [accepted, stored, duplicates, rejected, pending] = BOOKS.map((name) =>
    hours.reduce((sum, hour) => sum + hour[name], 0),
  );
  return `${accepted} accepted = ${stored} stored + ${duplicates} duplicates + ${rejected} rejected + ${pending} pending`;
}

/** A report for people: one line when all is well, else one for each finding. */
function* describeReport(report: VerifyReport): Generator<string, void, void> {
  const { project, hours } = report;
  yield `${project}: ${report.ok ? describeBooks(hours) : 'NOT OK'}; ${report.batches_compared} batches compared`;
  for (const hour of hours) if (!hour.ok) yield `  hour ${hour.hour}: not ${describeBooks([hour])}`;
  for (const { event_id, copies } of report.duplicated) {
    const where = copies.map((copy) => `batch ${copy.batch}, received ${copy.received_at}`).join('; ');
    yield `  event ${event_id} is stored ${copies.length} times: ${where}`;
  }
  for (const { batch, table, expected, found, payload_ids } of report.torn_batches)
    yield `  batch ${batch} has ${found} of ${expected} rows in ${table}: payloads ${payload_ids.join(', ')}`;
  for (const { payload_id, index, event_id, copies } of report.rejected_twice)
    yield `  rejected event ${index} of payload ${payload_id} (${event_id}) is kept ${copies} times`;
  for (const { name, ok } of report.rollups) if (!ok) yield `  rollup ${name}: not equal to the events`;
  if (report.truncated) yield '  there is more of it';
}

async function verifyAll(config: Config, stores: Stores, flags: VerifyFlags): Promise<VerifyReport[]> {
  const redis = createRedis(stores.redisUrl);
  const clickhouse = createClickHouse(stores.clickhouseUrl);
  const metadata = stores.databaseUrl === undefined ? undefined : createMetadata(stores.databaseUrl);
  const rollupChecks: RollupCheck[] = metadata
    ? [(project, from, to) => checkRollups({ run: metadata, clickhouse }, project, from, to)]
    : [];
  try {
    await redis.waitReady(REDIS_WAIT_MS);
    const partitions = await readPartitionCount(redis, config.stream.partitions);
    const { dedupWindowMs } = config;
    const stream = { options: { ...config.stream, partitions } };
    const deps = { redis, clickhouse, stream, dedupWindowMs, rollupChecks };
    const fromMs = readTime('from', flags.from);
    const toMs = readTime('to', flags.to);
    const span = {
      ...(fromMs === undefined ? {} : { fromMs }),
      ...(toMs === undefined ? {} : { toMs }),
    };
    const projects = flags.project === undefined ? await listVerifiable(deps, span) : [String(flags.project)];
    const reports: VerifyReport[] = [];
    for (const project of projects) reports.push(await verifyProject(deps, { project, ...span }));
    return reports;
  } catch (error) {
    throw error instanceof RequestError ? new CommandError(error.detail, 2) : error;
  } finally {
    await Promise.all([redis.close(), clickhouse.close(), metadata?.close()]);
  }
}

/** Prints what is found; exit code 1 when anything is wrong. Throws CommandError. */
export async function runVerify(flags: VerifyFlags): Promise<void> {
  const config = loadConfig(process.env);
  const stores = await openStores(config);
  try {
    const projects = await verifyAll(config, stores, flags);
    const ok = projects.every((one) => one.ok);
    if (flags.json) console.log(JSON.stringify({ ok, projects }, null, 2));
    else for (const report of projects) for (const line of describeReport(report)) console.log(line);
    if (!flags.json && projects.length === 0) console.log('Nothing was received in this time.');
    if (!ok) process.exitCode = 1;
  } finally {
    await stores.close();
  }
}
