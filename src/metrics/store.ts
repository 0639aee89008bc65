/** Metrics in Postgres: each is a name and the texts of its versions. What a text means is src/query/metric. */
import { RequestError } from '../errors.js';
import type { Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';

const ADD = loadStatement('metric-add');
const ADD_VERSION = loadStatement('metric-add-version');
const ADVANCE = loadStatement('metric-advance');
const COUNT = loadStatement('metric-count');
const DELETE = loadStatement('metric-delete');
const GET = loadStatement('metric-get');
const LIST = loadStatement('metric-list');
const UNSCHEDULE = loadStatement('schedule-delete');
const VERSIONS = loadStatement('metric-versions');

/** Metrics of one project. All their texts are read when a definition is checked. */
export const METRICS_MAX = 500;
/** Versions shown of one metric; older ones stay stored. */
const VERSIONS_SHOWN_MAX = 100;

/** How far a rollup is: src/metrics/rollup/keeper.ts has the whole story. */
export const ROLLUP_STATES = ['creating', 'backfilling', 'ready', 'failed', 'dropping'] as const;
export type RollupState = (typeof ROLLUP_STATES)[number];

export interface MetricRecord {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** The text of one metric. */
  readonly definition: string;
  /** Why it can have no rollup; null when it can. */
  readonly unrollable: string | null;
  /** The rollup that answers, or else the one being made; null before it was begun. */
  readonly rollup: { readonly name: string; readonly state: RollupState; readonly reason: string } | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface MetricVersion {
  readonly version: number;
  readonly definition: string;
  /** Id of the key it was made with. */
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** A metric's text and its name, which stands in the text too. */
export interface WrittenMetric {
  readonly name: string;
  readonly definition: string;
}

/** A metric to be stored. */
export interface NewMetric extends WrittenMetric {
  readonly unrollable: string | null;
}

/** Adds a metric. @throws MetadataError, `23505` when the name is taken */
export async function addMetric(
  run: Run,
  project: string,
  id: string,
  { name, definition, unrollable }: NewMetric,
  keyId: string,
): Promise<void> {
  await run.query(ADD, [id, project, name, unrollable]);
  await run.query(ADD_VERSION, [id, 1, definition, keyId]);
}

/** Gives a metric its next version; the number of it. @throws RequestError 404, MetadataError as addMetric */
export async function advanceMetric(
  run: Run,
  project: string,
  id: string,
  { name, definition, unrollable }: NewMetric,
  keyId: string,
): Promise<number> {
  const [moved] = await run.query<{ version: number }>(ADVANCE, [project, id, name, unrollable]);
  if (!moved) throw refuseUnknownMetric(id);
  await run.query(ADD_VERSION, [id, moved.version, definition, keyId]);
  return moved.version;
}

export async function countMetrics(run: Run, project: string): Promise<number> {
  const [row] = await run.query<{ metrics: number }>(COUNT, [project]);
  return row!.metrics;
}

/** Marks a metric as deleted and removes its schedule. @throws RequestError 404, MetadataError */
export async function removeMetric(run: Run, project: string, id: string): Promise<void> {
  const removed = await run.query(DELETE, [project, id]);
  if (removed.length === 0) throw refuseUnknownMetric(id);
  await run.query(UNSCHEDULE, [id]);
}

/** Characters of an id or name that can be somebody's. */
const KEY_LENGTH_MAX = 200;

/** A metric by its id or its name. @throws RequestError 404, MetadataError */
export async function getMetric(run: Run, project: string, idOrName: string): Promise<MetricRecord> {
  const isPossible = idOrName.length <= KEY_LENGTH_MAX && !idOrName.includes('\0');
  const [record] = isPossible ? await run.query<MetricRecord>(GET, [project, idOrName]) : [];
  if (record) return record;
  throw refuseUnknownMetric(idOrName);
}

/** A page of a project's metrics in the order they were made. @throws MetadataError */
export const listMetrics = (
  run: Run,
  project: string,
  { limit, after }: { limit: number; after: string } = { limit: METRICS_MAX, after: '' },
): Promise<MetricRecord[]> => run.query<MetricRecord>(LIST, [project, limit, after]);

/** The latest versions of a metric, newest first. @throws MetadataError */
export const listMetricVersions = (run: Run, id: string): Promise<MetricVersion[]> =>
  run.query<MetricVersion>(VERSIONS, [id, VERSIONS_SHOWN_MAX]);

const refuseUnknownMetric = (idOrName: string): RequestError =>
  new RequestError(
    404,
    'unknown_metric',
    `There is no metric "${idOrName.slice(0, 200)}"; GET /v1/analytics/metrics/custom lists those there are.`,
  );
