/** Entry point of the threads that read funnels' units: see src/query/funnel/fold-thread.ts. */
import { parentPort } from 'node:worker_threads';
import { RequestError } from '../src/errors.js';
import type { FoldTask } from '../src/query/funnel/fold-task.js';
import type { FoldMessage, FoldReply } from '../src/query/funnel/fold-thread.js';
import { runFoldTask } from '../src/query/funnel/run-fold-task.js';
import { readNativeBlocks } from '../src/query/native-result.js';

const port = parentPort!;
const reply = (message: FoldReply): void => port.postMessage(message);

let chunks: Uint8Array[] = [];
let ended = false;
let wake: (() => void) | undefined;

async function* readChunks(): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const chunk = chunks.shift();
    if (chunk) {
      reply({ read: true });
      yield chunk;
    } else if (ended) return;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}

async function run(task: FoldTask): Promise<void> {
  try {
    reply({ done: await runFoldTask(task, readNativeBlocks(readChunks())) });
  } catch (error) {
    if (error instanceof RequestError)
      reply({ refused: { status: error.status, code: error.code, detail: error.detail } });
    else reply({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

port.on('message', (message: FoldMessage) => {
  if ('task' in message) {
    chunks = [];
    ended = false;
    void run(message.task);
  } else if ('chunk' in message) chunks.push(message.chunk);
  else ended = true;
  wake?.();
  wake = undefined;
});
