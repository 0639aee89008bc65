/** What is asked of the thread that fits churn models: see workers/fit-churn.ts. */
import type { Collected } from '../../query/collected.js';
import type { Training } from '../foretold.js';
import { encodePeople, type ModelVersion } from '../kept-people.js';
import { answerChurn, type ChurnAnswer } from './answer.js';
import { readSnapshot } from './snapshot.js';

export interface ChurnTask {
  /** Results of churn-features.sql in the Native format. */
  readonly learn: Collected;
  readonly judge: Collected;
  readonly predict: Collected;
  readonly features: readonly number[];
  /** People given back at most. */
  readonly limit: number;
  /** Encodes everybody for this version as well. */
  readonly keep?: ModelVersion;
}

export interface ChurnTraining extends Training<ChurnAnswer> {
  readonly sampled: boolean;
  /** How many were foretold something of; `people` are the first of them. */
  readonly foretold: number;
  /** Native blocks of `model_people`. */
  readonly blocks: readonly Uint8Array[];
}

export async function runChurnTask({ features, limit, keep, ...results }: ChurnTask): Promise<ChurnTraining> {
  const learn = await readSnapshot(results.learn);
  const judge = await readSnapshot(results.judge);
  const predict = await readSnapshot(results.predict);
  const { answer, people } = answerChurn({
    learn: learn.snapshot,
    judge: judge.snapshot,
    predict: predict.snapshot,
    features,
  });
  const sampled = learn.sampled || judge.sampled || predict.sampled;
  const blocks = keep ? encodePeople(keep, people) : [];
  return { answer, people: people.slice(0, limit), sampled, foretold: people.length, blocks };
}
