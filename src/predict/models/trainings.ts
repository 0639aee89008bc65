/** Trainings of models in Postgres: a queue in which each is claimed by one process at a time, and the versions that came out. */
import { RequestError } from '../../errors.js';
import type { Metadata, Run } from '../../metadata/metadata.js';
import { loadStatement } from '../../metadata/statement.js';
import { findNext, type Schedule } from '../../metrics/schedule/cron.js';
import type { ModelKind } from './kind.js';

const ABANDON = loadStatement('training-abandon');
const ADVANCE = loadStatement('model-advance');
const ASK = loadStatement('training-ask');
const CLAIM = loadStatement('training-claim');
const DUE = loadStatement('model-due');
const FINISH = loadStatement('training-finish');
const LIST = loadStatement('training-list');
const NEWEST = loadStatement('training-newest');
const TRAINED = loadStatement('model-trained');
const TRIM = loadStatement('training-trim');

/** A training that takes longer than this is anybody's again. */
const DEADLINE_SECONDS = 600;
const ATTEMPTS_MAX = 3;
/** Versions kept of one model, with what they foretold. */
const VERSIONS_KEPT = 20;
/** Models looked at in one round. */
const DUE_MAX = 20;
const REASON_LENGTH_MAX = 1_000;

export type TrainingState = 'waiting' | 'running' | 'done' | 'failed';

export interface Training {
  readonly version: number;
  readonly state: TrainingState;
  readonly askedAt: Date;
  readonly trainedAt: Date | null;
  readonly attempts: number;
  /** Undefined until it is done. */
  readonly answer: TrainedAnswer | null;
  readonly reason: string;
}

/** What is kept of an answer: parameters, scoreboard, and where it comes from. */
export interface TrainedAnswer {
  readonly predicts: boolean;
  /** How many people it foretold of. */
  readonly people_kept: number;
  readonly data: { readonly from: string; readonly to: string; readonly rows_read: number };
  readonly [field: string]: unknown;
}

export interface ClaimedTraining {
  readonly model: string;
  readonly version: number;
  readonly attempts: number;
  readonly project: string;
  readonly kind: ModelKind;
  readonly question: unknown;
}

/** Asks for a training; the version that waits. @throws MetadataError */
export async function askTraining(run: Run, model: string): Promise<number> {
  const [row] = await run.query<{ version: number }>(ASK, [model]);
  if (row) return row.version;
  // Another process asked in the same moment: its version waits.
  return askTraining(run, model);
}

/** Asks for the trainings that are due. Models that another process looks at are passed over. @throws MetadataError */
export const askDue = (metadata: Metadata): Promise<void> =>
  metadata.transaction(async (run) => {
    for (const due of await run.query<Schedule & { id: string; now: Date }>(DUE, [DUE_MAX])) {
      await run.query(ADVANCE, [due.id, findNext(due, due.now) ?? null]);
      await askTraining(run, due.id);
    }
  });

/** @throws MetadataError */
export async function claimTraining(run: Run, claim: string): Promise<ClaimedTraining | undefined> {
  await run.query(ABANDON, [ATTEMPTS_MAX, 'the process that trained it ended']);
  const [claimed] = await run.query<ClaimedTraining>(CLAIM, [claim, DEADLINE_SECONDS, ATTEMPTS_MAX]);
  return claimed;
}

/** Ends a training with its answer or with why there is none; whether the claim still stood. @throws MetadataError */
export async function finishTraining(
  run: Run,
  { model, version }: ClaimedTraining,
  claim: string,
  result: { readonly answer: TrainedAnswer } | { readonly reason: string },
): Promise<boolean> {
  const values =
    'answer' in result
      ? ['done', JSON.stringify(result.answer), '']
      : ['failed', null, result.reason.slice(0, REASON_LENGTH_MAX)];
  const ended = await run.query(FINISH, [model, version, claim, ...values]);
  await run.query(TRIM, [model, oldestKept(version)]);
  return ended.length > 0;
}

/** The oldest version that stays when there is this one. */
export const oldestKept = (version: number): number => version - VERSIONS_KEPT + 1;

/** Versions of a model, newest first. @throws MetadataError */
export const listTrainings = (run: Run, model: string): Promise<Training[]> =>
  run.query<Training>(LIST, [model, VERSIONS_KEPT, null]);

/** @throws RequestError 404, MetadataError */
export async function getTraining(run: Run, model: string, version: number): Promise<Training> {
  const [training] = await run.query<Training>(LIST, [model, 1, version]);
  if (training) return training;
  throw new RequestError(
    404,
    'model_version_not_found',
    'The model has no such version, or it was forgotten.',
  );
}

export interface TrainedVersion {
  readonly model: string;
  readonly name: string;
  readonly version: number;
  readonly trainedAt: Date;
  readonly answer: TrainedAnswer;
}

/** The version trained last, of one model or of all of a kind. @throws MetadataError */
export async function findTrained(
  run: Run,
  project: string,
  kind: ModelKind,
  model?: string,
): Promise<TrainedVersion | undefined> {
  const [found] = await run.query<TrainedVersion>(TRAINED, [project, kind, model ?? null]);
  return found;
}

const KIND_NAMES: Readonly<Record<ModelKind, string>> = { churn: 'churn', ltv: 'lifetime value' };

/** Why no model of a kind has been trained, when `findTrained` finds none. @throws MetadataError */
export async function explainUntrained(run: Run, project: string, kind: ModelKind): Promise<string> {
  const [newest] = await run.query<{ name: string; state: TrainingState; reason: string }>(NEWEST, [
    project,
    kind,
  ]);
  if (!newest) return `no ${KIND_NAMES[kind]} model has been saved`;
  const model = `the ${KIND_NAMES[kind]} model "${newest.name}"`;
  return newest.state === 'failed'
    ? `${model} could not be trained: ${newest.reason}`
    : `${model} is being trained for the first time`;
}
