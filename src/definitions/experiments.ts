/**
 * Saved experiments in Postgres: what is saved is a question that src/query/experiment can read, with the range it runs in or without,
 * and every version it ever had.
 */
import * as v from 'valibot';
import { RequestError } from '../errors.js';
import type { Metadata, Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { readExperiment } from '../query/experiment/request.js';
import { parseRequest, refuseField } from '../query/request.js';
import { nameSchema } from './funnels.js';
import { type Author, createId, isId, type Page } from './id.js';

const ADD = loadStatement('experiment-add');
const CHANGE = loadStatement('experiment-change');
const COUNT = loadStatement('experiment-count');
const DELETE = loadStatement('experiment-delete');
const GET = loadStatement('experiment-get');
const LIST = loadStatement('experiment-list');
const VERSIONS = loadStatement('experiment-versions');

/** Experiments of one project; the number bounds what a list costs in all. */
const EXPERIMENTS_MAX = 1_000;
/** Bytes of a definition's JSON. */
const DEFINITION_BYTES_MAX = 65_536;
/** Versions shown of one experiment; older ones stay and can be asked for by their number. */
const VERSIONS_SHOWN_MAX = 100;

export interface ExperimentRecord {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ExperimentVersion {
  readonly version: number;
  readonly definition: ExperimentRecord['definition'];
  /** Id of the key it was made with. */
  readonly createdBy: string;
  readonly createdAt: Date;
}

const newSchema = v.looseObject({ name: nameSchema });
const changeSchema = v.looseObject({ name: v.optional(nameSchema) });

/** Any range, to read a definition that has none of its own. */
const SOME_RANGE = { from: '2000-01-01', to: '2000-01-02' };

/** Takes a request apart, after all that can be wrong with its experiment was looked for. @throws RequestError 422 */
function readSaved(schema: typeof newSchema | typeof changeSchema, input: unknown) {
  const { name, ...definition } = parseRequest(schema, input);
  readExperiment({ ...SOME_RANGE, ...definition });
  const json = JSON.stringify(definition);
  if (Buffer.byteLength(json) > DEFINITION_BYTES_MAX)
    throw refuseField('', `A saved experiment has at most ${DEFINITION_BYTES_MAX} bytes of JSON.`);
  return { name, json };
}

/** Saves an experiment: `{name, exposure, goals, …}`. @throws RequestError 422, MetadataError */
export async function addExperiment(
  metadata: Metadata,
  { project, keyId }: Author,
  input: unknown,
): Promise<ExperimentRecord> {
  const { name, json } = readSaved(newSchema, input);
  return metadata.transaction(async (run) => {
    const [count] = await run.query<{ experiments: number }>(COUNT, [project]);
    if (count!.experiments >= EXPERIMENTS_MAX)
      throw new RequestError(
        422,
        'too_many_experiments',
        `This project has ${EXPERIMENTS_MAX} experiments, which is the most: delete some that are over.`,
      );
    const id = createId('ex');
    await run.query(ADD, [id, project, name, json, keyId]);
    return getExperiment(run, project, id);
  });
}

/** An experiment in its current version, or in `version`. @throws RequestError 404, MetadataError */
export async function getExperiment(
  run: Run,
  project: string,
  id: string,
  version?: number,
): Promise<ExperimentRecord> {
  const [record] = isId(id) ? await run.query<ExperimentRecord>(GET, [project, id, version ?? null]) : [];
  if (record) return record;
  throw refuseUnknown();
}

/** The latest versions of an experiment, newest first. @throws MetadataError */
export const listExperimentVersions = (run: Run, id: string): Promise<ExperimentVersion[]> =>
  run.query<ExperimentVersion>(VERSIONS, [id, VERSIONS_SHOWN_MAX]);

/** A page of a project's experiments in the order they were made. @throws MetadataError */
export const listExperiments = (
  run: Run,
  project: string,
  { limit, after }: Page,
): Promise<ExperimentRecord[]> => run.query<ExperimentRecord>(LIST, [project, limit, after]);

/** Gives an experiment a new definition, and a new name when there is one. @throws RequestError 404, 422, MetadataError */
export async function changeExperiment(
  run: Run,
  { project, keyId }: Author,
  id: string,
  input: unknown,
): Promise<ExperimentRecord> {
  const { name, json } = readSaved(changeSchema, input);
  const changed = isId(id) ? await run.query(CHANGE, [project, id, name ?? null, json, keyId]) : [];
  if (changed.length === 0) throw refuseUnknown();
  return getExperiment(run, project, id);
}

/** Deletes an experiment and returns what it was. @throws RequestError 404, MetadataError */
export async function deleteExperiment(run: Run, project: string, id: string): Promise<ExperimentRecord> {
  const record = await getExperiment(run, project, id);
  await run.query(DELETE, [project, id]);
  return record;
}

const refuseUnknown = (): RequestError =>
  new RequestError(
    404,
    'experiment_not_found',
    'This project has no such experiment, or no such version of it; GET /v1/analytics/experiments/saved lists those it has.',
  );
