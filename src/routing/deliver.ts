/**
 * Takes a stored batch's events where routes say, before ingest acknowledges the batch. They are read back from `events`, which
 * holds each event exactly once, and every step can be repeated after a crash without adding anything:
 *
 *   table     what the table holds of the batch is left out
 *   stream    an entry's id is "<batch>-<n>", n being the event's place among the batch's by event id; ids only grow, and an id that
 *             is there already is refused by Redis
 *   webhook   the same into an outbox, a stream of the webhook's own; sending is somebody else's (outbox.ts), so a receiver
 *             that is away holds up nobody
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import { EngineError } from '../errors.js';
import { fromRoot } from '../paths.js';
import { loadScript, type Redis } from '../redis/client.js';
import { outboxOf, type Route, stateOf, streamOf, tableOf } from './route.js';

/** A batch, and between which times of receipt its entries lie. */
export interface RoutedBatch {
  partition: number;
  seq: number;
  fromMs: number;
  toMs: number;
}

export interface Deliverer {
  /** Delivers a batch's events by the routes of these projects. Throws EngineError, StreamError: then it may be repeated. */
  deliver(batch: RoutedBatch, projects: readonly string[]): Promise<void>;
}

export interface DelivererOptions {
  clickhouse: Pick<ClickHouse, 'query' | 'command'>;
  redis: Pick<Redis, 'script'>;
  routesOf: (project: string) => readonly Route[];
}

const APPEND = loadScript(fromRoot('src/routing/lua/append-routed.lua'));

/** Entries a route's stream or outbox may have; beyond it the oldest are dropped and counted. About 1 kB of Redis's memory each. */
const ROUTED_ENTRIES_MAX = 100_000;
/** Events read and appended at once. */
const PAGE_EVENTS = 1_000;
const UNKNOWN_TABLE = '60';

interface EventRow {
  event: string;
  event_id: string;
  user_id: string;
  anonymous_id: string;
  session_id: string;
  timestamp_text: string;
  received_text: string;
  properties_json: string;
  context_json: string;
}

/** An event in the native form, as text. */
function writeEvent(row: EventRow): string {
  const named = Object.entries({
    event: row.event,
    event_id: row.event_id,
    user_id: row.user_id,
    anonymous_id: row.anonymous_id,
    session_id: row.session_id,
    timestamp: row.timestamp_text,
    received_at: row.received_text,
  }).filter(([, value]) => value !== '');
  const head = JSON.stringify(Object.fromEntries(named)).slice(0, -1);
  return `${head},"properties":${row.properties_json},"context":${row.context_json}}`;
}

export function createDeliverer({ clickhouse, redis, routesOf }: DelivererOptions): Deliverer {
  const params = (route: Route, { partition, seq, fromMs, toMs }: RoutedBatch) => ({
    project: route.project,
    events: route.events,
    partition,
    seq: String(seq),
    from: fromMs,
    to: toMs,
  });

  async function fillTable(route: Route, batch: RoutedBatch): Promise<void> {
    const table = tableOf(route);
    const insert = () =>
      clickhouse.command(loadSql('clickhouse/routed-insert.sql'), {
        params: { ...params(route, batch), table },
      });
    try {
      await insert();
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== UNKNOWN_TABLE) throw error;
      await clickhouse.command(loadSql('clickhouse/routed-create.sql'), { params: { table } });
      await insert();
    }
  }

  async function appendTo(stream: string, route: Route, batch: RoutedBatch): Promise<void> {
    let after = '';
    for (let place = 1; ; ) {
      const { rows } = await clickhouse.query<EventRow>(loadSql('clickhouse/routed-rows.sql'), {
        params: { ...params(route, batch), after, max: PAGE_EVENTS },
      });
      const entries = rows.flatMap((row) => [`${batch.seq}-${place++}`, writeEvent(row)]);
      if (entries.length > 0)
        await redis.script(
          APPEND,
          [stream, stateOf(route, batch.partition)],
          [String(ROUTED_ENTRIES_MAX), ...entries],
        );
      if (rows.length < PAGE_EVENTS) return;
      after = rows.at(-1)!.event_id;
    }
  }

  return {
    async deliver(batch, projects) {
      for (const route of projects.flatMap(routesOf)) {
        if (route.kind === 'table') await fillTable(route, batch);
        else if (route.kind === 'stream') await appendTo(streamOf(route, batch.partition), route, batch);
        else await appendTo(outboxOf(route, batch.partition), route, batch);
      }
    },
  };
}
