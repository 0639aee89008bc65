/** What every question needs beside its request: where events are, whose they are, and what it may cost. */
import type { ClickHouse } from '../clickhouse/client.js';

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

export interface QueryContext {
  readonly clickhouse: ClickHouse;
  readonly project: string;
  readonly limits: QueryLimits;
  readonly signal?: AbortSignal;
}
