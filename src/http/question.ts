/** A question of a request: what it may read and cost, and the cohorts it names. */
import type { Access } from '../access/access.js';
import { findCohorts } from '../definitions/cohort-references.js';
import { DEFAULT_LIMITS, openQueryContext, type QueryContext, type QueryLimits } from '../query/context.js';
import type { AppDeps } from './deps.js';
import type { AppContext } from './env.js';

/** What one question of a key may cost: the smaller of what the key and its project allow. */
export const readLimits = ({ limits, settings }: Access): QueryLimits => ({
  ...DEFAULT_LIMITS,
  maxRowsToRead: Math.min(
    limits.max_rows_to_read ?? DEFAULT_LIMITS.maxRowsToRead,
    settings.quotas?.max_rows_to_read ?? DEFAULT_LIMITS.maxRowsToRead,
  ),
});

/** What a question of this request may read and cost; it ends when the asker goes away. @throws EngineError */
export const createQueryContext = (c: AppContext, { clickhouse }: AppDeps): Promise<QueryContext> =>
  openQueryContext({
    clickhouse,
    project: c.var.access.project,
    limits: readLimits(c.var.access),
    signal: c.req.raw.signal,
  });

/** A question of this request: its context, and its cohorts found. @throws RequestError 422, EngineError, MetadataError */
export async function openQuestion(
  c: AppContext,
  deps: AppDeps,
  input: unknown,
): Promise<{ context: QueryContext; question: unknown }> {
  const context = await createQueryContext(c, deps);
  return { context, question: await findCohorts(deps.metadata, context, input) };
}

export const isExplain = (c: AppContext): boolean =>
  ['1', 'true', ''].includes(c.req.query('explain') ?? '0');
