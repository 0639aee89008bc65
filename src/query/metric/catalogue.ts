/**
 * What is known of a project when a definition is checked, gathered: event types that were stored, the properties of those
 * a definition names (from a sample of their newest events), the registered schemas, the metrics stored already.
 *
 * What was seen is kept for a minute. A name that is not known is looked for again before anybody is told that it does
 * not exist: it may have arrived since.
 */
import { LRUCache } from 'lru-cache';
import { loadSql } from '../../clickhouse/sql-file.js';
import {
  type Catalogue,
  type EventEntry,
  joinEntries,
  type PropertyEntry,
  type PropertyType,
} from '../../mdl/catalogue.js';
import { collectReferences } from '../../mdl/check/references.js';
import { parseMetrics } from '../../mdl/parse/file.js';
import type { EventCondition, MetricNode, SelectionNode } from '../../mdl/tree.js';
import type { QueryContext } from '../context.js';
import type { Printed } from '../printed.js';
import { LOOK, runStatement, type Statement } from '../run.js';
import { shareLook } from '../shared-look.js';
import { isClosed, readSchemaProperties } from './schema-properties.js';
import type { MetricSources } from './sources.js';
import { findUserProperties, forgetUserProperties } from './user-properties-seen.js';

/** "in the last 7 days" of a message. */
const RECENT_MS = 7 * 86_400_000;
/** Event types known by name; a project with more has put values into names. */
const EVENTS_MAX = 5_000;
/** Events of the sample properties are read from. */
const SAMPLE_ROWS = 1_000;
/** A definition over all events: properties of so many event types, the most frequent, are known. */
const TYPES_OF_ALL = 20;
const KEPT_MS = 60_000;
/** Samples kept, each a few kilobytes. */
const SAMPLES_MAX = 2_000;

interface SeenEvent {
  readonly total: number;
  readonly recent: number;
}

interface Sample {
  readonly properties: ReadonlyMap<string, PropertyEntry>;
  readonly context: ReadonlyMap<string, PropertyEntry>;
}

const events = new LRUCache<string, Promise<ReadonlyMap<string, SeenEvent>>>({ max: 200, ttl: KEPT_MS });
const samples = new LRUCache<string, Promise<Sample>>({ max: SAMPLES_MAX, ttl: KEPT_MS });

/** Forgets what was seen of a project. */
export function forgetSeen(context: QueryContext): void {
  events.delete(keyOf(context));
  forgetUserProperties(context);
  for (const key of samples.keys()) if (key.startsWith(`${keyOf(context)}\0`)) samples.delete(key);
}

const keyOf = ({ clickhouse, project }: QueryContext): string => `${clickhouse.database}\0${project}`;

const readStatement = (file: string, params: Statement['params']): Statement => ({
  sql: loadSql(file) as Printed,
  params,
  settings: LOOK,
});

const findEvents = (context: QueryContext): Promise<ReadonlyMap<string, SeenEvent>> =>
  shareLook(events, keyOf(context), context, lookAtEvents);

async function lookAtEvents(context: QueryContext): Promise<ReadonlyMap<string, SeenEvent>> {
  const params = { project: context.project, since: Date.now() - RECENT_MS, max: EVENTS_MAX };
  const { rows } = await runStatement<{ name: string; total: number; recent: number }>(
    context,
    readStatement('clickhouse/metric-events-seen.sql', params),
  );
  return new Map(
    rows.map(({ name, total, recent }) => [name, { total: Number(total), recent: Number(recent) }]),
  );
}

const toType = (type: string): PropertyType => {
  if (type === 'String') return 'text';
  if (type === 'Bool') return 'boolean';
  return type.startsWith('Array') ? 'list' : 'number';
};

const findSample = (context: QueryContext, event: string): Promise<Sample> =>
  shareLook(samples, `${keyOf(context)}\0${event}`, context, (unhurried) => lookAtSample(unhurried, event));

async function lookAtSample(context: QueryContext, event: string): Promise<Sample> {
  const params = { project: context.project, event, max: SAMPLE_ROWS };
  const [{ rows }, seen] = await Promise.all([
    runStatement<{ root: string; path: string; type: string; seen: number }>(
      context,
      readStatement('clickhouse/metric-properties-seen.sql', params),
    ),
    findEvents(context),
  ]);
  const { total, recent } = seen.get(event) ?? { total: 0, recent: 0 };
  const share = Math.max(1, Math.min(total, SAMPLE_ROWS));
  const collect = (root: string): ReadonlyMap<string, PropertyEntry> =>
    collectPaths(
      rows
        .filter((row) => row.root === root)
        .map((row) => ({
          path: row.path,
          type: toType(row.type),
          seen: Math.round((Number(row.seen) / share) * recent),
        })),
    );
  return { properties: collect('properties'), context: collect('context') };
}

/** Entries by path; the objects on the way to a path are properties too. */
function collectPaths(
  rows: readonly { path: string; type: PropertyType; seen: number }[],
): ReadonlyMap<string, PropertyEntry> {
  const found = new Map<string, PropertyEntry>();
  const add = (path: string, type: PropertyType, seen: number): void => {
    const known = found.get(path);
    found.set(path, joinEntries([...(known ? [known] : []), { types: [type], seen }])!);
  };
  for (const { path, type, seen } of rows) {
    add(path, type, seen);
    const parts = path.split('.');
    for (let i = 1; i < parts.length; i++) add(parts.slice(0, i).join('.'), 'object', seen);
  }
  return found;
}

/** The nodes of one kind in what metrics compute. */
function listNodes<T extends { readonly kind: string }>(
  metrics: readonly MetricNode[],
  kind: T['kind'],
): readonly T[] {
  const found: T[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('kind' in node && node.kind === kind) found.push(node as T);
    for (const child of Object.values(node)) visit(child);
  };
  for (const metric of metrics) visit([metric.formula, metric.filter]);
  return found;
}

/** Every event a file's metrics name; undefined among them for all events. */
const listNamed = (metrics: readonly MetricNode[]): ReadonlySet<string | undefined> =>
  new Set(listNodes<SelectionNode>(metrics, 'selection').map(({ event }) => event));

const listCohorts = (metrics: readonly MetricNode[]): ReadonlySet<string> =>
  new Set(listNodes<EventCondition & { kind: 'cohort' }>(metrics, 'cohort').map(({ cohort }) => cohort));

/** Stored definitions that were read once stay read: most questions are about the same few. */
const parsed = new LRUCache<string, readonly MetricNode[]>({ max: 1_000 });

function parseStored(definition: string): readonly MetricNode[] {
  const known = parsed.get(definition);
  if (known) return known;
  const { metrics } = parseMetrics(definition).file;
  parsed.set(definition, metrics);
  return metrics;
}

/** The catalogue for checking the metrics of a text, with the stored metrics it may refer to. @throws EngineError, MetadataError */
export async function gatherCatalogue(
  context: QueryContext,
  sources: MetricSources,
  text: string,
): Promise<Catalogue> {
  const stored = await sources.listMetrics(context.project);
  const metrics = new Map(
    stored.flatMap(({ definition }) =>
      parseStored(definition).map((metric) => [metric.name, metric] as const),
    ),
  );
  const own = parseMetrics(text).file.metrics;
  const joined = new Map([...metrics, ...own.map((metric) => [metric.name, metric] as const)]);
  const referred = own.flatMap(({ name, formula }) => [...collectReferences(name, formula, joined).keys()]);
  const read = [...own, ...referred.flatMap((name) => joined.get(name) ?? [])];
  const named = await gatherEvents(context, sources, listNamed(read));
  const inCohorts = listCohorts(read);
  const cohorts = inCohorts.size > 0 ? await sources.findCohorts(context, inCohorts) : named.cohorts;
  return { ...named, cohorts, metrics };
}

/** Samples of the event types named, and of the most frequent ones when all are meant, as far as there are such events. */
async function findSamples(
  context: QueryContext,
  named: ReadonlySet<string | undefined>,
): Promise<ReadonlyMap<string, Sample>> {
  const frequent = named.has(undefined) ? [...(await findEvents(context)).keys()].slice(0, TYPES_OF_ALL) : [];
  const names = [...new Set([...named, ...frequent])].filter((name) => name !== undefined);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await findSample(context, name)] as const)),
  );
}

/**
 * What is known of a project beside its metrics: every event type, and the properties of those named; `undefined` among
 * the names: those of the most frequent event types too. @throws EngineError
 */
export async function gatherEvents(
  context: QueryContext,
  sources: MetricSources,
  named: ReadonlySet<string | undefined>,
): Promise<Omit<Catalogue, 'metrics'>> {
  const [seen, userProperties, found] = await Promise.all([
    findEvents(context),
    findUserProperties(context),
    findSamples(context, named),
  ]);
  const types = new Map(sources.listTypes(context.project).map((type) => [type.name, type]));
  const names = new Set([...seen.keys(), ...types.keys()]);
  const entry = (name: string): EventEntry => {
    const type = types.get(name);
    const registered = readSchemaProperties(type?.schema);
    const sample = found.get(name)?.properties ?? new Map<string, PropertyEntry>();
    return {
      registered: type !== undefined,
      seen: seen.get(name)?.recent ?? 0,
      properties: joinMaps([registered, sample]),
      closed: type !== undefined && type.mode !== 'observe' && type.mode !== 'warn' && isClosed(type.schema),
    };
  };
  return {
    events: new Map([...names].map((name) => [name, entry(name)])),
    userProperties,
    contextProperties: joinMaps([...found.values()].map((sample) => sample.context)),
    cohorts: new Map(),
    strict: sources.isStrict(context.project),
  };
}

/** Entries of several maps by name; the first unit that is known stays. */
function joinMaps(maps: readonly ReadonlyMap<string, PropertyEntry>[]): ReadonlyMap<string, PropertyEntry> {
  const joined = new Map<string, PropertyEntry>();
  for (const map of maps)
    for (const [name, entry] of map) {
      const known = joined.get(name);
      const unit = known?.unit ?? entry.unit;
      joined.set(
        name,
        known ? { ...joinEntries([known, entry])!, ...(unit === undefined ? {} : { unit }) } : entry,
      );
    }
  return joined;
}
