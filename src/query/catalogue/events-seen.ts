/** The event types a project has sent, for whoever has to choose one. */
import type { QueryContext } from '../context.js';
import { createParams, fillSql, print } from '../printed.js';
import { LOOK, runStatement } from '../run.js';
import { formatInstant } from '../time/instant.js';

/** Event types listed; a project with more has put values into names. */
const EVENTS_LISTED_MAX = 1_000;

export interface SeenEvent {
  name: string;
  /** Stored events of this type. */
  seen: number;
  last_seen: string;
}

/** Event types with stored events, the most frequent first. @throws EngineError */
export async function listEventsSeen(context: QueryContext): Promise<SeenEvent[]> {
  const params = createParams();
  const sql = fillSql('clickhouse/events-seen.sql', {
    project: params.bind('String', context.project),
    limit: print`${EVENTS_LISTED_MAX}`,
  });
  const { rows } = await runStatement<{ name: string; seen: number; last_ms: number }>(context, {
    sql,
    params: params.values,
    settings: LOOK,
  });
  return rows.map((row) => ({
    name: row.name,
    seen: Number(row.seen),
    last_seen: formatInstant(Number(row.last_ms)),
  }));
}
