/**
 * Worker threads that turn entries into insertable batches.
 *
 * A task may kill its thread: an event nobody thought of, more memory than a thread has, more time than a task gets.
 * Then the task's promise is rejected with a PrepareError whose code says which, the thread is replaced, and other
 * tasks do not notice. What to do about such a task is the caller's decision (src/ingest halves it until the entry
 * that did it stands alone).
 *
 * Tasks wait here, not in piscina's queue, so that a task's time is counted from the moment a thread has it.
 */
import { Piscina } from 'piscina';
import { BoundaryError } from '../errors.js';
import type { PreparedBatch, PrepareTask } from '../event/prepared.js';
import { builtFile } from '../paths.js';
import type { PluginSettings } from '../plugins/process.js';
import type { PluginSet } from '../plugins/runner.js';
import type { RegistrySnapshot } from '../registry/rule-set.js';
import { type Judges, packTask, sharePlugins, shareRegistry, shareRoutes } from './prepare-task.js';

/** A thread needs about 2 s for the largest batch; one that needs this long is not coming back. */
const TASK_TIMEOUT_MS = 60_000;

/**
 * Where a thread's new objects live, in MB. Events outlive several collections of the usual 48 MB before they are encoded,
 * and are copied each time; with this a task takes about a tenth less processor time.
 */
const YOUNG_GENERATION_MB = 96;

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
  /** JavaScript heap a thread may use, in MB; buffers are not counted. */
  memoryMb: number;
  /** A task that takes longer is stopped with its thread. Default TASK_TIMEOUT_MS. */
  taskTimeoutMs?: number;
}

export interface PreparePool {
  /**
   * Prepares a task on a free thread, in the order of the calls. `like`: a batch made of the same entries, to be judged by the
   * same event types and plugins, so that its ordinals mean the same events. Rejects with PrepareError only.
   */
  prepare(task: PrepareTask, like?: PreparedBatch): Promise<PreparedBatch>;
  /** The event types that tasks are judged by from now on; until the first call there are none. */
  setRegistry(snapshot: RegistrySnapshot): void;
  /** The plugins that tasks are shown to from now on; until the first call there are none. */
  setPlugins(set: PluginSet, settings: PluginSettings): void;
  /** Which types of each project some route names, from now on. */
  setRoutes(types: Readonly<Record<string, readonly string[]>>): void;
  /** Waits for running tasks, then stops the threads; waiting tasks are rejected. */
  close(): Promise<void>;
}

/** Starts the threads; they run from dist/. */
export function createPreparePool(options: PreparePoolOptions): PreparePool {
  return new ThreadPool(options);
}

interface Waiting {
  start(): void;
  refuse(error: PrepareError): void;
}

class ThreadPool implements PreparePool {
  private readonly threads: Piscina<unknown, PreparedBatch>;
  private readonly taskTimeoutMs: number;
  private readonly waiting: Waiting[] = [];
  private judges: Judges = {};
  /** What each batch was judged by, for as long as somebody has the batch. */
  private readonly judgedBy = new WeakMap<PreparedBatch, Judges>();
  private running = 0;
  private closed = false;

  constructor(private readonly options: PreparePoolOptions) {
    this.taskTimeoutMs = options.taskTimeoutMs ?? TASK_TIMEOUT_MS;
    this.threads = new Piscina({
      filename: builtFile('workers/prepare.ts'),
      name: 'handlePackedTask',
      minThreads: options.threads,
      maxThreads: options.threads,
      resourceLimits: {
        maxOldGenerationSizeMb: options.memoryMb,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
    });
    // A thread that dies with no task to blame is replaced like any other; without a listener it would end the process.
    this.threads.on('error', () => {});
  }

  async prepare(task: PrepareTask, like?: PreparedBatch): Promise<PreparedBatch> {
    await this.takeTurn();
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), this.taskTimeoutMs);
    try {
      const judges = like === undefined ? this.judges : (this.judgedBy.get(like) ?? {});
      const packed = packTask(task, judges);
      const batch = await this.threads.run(packed, {
        transferList: [packed.bodies.buffer],
        signal: timer.signal,
      });
      this.judgedBy.set(batch, judges);
      return batch;
    } catch (error) {
      throw this.explain(error, timer.signal.aborted);
    } finally {
      clearTimeout(timeout);
      this.endTurn();
    }
  }

  setRegistry(snapshot: RegistrySnapshot): void {
    this.judges = { ...this.judges, registry: shareRegistry(snapshot) };
  }

  setPlugins(set: PluginSet, settings: PluginSettings): void {
    this.judges = { ...this.judges, plugins: sharePlugins(set, settings) };
  }

  setRoutes(types: Readonly<Record<string, readonly string[]>>): void {
    const routes = Object.keys(types).length === 0 ? undefined : shareRoutes(types);
    this.judges = { ...this.judges, routes };
  }

  private async takeTurn(): Promise<void> {
    if (this.closed) throw closedError();
    if (this.running < this.options.threads) this.running++;
    else await new Promise<void>((start, refuse) => this.waiting.push({ start, refuse }));
  }

  /** Hands the turn to the next in line, so that nobody can come in between. */
  private endTurn(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.running--;
    else next.start();
  }

  private explain(error: unknown, timedOut: boolean): PrepareError {
    const options = { cause: error };
    if (timedOut) {
      const message = `the task was stopped after ${this.taskTimeoutMs} ms`;
      return new PrepareError(message, 'prepare_timeout', options);
    }
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ERR_WORKER_OUT_OF_MEMORY')
      return new PrepareError(message, 'prepare_out_of_memory', options);
    return new PrepareError(
      message,
      /^worker exited/i.test(message) ? 'prepare_crashed' : 'prepare_failed',
      options,
    );
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { refuse } of this.waiting.splice(0)) refuse(closedError());
    await this.threads.close();
  }
}

function closedError(): PrepareError {
  return new PrepareError('the pool is closed', 'prepare_closed');
}
