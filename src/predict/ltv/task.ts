/** What is asked of the thread that fits lifetime-value models: see workers/fit-ltv.ts. */
import type { Collected } from '../../query/collected.js';
import type { Training } from '../foretold.js';
import { encodePeople, type ModelVersion } from '../kept-people.js';
import { answerLtv, type LtvAnswer } from './answer.js';
import { readHistories } from './histories.js';
import type { LtvInput } from './model.js';

export interface LtvTask extends Omit<LtvInput, 'customers' | 'buyers'> {
  /** The result of purchase-histories.sql in the Native format. */
  readonly histories: Collected;
  /** People given back at most. */
  readonly limit: number;
  /** Encodes everybody for this version as well. */
  readonly keep?: ModelVersion;
}

export interface LtvTraining extends Training<LtvAnswer> {
  readonly customers: number;
  readonly sampled: boolean;
  /** How many were foretold something of; `people` are the first of them. */
  readonly foretold: number;
  /** Native blocks of `model_people`. */
  readonly blocks: readonly Uint8Array[];
}

export async function runLtvTask({ histories, limit, keep, ...spans }: LtvTask): Promise<LtvTraining> {
  const { customers, buyers, sampled } = await readHistories(histories, spans.calibrationDays);
  const { answer, people } = answerLtv({ ...spans, customers, buyers });
  const blocks = keep ? encodePeople(keep, people) : [];
  return {
    answer,
    people: people.slice(0, limit),
    customers: customers.length,
    sampled,
    foretold: people.length,
    blocks,
  };
}
