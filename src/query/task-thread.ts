/** The side of a task that runs on its thread: see task.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { RequestError } from '../errors.js';
import type { TaskAnswer } from './task.js';

/** Answers the task this thread was started for. What its input is to blame for travels back as such; the rest ends the thread. */
export async function serveTask<Input, T>(work: (input: Input) => T | Promise<T>): Promise<void> {
  const reply = (answer: TaskAnswer<T>): void => parentPort?.postMessage(answer);
  try {
    reply({ ok: true, answer: await work(workerData as Input) });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    reply({ ok: false, status: error.status, code: error.code, detail: error.detail });
  }
}
