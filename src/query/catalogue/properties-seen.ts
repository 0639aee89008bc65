/** The properties events were seen with, for whoever has to choose one. */
import { loadSql } from '../../clickhouse/sql-file.js';
import type { QueryContext } from '../context.js';
import type { Printed } from '../printed.js';
import { LOOK, runStatement } from '../run.js';
import { listEventsSeen } from './events-seen.js';

/** Newest events of a type that are looked at. */
const SAMPLE_ROWS = 1_000;
/** Event types looked at in one request: one small statement each. */
const TYPES_MAX = 20;

export interface SeenProperty {
  event: string;
  /** As a where names it: `price`, `context.page.path`. */
  property: string;
  /** ClickHouse's names of the types its values had. */
  types: string[];
  /** In how many of the newest thousand events it is. */
  seen: number;
}

interface PathRow {
  root: string;
  path: string;
  type: string;
  seen: number;
}

async function sampleType(context: QueryContext, event: string): Promise<SeenProperty[]> {
  const { rows } = await runStatement<PathRow>(context, {
    sql: loadSql('clickhouse/metric-properties-seen.sql') as Printed,
    params: { project: context.project, event, max: SAMPLE_ROWS },
    settings: LOOK,
  });
  const found = new Map<string, SeenProperty>();
  for (const { root, path, type, seen } of rows) {
    const property = root === 'context' ? `context.${path}` : path;
    const entry = found.get(property) ?? { event, property, types: [], seen: 0 };
    entry.types.push(type);
    entry.seen += Number(seen);
    found.set(property, entry);
  }
  return [...found.values()].sort((a, b) => b.seen - a.seen);
}

/** Properties of the named event types, of the most frequent ones when none is named. @throws EngineError */
export async function listPropertiesSeen(
  context: QueryContext,
  events: readonly string[],
): Promise<SeenProperty[]> {
  const types = events.length > 0 ? events : (await listEventsSeen(context)).map(({ name }) => name);
  const found: SeenProperty[] = [];
  for (const event of types.slice(0, TYPES_MAX)) found.push(...(await sampleType(context, event)));
  return found;
}
