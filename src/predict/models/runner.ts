/**
 * Trains models when they are due or asked for. Every front has a runner; a training is a row that one of them claims, so it runs once
 * however many there are, and again when the process that had it is gone. A runner trains one model at a time.
 */
import { randomUUID } from 'node:crypto';
import { EngineError, RequestError } from '../../errors.js';
import { modelTrainingsTotal } from '../../telemetry/metrics.js';
import { createTicker, type Ticker } from '../../ticker.js';
import { type TrainingStores, trainModel } from './train.js';
import { askDue, type ClaimedTraining, claimTraining, finishTraining } from './trainings.js';

/** How often due models are looked for: how late a training begins at most. */
const TICK_MS = 2_000;
/** Trainings one after another before the runner looks for due models again. */
const ROUND_MAX = 10;

export interface TrainingRunnerOptions extends TrainingStores {
  readonly onError: (error: Error) => void;
}

/** The reason as a person who reads it can use it. */
const describeFailure = (error: unknown): string => {
  if (error instanceof RequestError) return error.detail;
  if (error instanceof EngineError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
};

/** A round trains what is due or asked for. */
export function createTrainingRunner(options: TrainingRunnerOptions): Ticker {
  const { metadata, onError } = options;

  async function runOne(claimed: ClaimedTraining, claim: string): Promise<void> {
    try {
      const answer = await trainModel(options, claimed);
      await finishTraining(metadata, claimed, claim, { answer });
      modelTrainingsTotal.inc({ state: 'done' });
    } catch (error) {
      await finishTraining(metadata, claimed, claim, { reason: describeFailure(error) });
      modelTrainingsTotal.inc({ state: 'failed' });
    }
  }

  async function work(): Promise<void> {
    await askDue(metadata);
    for (let round = 0; round < ROUND_MAX && !ticker.isClosed; round++) {
      const claim = randomUUID();
      const claimed = await claimTraining(metadata, claim);
      if (!claimed) return;
      await runOne(claimed, claim);
    }
  }

  const ticker = createTicker(TICK_MS, work, onError);
  return ticker;
}
