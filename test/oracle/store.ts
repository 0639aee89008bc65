/** Puts the oracles' events into a fresh database and gives a context to ask from. */
import { type ClickHouse, createClickHouse } from '../../src/clickhouse/client.js';
import { EVENT_COLUMNS } from '../../src/event/columns.js';
import type { JsonObject } from '../../src/event/json.js';
import { ByteBuffer } from '../../src/native/byte-buffer.js';
import { EventBlock } from '../../src/native/event-block.js';
import { DEFAULT_LIMITS, type QueryContext } from '../../src/query/context.js';
import { freshClickHouse } from '../support/stack.js';
import type { OracleEvent } from './condition.js';

export interface Store {
  readonly clickhouse: ClickHouse;
  insert(project: string, events: readonly OracleEvent[], receivedAt?: number): Promise<void>;
  contextOf(project: string): QueryContext;
  close(): Promise<void>;
}

/** Rows of one insert. */
const INSERT_ROWS = 20_000;

let nextId = 0;

/** The block ingest would write. */
function encode(project: string, events: readonly OracleEvent[], receivedAt: number): Uint8Array {
  const block = new EventBlock(0, 0);
  for (const event of events) {
    block.readProperties((event.properties ?? {}) as JsonObject);
    const row = {
      event: event.event,
      timestampMs: event.t,
      eventId: `e${nextId++}`,
      userId: event.user,
      anonymousId: '',
      sessionId: event.session ?? '',
      sentAtMs: Number.NaN,
      properties: (event.properties ?? {}) as JsonObject,
      context: (event.context ?? {}) as JsonObject,
    };
    block.append(project, row, receivedAt, 0, 0);
  }
  const out = new ByteBuffer();
  block.write(out);
  return out.view();
}

/** A store in a database of its own, or in the one at `at`. */
export async function createStore(at?: string): Promise<Store> {
  const url = at ?? (await freshClickHouse()).url;
  const clickhouse = createClickHouse(url);
  return {
    clickhouse,
    async insert(project, events, receivedAt = Date.UTC(2030, 0, 1)) {
      for (let from = 0; from < events.length; from += INSERT_ROWS) {
        const block = encode(project, events.slice(from, from + INSERT_ROWS), receivedAt);
        const columns = EVENT_COLUMNS.map(({ name }) => name);
        await clickhouse.insertNative('events', columns, block);
      }
    },
    contextOf: (project) => ({ clickhouse, project, limits: DEFAULT_LIMITS }),
    close: () => clickhouse.close(),
  };
}

/** Groups events by the unit they belong to. */
export function groupUnits(
  events: readonly OracleEvent[],
  unitOf: (event: OracleEvent) => string,
): Map<string, OracleEvent[]> {
  const units = new Map<string, OracleEvent[]>();
  for (const event of events) {
    const unit = unitOf(event);
    const known = units.get(unit);
    if (known) known.push(event);
    else units.set(unit, [event]);
  }
  return units;
}
