/**
 * The process that users' code runs in. A process and not a thread, because a thread's memory limit does not hold: of seven
 * ways to eat memory three ended the whole process (DECISIONS). It has a heap limit, is watched for memory beside the heap,
 * gets none of our environment, and is killed when it does not answer. The kernel kills it when our thread dies (Linux).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { composeCommand } from '../embedded/child.js';
import { builtFile } from '../paths.js';
import type { PluginDescriptor } from '../pipeline/plugin-call.js';
import type { PluginSource } from './load.js';
import { REPLY_FD, type Reply, type Request } from './wire.js';

/** How long a process may take to start and import the plugins; a busy machine takes a second. */
const LOAD_TIMEOUT_MS = 20_000;
/** How often a busy process's memory is looked at: it may take this long times the memory's speed more than it should. */
const MEMORY_INTERVAL_MS = 50;
/** What Node itself takes beside the heap that plugins have, in MB. */
const NODE_MB = 128;
const PAGE_BYTES = 4_096;
const MB = 1024 * 1024;

export interface PluginSettings {
  /** How long one plugin may take over one event. */
  timeoutMs: number;
  /** What plugins may take of memory, in MB. */
  memoryMb: number;
}

/** How a request ended: answered in full, or why the process is gone. */
export type Ending = 'done' | 'timeout' | 'memory' | 'died';

export interface PluginProcess {
  /** Sends a request and hands on each reply until `done`. A silence of `timeoutMs`, or too much memory, ends the process. */
  ask(request: Request, onReply: (reply: Reply) => void, timeoutMs?: number): Promise<Ending>;
  readonly isGone: boolean;
  /** Kills it. */
  stop(): void;
}

/** Resident memory of a process in MB; 0 where the system does not tell (then only the heap limit holds). */
function readMemoryMb(pid: number | undefined): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES) / MB;
  } catch {
    return 0;
  }
}

/** Starts a process without plugins. */
export function startPluginProcess({ timeoutMs, memoryMb }: PluginSettings): PluginProcess {
  const { command, args } = composeCommand({
    command: process.execPath,
    args: [`--max-old-space-size=${memoryMb}`, builtFile('workers/plugins.ts')],
    orphanSignal: 'SIGKILL',
  });
  const child: ChildProcess = spawn(command, args, { env: {}, stdio: ['pipe', 'ignore', 'ignore', 'pipe'] });
  let ended: Ending | undefined;
  let onReply: (reply: Reply) => void = () => {};
  let finish: (ending: Ending) => void = () => {};
  const end = (ending: Ending): void => {
    ended ??= ending;
    child.kill('SIGKILL');
    finish(ended);
  };
  child.on('error', () => end('died'));
  child.on('exit', (_code, signal) => end(signal === 'SIGABRT' || signal === 'SIGTRAP' ? 'memory' : 'died'));
  child.stdin?.on('error', () => {});
  const replies = createInterface({ input: child.stdio[REPLY_FD] as Readable });
  replies.on('line', (line) => onReply(JSON.parse(line) as Reply));

  return {
    get isGone() {
      return ended !== undefined;
    },
    stop: () => end('died'),
    ask(request, hear, silenceMs = timeoutMs) {
      if (ended !== undefined) return Promise.resolve(ended);
      return new Promise((resolve) => {
        let timer = setTimeout(() => end('timeout'), silenceMs);
        const watch = setInterval(() => {
          if (readMemoryMb(child.pid) > memoryMb + NODE_MB) end('memory');
        }, MEMORY_INTERVAL_MS);
        finish = (ending) => {
          clearTimeout(timer);
          clearInterval(watch);
          onReply = () => {};
          finish = () => {};
          resolve(ending);
        };
        onReply = (reply) => {
          clearTimeout(timer);
          timer = setTimeout(() => end('timeout'), silenceMs);
          hear(reply);
          if ('done' in reply || 'loaded' in reply || 'refused' in reply) finish('done');
        };
        child.stdin?.write(`${JSON.stringify(request)}\n`);
      });
    },
  };
}

/** Gives a process its plugins: what they are, or why they cannot be taken. */
export async function loadInto(
  target: PluginProcess,
  sources: readonly PluginSource[],
): Promise<{ plugins: PluginDescriptor[] } | { refused: string }> {
  let answer: { plugins: PluginDescriptor[] } | { refused: string } | undefined;
  const ending = await target.ask(
    { load: sources },
    (reply) => {
      if ('loaded' in reply) answer = { plugins: reply.loaded };
      else if ('refused' in reply) answer = { refused: reply.refused };
    },
    LOAD_TIMEOUT_MS,
  );
  if (answer !== undefined) return answer;
  const reasons: Record<Ending, string> = {
    done: 'no answer',
    timeout: `importing them took more than ${LOAD_TIMEOUT_MS / 1_000} s`,
    memory: 'importing them took too much memory',
    died: 'importing them ended their process',
  };
  return { refused: reasons[ending] };
}
