/**
 * Threads that read funnels' units. The front's own thread only passes the engine's bytes on: one person's million events, or a
 * sort of half a million times, then holds up nobody else's request.
 *
 * A thread is started when the first fold needs it and stays; it runs one fold at a time. Bytes go over in pieces of CHUNK_BYTES,
 * at most CHUNKS_OPEN of them unread, so a slow judge slows the engine down and not the memory up. A fold that fails on this
 * side (the engine's error, an asker that went away) takes its thread with it: what it was told can not be taken back.
 */
import { Worker } from 'node:worker_threads';
import { RequestError } from '../../errors.js';
import { builtFile } from '../../paths.js';
import type { QueryContext } from '../context.js';
import { type Statement, streamBytes } from '../run.js';
import type { FoldTask } from './fold-task.js';
import type { FoldResults } from './run-fold-task.js';

/** Folds at once; each takes a processor. */
const THREADS_MAX = 2;
/** Folds that wait for a thread; more are told to come back. */
const WAITING_MAX = 200;
/** Bytes of one message. The engine's answer is the part of the memory that grows with the question: 8 bytes an event. */
const CHUNK_BYTES = 262_144;
const CHUNKS_OPEN = 16;
/** JavaScript heap of a thread, in MB: names of breakdown values and their counts. Events are outside of it. */
const MEMORY_MB = 2_048;

/** From the first byte to the answer. The engine has a limit of its own; this one ends a judge that does not come to an end. */
const FOLD_TIMEOUT_MS = 180_000;

/** What a thread is told. */
export type FoldMessage = { task: FoldTask } | { chunk: Uint8Array } | { end: true };

/** What a thread tells: one more piece was read, or the fold is done. */
export type FoldReply =
  | { read: true }
  | { done: FoldResults[FoldTask['kind']] }
  | { refused: { status: RequestError['status']; code: string; detail: string } }
  | { failed: string };

const idle: Worker[] = [];
const waiting: ((worker: Worker | undefined) => void)[] = [];
let alive = 0;

function startWorker(): Worker {
  alive += 1;
  const worker = new Worker(builtFile('workers/fold-funnel.ts'), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  // Whoever uses the thread hears of it as well; one that fails when nobody does is only gone.
  worker.on('error', () => undefined);
  worker.once('exit', () => {
    alive -= 1;
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
    // Whoever waited for this one starts another.
    if (waiting.length > 0 && alive < THREADS_MAX) waiting.shift()!(undefined);
  });
  return worker;
}

async function takeWorker(): Promise<Worker> {
  const free = idle.pop();
  if (free) return free;
  if (alive < THREADS_MAX) return startWorker();
  if (waiting.length >= WAITING_MAX)
    throw new RequestError(
      503,
      'funnels_busy',
      `${WAITING_MAX} funnels are waiting already; try again in a while.`,
      [],
      { retryAfterS: 10 },
    );
  return (await new Promise<Worker | undefined>((resolve) => waiting.push(resolve))) ?? startWorker();
}

function giveBack(worker: Worker): void {
  const next = waiting.shift();
  if (next) next(worker);
  else {
    // An idle thread does not keep the process alive.
    worker.unref();
    idle.push(worker);
  }
}

/** Joins small pieces: a message costs more than a copy. */
async function* gather(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let chunk = new Uint8Array(CHUNK_BYTES);
  let length = 0;
  for await (const piece of bytes)
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + CHUNK_BYTES - length);
      chunk.set(part, length);
      length += part.length;
      from += part.length;
      if (length < CHUNK_BYTES) continue;
      yield chunk;
      chunk = new Uint8Array(CHUNK_BYTES);
      length = 0;
    }
  if (length > 0) yield chunk.subarray(0, length);
}

const refuse = (limit: string): RequestError =>
  new RequestError(
    422,
    'query_over_limit',
    `This question was stopped: ${limit}. Ask for a shorter range or fewer breakdown values.`,
  );

const describeFailure = (error: Error & { code?: string }): Error =>
  error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? refuse('it needs more memory than allowed') : error;

/** One fold on one thread: who listens to its replies, and how many pieces are unread. */
function listen(worker: Worker) {
  let open = 0;
  let resume: (() => void) | undefined;
  const settle = (): void => {
    resume?.();
    resume = undefined;
  };
  let remove = (): void => undefined;
  const result = new Promise<FoldResults[FoldTask['kind']]>((resolve, reject) => {
    const onMessage = (reply: FoldReply): void => {
      if ('read' in reply) open -= 1;
      else if ('done' in reply) resolve(reply.done);
      else if ('refused' in reply) {
        const { status, code, detail } = reply.refused;
        reject(new RequestError(status, code, detail));
      } else reject(new Error(reply.failed));
      settle();
    };
    const onError = (error: Error): void => {
      reject(describeFailure(error));
      settle();
    };
    const onExit = (): void => onError(new Error('the thread of a funnel ended without an answer'));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    remove = () => void worker.off('message', onMessage).off('error', onError).off('exit', onExit);
  });
  return {
    result,
    remove: () => remove(),
    /** Sends one piece, when few are unread. */
    async send(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
      while (open >= CHUNKS_OPEN) {
        let failed = false;
        const woken = new Promise<void>((resolve) => {
          resume = resolve;
        });
        await Promise.race([woken, result.catch(() => (failed = true))]);
        if (failed) return;
      }
      open += 1;
      worker.postMessage({ chunk } satisfies FoldMessage, [chunk.buffer]);
    },
  };
}

/** A task without the functions that printing needs and judging does not: they cannot travel. */
function toPlain<T>(value: T): T;
function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  const kept = Object.entries(value).filter(([, one]) => typeof one !== 'function');
  return Object.fromEntries(kept.map(([key, one]) => [key, toPlain(one)]));
}

/** Reads the statement's units on a thread and does with them what the task asks. @throws RequestError 422, 503; EngineError */
export async function runFold<K extends FoldTask['kind']>(
  context: QueryContext,
  statement: Statement,
  task: FoldTask & { readonly kind: K },
): Promise<FoldResults[K]> {
  const worker = await takeWorker();
  worker.ref();
  const fold = listen(worker);
  let ended = false;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void worker.terminate();
  }, FOLD_TIMEOUT_MS);
  fold.result.catch(() => undefined);
  try {
    worker.postMessage({ task: toPlain<FoldTask>(task) } satisfies FoldMessage);
    let over = false;
    const stop = (): void => {
      over = true;
    };
    fold.result.then(stop, stop);
    for await (const chunk of gather(streamBytes(context, statement))) {
      if (over) break;
      await fold.send(chunk);
    }
    worker.postMessage({ end: true } satisfies FoldMessage);
    const result = (await fold.result) as FoldResults[K];
    ended = true;
    return result;
  } catch (error) {
    throw late ? refuse('it takes longer than allowed') : error;
  } finally {
    clearTimeout(timer);
    fold.remove();
    if (ended) giveBack(worker);
    else void worker.terminate();
  }
}
