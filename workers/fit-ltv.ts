import { parentPort, workerData } from 'node:worker_threads';
import { RequestError } from '../src/errors.js';
import { answerLtv, type LtvAnswer } from '../src/predict/ltv/answer.js';
import type { LtvInput } from '../src/predict/ltv/model.js';
import type { TaskAnswer } from '../src/predict/worker.js';

function answer(input: LtvInput & { limit: number }): TaskAnswer<LtvAnswer> {
  try {
    return { ok: true, answer: answerLtv(input, input.limit) };
  } catch (error) {
    if (error instanceof RequestError)
      return { ok: false, status: error.status, code: error.code, detail: error.detail };
    throw error;
  }
}

parentPort?.postMessage(answer(workerData as LtvInput & { limit: number }));
