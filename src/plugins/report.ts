/**
 * What each ingest process says of its plugins, kept in Redis for the front: GET /v1/plugins, and the names that an event type's
 * validators may give. A report expires, so a process that died leaves nothing.
 */
import type { PluginDescriptor } from '../pipeline/plugin-call.js';
import type { Redis } from '../redis/client.js';

/** One hash for all processes; its fields are their names. */
const KEY = 'weir:plugins';
/** How long a report holds; it is written again well before. */
const REPORT_TTL_MS = 15_000;

export interface PluginErrorCount {
  plugin: string;
  code: string;
  count: number;
}

export interface PluginReport {
  /** When it was written, by the writer's clock: only the reader's age of it counts, so clocks must agree within seconds. */
  atMs: number;
  folder: string;
  /** The state of the folder that is in force; '' when none is. */
  revision: string;
  plugins: readonly PluginDescriptor[];
  /** Why the folder as it is now cannot be taken; '' when it can. */
  error: string;
  /** Since the process started. */
  errors: readonly PluginErrorCount[];
}

/** Writes a process's report. Throws StreamError. */
export async function writeReport(
  redis: Pick<Redis, 'command'>,
  consumer: string,
  report: PluginReport,
): Promise<void> {
  await redis.command(['HSET', KEY, consumer, JSON.stringify(report)]);
}

/** Every process's report, by its name; what is too old is removed. Throws StreamError. */
export async function readReports(redis: Pick<Redis, 'command'>): Promise<Map<string, PluginReport>> {
  const flat = await redis.command<string[] | Record<string, string>>(['HGETALL', KEY]);
  const pairs: [string, string][] = Array.isArray(flat)
    ? flat.flatMap((field, i) => (i % 2 === 0 ? [[field, flat[i + 1]!] as [string, string]] : []))
    : Object.entries(flat);
  const reports = new Map<string, PluginReport>();
  for (const [consumer, json] of pairs) {
    const report = JSON.parse(json) as PluginReport;
    if (Date.now() - report.atMs < REPORT_TTL_MS) reports.set(consumer, report);
    else await redis.command(['HDEL', KEY, consumer]);
  }
  return reports;
}

/** Validators that some process has loaded, by name. Throws StreamError. */
export async function listValidatorNames(redis: Pick<Redis, 'command'>): Promise<Set<string>> {
  const reports = await readReports(redis);
  const names = [...reports.values()].flatMap(({ plugins }) =>
    plugins.filter(({ kind }) => kind === 'validator').map(({ name }) => name),
  );
  return new Set(names);
}
