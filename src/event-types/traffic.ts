/**
 * What traffic says of an event type: how often it is seen and refused, which schema would describe it, how it has moved
 * away from the one it has. Looked up in the tables when asked, on a sample; nothing is counted on the way in.
 */
import type { ClickHouse } from '../clickhouse/client.js';
import { loadSql } from '../clickhouse/sql-file.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.js';
import { compareObserved, type Drift } from '../registry/observe/drift.js';
import { observeEvents, type TypeObservation } from '../registry/observe/observation.js';
import { type Suggestion, type SuggestOptions, suggestSchema } from '../registry/observe/suggest.js';

/** Stored events of a type that are looked into; about 20 ms and a few MB. */
const SAMPLE_EVENTS_MAX = 5_000;
/** Refused events of a type that are looked into beside them. */
const SAMPLE_REJECTED_MAX = 500;
/** "Lately": for counts and for refused events. */
const RECENT_MS = 7 * 24 * 3_600_000;
/** None of these questions may take longer. */
const TIMEOUT_MS = 10_000;

type Engine = Pick<ClickHouse, 'query'>;

/** An event type of a project. */
export interface TypePlace {
  project: string;
  event: string;
}

export interface Seen {
  total: number;
  /** Within the last seven days. */
  last_7_days: number;
  first_at: string | null;
  last_at: string | null;
  /** Refused within the last seven days, by reason. */
  rejected_7_days: Record<string, number>;
}

/** How often a type was stored and refused. Throws EngineError. */
export async function countSeen(clickhouse: Engine, place: TypePlace): Promise<Seen> {
  const params = { ...place, since: Date.now() - RECENT_MS };
  const [seen, rejected] = await Promise.all([
    clickhouse.query<Record<'total' | 'recent' | 'first_ms' | 'last_ms', number | string>>(
      loadSql('clickhouse/event-type-seen.sql'),
      { params, timeoutMs: TIMEOUT_MS },
    ),
    clickhouse.query<{ code: string; count: number | string }>(
      loadSql('clickhouse/event-type-rejected.sql'),
      { params, timeoutMs: TIMEOUT_MS },
    ),
  ]);
  const { total, recent, first_ms, last_ms } = seen.rows[0]!;
  const isEmpty = Number(total) === 0;
  return {
    total: Number(total),
    last_7_days: Number(recent),
    first_at: isEmpty ? null : new Date(Number(first_ms)).toISOString(),
    last_at: isEmpty ? null : new Date(Number(last_ms)).toISOString(),
    rejected_7_days: Object.fromEntries(rejected.rows.map(({ code, count }) => [code, Number(count)])),
  };
}

/** Proposes a schema from the newest stored events; undefined when there are none. Throws EngineError. */
export async function suggestFromTraffic(
  clickhouse: Engine,
  place: TypePlace,
  options: SuggestOptions = {},
): Promise<Suggestion | undefined> {
  const observation = await observeStored(clickhouse, place);
  return observation.sampled === 0 ? undefined : suggestSchema(observation, options);
}

export interface TrafficDrift {
  /** Of events that were stored. */
  stored: Drift;
  /** Of events that were refused for breaking the rules within the last seven days. */
  rejected: Drift;
}

/** Compares a type's schema with its newest events, stored and refused. Throws EngineError. */
export async function findDrift(
  clickhouse: Engine,
  place: TypePlace,
  schema: JsonObject,
): Promise<TrafficDrift> {
  const [stored, rejected] = await Promise.all([
    observeStored(clickhouse, place),
    observeRejected(clickhouse, place),
  ]);
  return {
    stored: compareObserved(schema, stored),
    rejected: compareObserved(schema, rejected),
  };
}

async function observeStored(clickhouse: Engine, place: TypePlace): Promise<TypeObservation> {
  const { rows } = await clickhouse.query<{ properties: string }>(
    loadSql('clickhouse/event-type-sample.sql'),
    { params: { ...place, max: SAMPLE_EVENTS_MAX }, timeoutMs: TIMEOUT_MS },
  );
  return observeEvents(rows.map(({ properties }) => parse(properties)).filter(isJsonObject));
}

async function observeRejected(clickhouse: Engine, place: TypePlace): Promise<TypeObservation> {
  const { rows } = await clickhouse.query<{ raw: string }>(
    loadSql('clickhouse/event-type-rejected-sample.sql'),
    {
      params: { ...place, since: Date.now() - RECENT_MS, max: SAMPLE_REJECTED_MAX },
      timeoutMs: TIMEOUT_MS,
    },
  );
  const events = rows.map(({ raw }) => parse(raw)).filter(isJsonObject);
  return observeEvents(events.map(({ properties }) => properties).filter(isJsonObject));
}

/** Text that was cut is no JSON any more: then there is nothing to see. */
function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
