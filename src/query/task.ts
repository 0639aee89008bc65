/**
 * Runs one task on a thread of its own, so that fitting a model never holds up the front. A thread a task: models are rare and
 * take seconds, so a pool would only keep memory. At most TASKS_MAX run at once and QUEUE_MAX wait.
 */
import { type TransferListItem, Worker } from 'node:worker_threads';
import { RequestError } from '../errors.js';
import { builtFile } from '../paths.js';

const TASKS_MAX = 1;
/** Tasks that wait for the thread; more are told to come back. */
const QUEUE_MAX = 20;
/** A fit of 100,000 customers takes a few seconds; one that takes this long will not end. */
const TASK_TIMEOUT_MS = 120_000;
/** JavaScript heap of a task, in MB. */
const MEMORY_MB = 1_024;

/** What a task's thread posts back: its answer, or the problem with the input. */
export type TaskAnswer<T> =
  | { ok: true; answer: T }
  | { ok: false; status: RequestError['status']; code: string; detail: string };

const waiting: (() => void)[] = [];
let running = 0;

async function takeTurn(): Promise<void> {
  if (running < TASKS_MAX) {
    running += 1;
    return;
  }
  if (waiting.length >= QUEUE_MAX) {
    throw new RequestError(
      503,
      'predictions_busy',
      `${QUEUE_MAX} predictions and patterns are waiting already; try again in a while.`,
      [],
      { retryAfterS: 30 },
    );
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}

function passTurn(): void {
  const next = waiting.shift();
  if (next) next();
  else running -= 1;
}

/**
 * Runs `workers/<name>` with `input`, of which `transfer` are moved to the thread instead of copied. Throws RequestError as the task
 * found it, Error when the thread failed.
 */
export async function runTask<T>(
  name: string,
  input: unknown,
  transfer: readonly TransferListItem[] = [],
): Promise<T> {
  await takeTurn();
  try {
    const worker = new Worker(builtFile(`workers/${name}.ts`), {
      workerData: input,
      transferList: [...transfer],
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    const timer = setTimeout(() => void worker.terminate(), TASK_TIMEOUT_MS);
    try {
      const result = await new Promise<TaskAnswer<T>>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`${name} ended with code ${code} and no answer`)));
      });
      if (result.ok) return result.answer;
      throw new RequestError(result.status, result.code, result.detail);
    } finally {
      clearTimeout(timer);
      await worker.terminate();
    }
  } finally {
    passTurn();
  }
}
