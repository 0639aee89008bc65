/** What an answer says about itself. */
import type { QueryContext } from './context.js';
import { createParams, fillSql } from './printed.js';
import { LOOK, runStatement } from './run.js';
import { formatInstant } from './time/instant.js';

export interface Meta {
  readonly source: 'raw' | `rollup:${string}`;
  /** `miss`: computed for this request; the cache says otherwise of what it kept. */
  readonly cache: 'miss';
  readonly elapsed_ms: number;
  readonly rows_read: number;
  /** When the newest stored event of the project was received: buckets that ended before are complete. */
  readonly complete_through: string | null;
}

/** Receipt of the newest stored event of the project, undefined when there is none; the engine is asked unless it is known. */
export async function findNewestReceipt(context: QueryContext): Promise<number | undefined> {
  if (context.receivedMs !== undefined) return context.receivedMs;
  // Recent parts answer nearly always, and the index on received_at skips the rest.
  for (const recent of ['1', '0'] as const) {
    const params = createParams();
    const sql = fillSql('clickhouse/newest-receipt.sql', {
      project: params.bind('String', context.project),
      recent: params.bind('UInt8', Number(recent)),
    });
    const statement = { sql, params: params.values, settings: LOOK };
    const { rows } = await runStatement<{ newest: number | null }>(context, statement);
    const newest = rows[0]?.newest;
    if (newest !== null && newest !== undefined) return Number(newest);
  }
  return undefined;
}

export const createMeta = (startedMs: number, rowsRead: number, newestReceipt: number | undefined): Meta => ({
  source: 'raw',
  cache: 'miss',
  elapsed_ms: Math.round(performance.now() - startedMs),
  rows_read: rowsRead,
  complete_through: newestReceipt === undefined ? null : formatInstant(newestReceipt),
});
