/** Predictive models in Postgres: a question that is trained when asked to, and by itself when it has a schedule. */
import * as v from 'valibot';
import { nameSchema } from '../../definitions/funnels.js';
import { type Author, createId, isId, type Page } from '../../definitions/id.js';
import { RequestError } from '../../errors.js';
import type { Metadata, Run } from '../../metadata/metadata.js';
import { loadStatement } from '../../metadata/statement.js';
import { checkSchedule, findNext } from '../../metrics/schedule/cron.js';
import { parseRequest, refuseField } from '../../query/request.js';
import { parseChurnRequest } from '../churn/request.js';
import { parseLtvRequest } from '../ltv/request.js';
import { MODEL_KINDS, type ModelKind } from './kind.js';
import { askTraining, type TrainingState } from './trainings.js';

const ADD = loadStatement('model-add');
const COUNT = loadStatement('model-count');
const DELETE = loadStatement('model-delete');
const LIST = loadStatement('model-list');

/** Models of one project: each version keeps up to 100,000 people. */
const MODELS_MAX = 50;
const QUESTION_BYTES_MAX = 65_536;
const PATTERN_LENGTH_MAX = 200;

export interface ModelRecord {
  readonly id: string;
  readonly kind: ModelKind;
  readonly name: string;
  /** As it was asked; cohorts it names are found anew at each training. */
  readonly question: unknown;
  readonly cron: string | null;
  readonly timezone: string;
  readonly nextAt: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Of the latest training. */
  readonly version: number;
  readonly state: TrainingState;
}

const schema = v.strictObject({
  kind: v.picklist(MODEL_KINDS, `kind is one of: ${MODEL_KINDS.join(', ')}.`),
  name: nameSchema,
  question: v.unknown(),
  cron: v.optional(
    v.pipe(
      v.string('cron is a pattern of five fields, such as "30 6 * * 1".'),
      v.maxLength(PATTERN_LENGTH_MAX, `cron has at most ${PATTERN_LENGTH_MAX} characters.`),
    ),
  ),
  timezone: v.optional(
    v.pipe(v.string('timezone is a name such as "Europe/Berlin".'), v.maxLength(100)),
    'UTC',
  ),
});

const PARSERS = { ltv: parseLtvRequest, churn: parseChurnRequest } as const;

/** What is wrong with the question is told with its place in the model. @throws RequestError 422 */
function checkQuestion(kind: ModelKind, question: unknown): void {
  try {
    PARSERS[kind](question);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const errors = error.errors.map((one) => ({
      ...one,
      path: one.path === '' ? 'question' : `question.${one.path}`,
    }));
    throw new RequestError(422, 'invalid_request', `question.${error.detail}`, errors);
  }
}

/**
 * Saves `{kind, name, question, cron?, timezone?}` and asks for its first training. `found` is the question with its cohorts found.
 * @throws RequestError 422, MetadataError
 */
export async function addModel(
  metadata: Metadata,
  { project, keyId }: Author,
  input: unknown,
  findCohorts: (question: unknown) => Promise<unknown>,
): Promise<ModelRecord> {
  const { kind, name, question, cron, timezone } = parseRequest(schema, input);
  const json = JSON.stringify(question ?? null);
  if (Buffer.byteLength(json) > QUESTION_BYTES_MAX)
    throw refuseField('question', `A question has at most ${QUESTION_BYTES_MAX} bytes of JSON.`);
  checkQuestion(kind, await findCohorts(question));
  if (cron !== undefined) checkSchedule({ cron, timezone });
  const nextAt = cron === undefined ? null : findNext({ cron, timezone }, new Date());
  return metadata.transaction(async (run) => {
    const [count] = await run.query<{ models: number }>(COUNT, [project]);
    if (count!.models >= MODELS_MAX)
      throw new RequestError(422, 'too_many_models', `A project has at most ${MODELS_MAX} models.`);
    const id = createId('pm');
    await run.query(ADD, [id, project, kind, name, json, cron ?? null, timezone, nextAt, keyId]);
    await askTraining(run, id);
    return getModel(run, project, id);
  });
}

/** A page of a project's models in the order they were made. @throws MetadataError */
export const listModels = (run: Run, project: string, { limit, after }: Page): Promise<ModelRecord[]> =>
  run.query<ModelRecord>(LIST, [project, limit, after, null]);

/** @throws RequestError 404, MetadataError */
export async function getModel(run: Run, project: string, id: string): Promise<ModelRecord> {
  const [record] = isId(id) ? await run.query<ModelRecord>(LIST, [project, 1, '', id]) : [];
  if (record) return record;
  throw new RequestError(
    404,
    'model_not_found',
    'This project has no such model; GET /v1/analytics/predictions/models lists those it has.',
  );
}

/** Deletes a model and its versions, and returns what it was. @throws RequestError 404, MetadataError */
export async function deleteModel(run: Run, project: string, id: string): Promise<ModelRecord> {
  const record = await getModel(run, project, id);
  await run.query(DELETE, [project, id]);
  return record;
}
