/** Links between ids that were refused because they would have joined two users. */
import type { ClickHouse } from '../../clickhouse/client.js';
import { loadSql } from '../../clickhouse/sql-file.js';
import { formatInstant } from '../time/instant.js';
import { END_PLACE, type Place, type UserPage, writePlace } from './page.js';

export interface RefusedMerge {
  readonly event_id: string;
  /** `$identify` or `$alias`. */
  readonly event: string;
  readonly timestamp: string;
  readonly received_at: string;
  /** Who the old id would have been joined to. */
  readonly user_id: string;
  readonly old_id: string;
  /** The user whose the old id is, and stays. */
  readonly owner: string;
}

interface Row {
  event_id: string;
  event_name: string;
  received_ms: number;
  timestamp_ms: number;
  claimant: string;
  claimed: string;
  belongs_to: string;
}

/** The newest first. @throws EngineError */
export async function listRefusedMerges(
  clickhouse: ClickHouse,
  project: string,
  { limit, after }: { readonly limit: number; readonly after: Place | undefined },
): Promise<UserPage<RefusedMerge>> {
  const { ms, id } = after ?? END_PLACE;
  const { rows } = await clickhouse.query<Row>(loadSql('clickhouse/identity-refused.sql'), {
    params: { project, before_ms: ms, before_id: id, max: limit + 1 },
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    data: page.map((row) => ({
      event_id: row.event_id,
      event: row.event_name,
      timestamp: formatInstant(Number(row.timestamp_ms)),
      received_at: formatInstant(Number(row.received_ms)),
      user_id: row.claimant,
      old_id: row.claimed,
      owner: row.belongs_to,
    })),
    next_cursor:
      rows.length > limit && last ? writePlace({ ms: Number(last.received_ms), id: last.event_id }) : null,
  };
}
