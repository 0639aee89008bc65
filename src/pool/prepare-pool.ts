/** Worker threads that turn entries into insertable batches. */
import { BoundaryError } from '../errors.js';
import type { PreparedBatch, PrepareTask } from '../event/prepared.js';

export type PrepareErrorCode =
  | 'prepare_failed' // a stage threw: our mistake, or an input nobody thought of
  | 'prepare_crashed' // the thread died
  | 'prepare_out_of_memory' // the thread reached its memory limit
  | 'prepare_timeout' // the thread was stopped after TASK_TIMEOUT_MS
  | 'prepare_closed'; // the pool was closed meanwhile

/** A task that did not come back. Its entries are intact; a smaller task with the same entry fails the same way. */
export class PrepareError extends BoundaryError {
  constructor(
    message: string,
    override readonly code: PrepareErrorCode,
    options?: { cause?: unknown },
  ) {
    super(message, code, code === 'prepare_closed', options);
  }
}

export interface PreparePoolOptions {
  threads: number;
  /** JavaScript heap a thread may use, in MB. */
  memoryMb: number;
  /** A task that takes longer is stopped with its thread. Default TASK_TIMEOUT_MS. */
  taskTimeoutMs?: number;
}

export interface PreparePool {
  /** Rejects with PrepareError only. */
  prepare(task: PrepareTask): Promise<PreparedBatch>;
  /** Waits for running tasks, then stops the threads. */
  close(): Promise<void>;
}
