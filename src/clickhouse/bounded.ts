/** The client for one piece of work: none of its calls outlives the work's time, or the signal that ends it. */
import type { CallOptions, ClickHouse, InsertOptions } from './types.js';

export interface Bounds {
  readonly signal: AbortSignal;
  /** When the work's time is over, as of `performance.now()`. */
  readonly endMs: number;
}

/** Calls that bring a time limit of their own keep it while more than that is left; likewise their signal. */
export function boundClickHouse(clickhouse: ClickHouse, { signal, endMs }: Bounds): ClickHouse {
  const bound = <T extends CallOptions | InsertOptions>(call: T | undefined) => ({
    ...call,
    signal: call?.signal ? AbortSignal.any([signal, call.signal]) : signal,
    timeoutMs: Math.min(
      call?.timeoutMs ?? Number.POSITIVE_INFINITY,
      Math.max(1, Math.ceil(endMs - performance.now())),
    ),
  });
  return {
    ...clickhouse,
    query: (sql, call) => clickhouse.query(sql, bound(call)),
    queryStream: (sql, call) => clickhouse.queryStream(sql, bound(call)),
    queryRaw: (sql, format, call) => clickhouse.queryRaw(sql, format, bound(call)),
    insertNative: (table, columns, block, call) =>
      clickhouse.insertNative(table, columns, block, bound(call)),
    insertKept: (table, columns, block, call) => clickhouse.insertKept(table, columns, block, bound(call)),
    insertRows: (table, rows, call) => clickhouse.insertRows(table, rows, bound(call)),
    command: (sql, call) => clickhouse.command(sql, bound(call)),
  };
}
