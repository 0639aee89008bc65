/** Properties of people that a project has set: what a metric may name as `user.…`. */
import { LRUCache } from 'lru-cache';
import { loadSql } from '../../clickhouse/sql-file.js';
import { joinEntries, type PropertyEntry, type PropertyType } from '../../mdl/catalogue.js';
import type { QueryContext } from '../context.js';
import type { Printed } from '../printed.js';
import { LOOK, runStatement } from '../run.js';
import { shareLook } from '../shared-look.js';

/** Properties known by name; a project with more has put values into names. */
const PROPERTIES_MAX = 2_000;
/** Every change is read for this, so it is kept for a while. */
const KEPT_MS = 60_000;
const PROJECTS_MAX = 200;

const TYPES: Readonly<Record<string, PropertyType>> = {
  String: 'text',
  Bool: 'boolean',
  Int64: 'number',
  UInt64: 'number',
  Double: 'number',
  Array: 'list',
  Object: 'object',
};

const kept = new LRUCache<string, Promise<ReadonlyMap<string, PropertyEntry>>>({
  max: PROJECTS_MAX,
  ttl: KEPT_MS,
});

const keyOf = ({ clickhouse, project }: QueryContext): string => `${clickhouse.database}\0${project}`;

export const forgetUserProperties = (context: QueryContext): boolean => kept.delete(keyOf(context));

/** By name, with the types of their values. @throws EngineError */
export const findUserProperties = (context: QueryContext): Promise<ReadonlyMap<string, PropertyEntry>> =>
  shareLook(kept, keyOf(context), context, lookAtUserProperties);

async function lookAtUserProperties(context: QueryContext): Promise<ReadonlyMap<string, PropertyEntry>> {
  const { rows } = await runStatement<{ name: string; type: string; seen: number }>(context, {
    sql: loadSql('clickhouse/metric-user-properties-seen.sql') as Printed,
    params: { project: context.project, max: PROPERTIES_MAX },
    settings: LOOK,
  });
  const found = new Map<string, PropertyEntry>();
  for (const { name, type, seen } of rows) {
    const types = TYPES[type];
    if (types === undefined) continue;
    const before = found.get(name);
    const entry: PropertyEntry = { types: [types], seen: Number(seen) };
    found.set(name, before ? joinEntries([before, entry])! : entry);
  }
  return found;
}
