/** Whom there is something to verify of. */
import { loadSql } from '../clickhouse/sql-file.js';
import { listCountedProjects } from '../stream/counters.js';
import { widenSpan } from './integrity.js';
import type { VerifyDeps, VerifyRequest } from './verify.js';

/** Projects with anything counted, stored or rejected in a span, by name. Throws RequestError, StreamError, EngineError. */
export async function listVerifiable(
  deps: Pick<VerifyDeps, 'redis' | 'clickhouse' | 'stream'>,
  request: Omit<VerifyRequest, 'project'>,
): Promise<string[]> {
  const { options } = deps.stream;
  const { fromMs, toMs } = widenSpan(request, options.countersTtlMs);
  const [counted, { rows }] = await Promise.all([
    listCountedProjects(deps.redis, options, fromMs, toMs),
    deps.clickhouse.query<{ project: string }>(loadSql('clickhouse/verify-projects.sql'), {
      params: { from: fromMs, to: toMs },
    }),
  ]);
  return [...new Set([...counted, ...rows.map((row) => row.project)])].sort();
}
