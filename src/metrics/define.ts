/**
 * Metrics made, changed and removed. Whatever changes, the result must still make sense as a whole: the new texts are
 * compiled against what will be stored, and so is every metric that refers to one of them.
 */
import { createId } from '../definitions/id.js';
import { type MetadataError, RequestError, type RequestProblem } from '../errors.js';
import { deriveRollup } from '../mdl/plan/rollup.js';
import type { MetricPlan } from '../mdl/plan/types.js';
import type { MetricNode } from '../mdl/tree.js';
import { UNIQUE_VIOLATION } from '../metadata/failure.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import type { QueryContext } from '../query/context.js';
import { compileDefinition, type DefinitionProblem } from '../query/metric/definition.js';
import type { MetricSources } from '../query/metric/sources.js';
import {
  addMetric,
  advanceMetric,
  countMetrics,
  getMetric,
  listMetrics,
  METRICS_MAX,
  type MetricRecord,
  type NewMetric,
  removeMetric,
  type WrittenMetric,
} from './store.js';
import { listDependents, splitMetrics } from './texts.js';

export interface MetricRoom {
  readonly metadata: Metadata;
  readonly sources: MetricSources;
  /** Names of what else uses a metric, such as `alert "too many errors"`. */
  readonly listUsers?: (project: string, metric: MetricRecord) => Promise<readonly string[]>;
}

/** Who asks, and what for the question what is known of the project may cost. */
export interface Editor {
  readonly context: QueryContext;
  readonly keyId: string;
}

/** A metric with what its text means. */
export interface DefinedMetric {
  readonly record: MetricRecord;
  readonly node: MetricNode;
  readonly plan: MetricPlan;
  readonly warnings: readonly DefinitionProblem[];
}

/** Why a metric can have no rollup, or null. */
function findReason(plan: MetricPlan): string | null {
  const derived = deriveRollup(plan);
  return derived.possible ? null : derived.reasons.join('; ');
}

interface CompiledFile {
  readonly written: readonly NewMetric[];
  describe(record: MetricRecord): DefinedMetric;
}

async function compileFile(room: MetricRoom, { context }: Editor, text: string): Promise<CompiledFile> {
  const { metrics, plans, warnings } = await compileDefinition(context, room.sources, text);
  return {
    written: splitMetrics(text, metrics).map((metric, i) => ({
      ...metric,
      unrollable: findReason(plans[i]!),
    })),
    describe: (record) => {
      const i = metrics.findIndex(({ name }) => name === record.name);
      const own = warnings.filter(({ metric }) => metric === record.name);
      return { record, node: metrics[i]!, plan: plans[i]!, warnings: own };
    },
  };
}

/** What will be stored: texts by name. */
type Next = ReadonlyMap<string, WrittenMetric>;

/** Compiles every metric that refers to one of `changed` against what will be stored. @throws RequestError 409 `metric_in_use` */
async function checkDependents(
  room: MetricRoom,
  { context }: Editor,
  next: Next,
  changed: readonly string[],
  force: boolean,
): Promise<void> {
  if (force) return;
  const listed = [...next.values()].map((metric) => ({ id: metric.name, ...metric }));
  const sources: MetricSources = { ...room.sources, listMetrics: async () => listed };
  const problems: RequestProblem[] = [];
  for (const { name, definition } of listDependents(listed, changed)) {
    if (changed.includes(name)) continue;
    try {
      await compileDefinition(context, sources, definition, 'saved');
    } catch (error) {
      if (!(error instanceof RequestError && error.status === 422)) throw error;
      problems.push({
        path: name,
        code: 'invalid_definition',
        message: error.errors[0]?.message ?? error.detail,
      });
    }
  }
  if (problems.length > 0) throw refuseInUse(problems);
}

const refuseInUse = (problems: readonly RequestProblem[]): RequestError =>
  new RequestError(
    409,
    'metric_in_use',
    `Used by ${problems.map(({ path }) => path).join(', ')}, which would make no sense any more. Change those first, or use ?force=true.`,
    problems,
  );

const refuseTaken = (name: string): RequestError =>
  new RequestError(
    409,
    'metric_exists',
    `There is a metric "${name}" already; PUT /v1/analytics/metrics/custom/{id} makes a new version of it.`,
  );

async function write<T>(room: MetricRoom, name: string, work: (run: Run) => Promise<T>): Promise<T> {
  try {
    return await room.metadata.transaction(work);
  } catch (error) {
    if ((error as MetadataError).code === UNIQUE_VIOLATION) throw refuseTaken(name);
    throw error;
  }
}

async function refuseTooMany(run: Run, project: string): Promise<void> {
  if ((await countMetrics(run, project)) <= METRICS_MAX) return;
  throw new RequestError(
    422,
    'too_many_metrics',
    `A project has at most ${METRICS_MAX} metrics: delete some that are not used.`,
  );
}

/** Stores every metric of a text, all of them or none. @throws RequestError 409, 422; EngineError; MetadataError */
export async function createMetrics(
  room: MetricRoom,
  editor: Editor,
  text: string,
): Promise<readonly DefinedMetric[]> {
  const { project } = editor.context;
  const file = await compileFile(room, editor, text);
  const stored = new Set((await listMetrics(room.metadata, project)).map(({ name }) => name));
  const taken = file.written.find(({ name }) => stored.has(name));
  if (taken) throw refuseTaken(taken.name);
  const records = await write(room, file.written[0]!.name, async (run) => {
    const made: MetricRecord[] = [];
    for (const metric of file.written) {
      const id = createId('mt');
      await addMetric(run, project, id, metric, editor.keyId);
      made.push(await getMetric(run, project, id));
    }
    await refuseTooMany(run, project);
    return made;
  });
  return records.map(file.describe);
}

/** Gives a metric a new version, perhaps with a new name. @throws RequestError 404, 409, 422; EngineError; MetadataError */
export async function replaceMetric(
  room: MetricRoom,
  editor: Editor,
  id: string,
  text: string,
  force = false,
): Promise<DefinedMetric> {
  const { project } = editor.context;
  const before = await getMetric(room.metadata, project, id);
  const file = await compileFile(room, editor, text);
  const [metric] = file.written;
  if (file.written.length !== 1)
    throw new RequestError(422, 'invalid_definition', 'A new version is the text of one metric.', [
      { path: 'definition', code: 'one_metric', message: `There are ${file.written.length} metrics in it.` },
    ]);
  const stored = await listMetrics(room.metadata, project);
  if (metric!.name !== before.name && stored.some(({ name }) => name === metric!.name))
    throw refuseTaken(metric!.name);
  const rest = stored.filter((one) => one.id !== before.id);
  const next = new Map([...rest, metric!].map((one) => [one.name, one]));
  await checkDependents(room, editor, next, [before.name, metric!.name], force);
  const record = await write(room, metric!.name, async (run) => {
    await advanceMetric(run, project, before.id, metric!, editor.keyId);
    return getMetric(run, project, before.id);
  });
  return file.describe(record);
}

/** Deletes a metric and returns what it was. @throws RequestError 404, 409; MetadataError */
export async function deleteMetric(
  room: MetricRoom,
  { context: { project } }: Editor,
  id: string,
  force = false,
): Promise<MetricRecord> {
  const record = await getMetric(room.metadata, project, id);
  if (!force) {
    const stored = await listMetrics(room.metadata, project);
    const rest = stored.filter((one) => one.id !== record.id);
    const users = [
      ...listDependents(rest, [record.name]).map(({ name }) => `metric "${name}"`),
      ...((await room.listUsers?.(project, record)) ?? []),
    ];
    if (users.length > 0)
      throw refuseInUse(
        users.map((path) => ({ path, code: 'uses_metric', message: `It uses "${record.name}".` })),
      );
  }
  await room.metadata.transaction((run) => removeMetric(run, project, record.id));
  return record;
}

export interface Applied {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  readonly deleted: readonly string[];
}

/**
 * Makes the stored metrics say what a file says: what is new is created, what differs gets a new version, the rest stays.
 * `prune`: metrics that are not in the file are deleted. `dryRun`: only says what would be done.
 * @throws RequestError 409, 422; EngineError; MetadataError
 */
export async function applyMetrics(
  room: MetricRoom,
  editor: Editor,
  text: string,
  { prune = false, dryRun = false, force = false } = {},
): Promise<Applied> {
  const { project } = editor.context;
  const { written } = await compileFile(room, editor, text);
  const stored = new Map((await listMetrics(room.metadata, project)).map((one) => [one.name, one]));
  const named = new Set(written.map(({ name }) => name));
  const created = written.filter(({ name }) => !stored.has(name));
  const known = written.filter(({ name }) => stored.has(name));
  const changed = known.filter(({ name, definition }) => stored.get(name)!.definition !== definition);
  const deleted = prune ? [...stored.values()].filter(({ name }) => !named.has(name)) : [];
  const names = (metrics: readonly WrittenMetric[]): string[] => metrics.map(({ name }) => name);
  const kept = [...stored.values()].filter((one) => !deleted.includes(one));
  const next = new Map([...kept, ...written].map((one) => [one.name, one]));
  const moved = [...written, ...deleted];
  await checkDependents(room, editor, next, names(moved), force);
  if (!dryRun)
    await write(room, names(created).join('", "'), async (run) => {
      for (const metric of created) await addMetric(run, project, createId('mt'), metric, editor.keyId);
      for (const metric of changed)
        await advanceMetric(run, project, stored.get(metric.name)!.id, metric, editor.keyId);
      for (const metric of deleted) await removeMetric(run, project, metric.id);
      await refuseTooMany(run, project);
    });
  return {
    created: names(created),
    changed: names(changed),
    unchanged: names(known.filter((one) => !changed.includes(one))),
    deleted: names(deleted),
  };
}
