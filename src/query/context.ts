/** What every question needs beside its request: where events are, whose they are, and what it may cost. */
import type { ClickHouse } from '../clickhouse/client.js';
import { type EventScope, findMerged } from './people.js';

/** What one statement may cost. A key may have smaller ones. */
export interface QueryLimits {
  readonly timeoutMs: number;
  readonly maxMemoryBytes: number;
  /** Rows the engine may read; refused before any work when the estimate says more. */
  readonly maxRowsToRead: number;
}

export const DEFAULT_LIMITS: QueryLimits = {
  timeoutMs: 60_000,
  maxMemoryBytes: 4 * 1024 ** 3,
  maxRowsToRead: 2_000_000_000,
};

export interface QueryContext extends EventScope {
  readonly clickhouse: ClickHouse;
  readonly limits: QueryLimits;
  readonly signal?: AbortSignal;
  /** Receipt of the newest stored event of the project, ms, when it is known beforehand. */
  readonly receivedMs?: number | undefined;
  /** Told how many rows each statement is expected to read, before it runs. */
  readonly onEstimate?: (rows: number) => void;
}

/** The context of one question, who is merged with whom as of now. @throws EngineError */
export async function openQueryContext({
  clickhouse,
  project,
  limits = DEFAULT_LIMITS,
  signal,
  receivedMs,
  onEstimate,
}: Partial<QueryContext> & Pick<QueryContext, 'clickhouse' | 'project'>): Promise<QueryContext> {
  const merged = await findMerged(clickhouse, project);
  return {
    clickhouse,
    project,
    merged,
    limits,
    ...(signal && { signal }),
    ...(receivedMs !== undefined && { receivedMs }),
    ...(onEstimate && { onEstimate }),
  };
}
