/**
 * Records a run of a whole `weir up`, from its first start on an empty folder to its death under load: every call by which it
 * changed files, and when each acknowledgement left. The recording is trusted only when its calls, applied to an empty disk,
 * give exactly the files that are really there.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRedis } from '../../../src/redis/client.js';
import { createInstance } from '../instance.js';
import { findTargets, strike } from '../processes.js';
import { Disk } from './disk.js';
import { type Sent, sendFor } from './load.js';
import { Replay } from './replay.js';
import { type Call, readDescriptor, readPaths, readStrings, readTrace, traceCommand } from './trace.js';

/** An answer of the front that said yes. */
export interface Answer {
  /** When it began to be sent, in lines of the trace. */
  at: number;
  /** 202: the payload is in Redis; 200: its events are in the engine. */
  status: number;
}

export interface Recording {
  /** The folder the processes worked on; a rebuilt one must stand at the same place. */
  folder: string;
  /** What really was there when they died. */
  original: string;
  calls: readonly Call[];
  sent: readonly Sent[];
  /** By `batch_id`. */
  answers: ReadonlyMap<string, Answer>;
  env: Readonly<Record<string, string>>;
}

export interface RecordOptions {
  /** An empty folder for everything. */
  base: string;
  seed: number;
  loadMs: number;
  env?: Readonly<Record<string, string>>;
}

/** Whether strace is here and allowed to trace. */
export const canTrace = (): boolean =>
  spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0;

const STATUS = /^HTTP\/1\.1 (\d+)/;
const BATCH_ID = /"batch_id":"([^"]+)"/;
const SENDS = new Set(['sendto', 'sendmsg', 'write', 'writev']);

function changesFolder(call: Call, folder: string): boolean {
  if (call.name === 'sync' || call.name === 'syncfs') return true;
  if (call.returnedPath.startsWith(folder)) return true;
  const descriptor = readDescriptor(call.args);
  if (descriptor) return descriptor.path.startsWith(folder);
  // Of a call with paths: a path can reach the folder only from there, or by its full name.
  return readPaths(call.args, call.cwd).some((path) => path.startsWith(folder));
}

async function readCalls(file: string, folder: string): Promise<Pick<Recording, 'calls' | 'answers'>> {
  const answers = new Map<string, Answer>();
  const mark = Buffer.from('"batch_id":"').toString('hex').replace(/../g, '\\x$&');
  const calls = await readTrace(file, (call) => {
    if (SENDS.has(call.name) && call.args.includes(mark)) {
      const text = readStrings(call.args).join('');
      const status = Number(STATUS.exec(text)?.[1]);
      const id = BATCH_ID.exec(text)?.[1];
      if (status < 300 && id !== undefined && !answers.has(id)) answers.set(id, { at: call.start, status });
    }
    return changesFolder(call, folder);
  });
  return { calls, answers };
}

/** Makes Redis write its file anew while events flow: the change-over must be as safe as the rest. */
async function rewriteLog(folder: string): Promise<void> {
  const { redis_url } = JSON.parse(readFileSync(join(folder, 'instance.json'), 'utf8')) as {
    redis_url: string;
  };
  const redis = createRedis(redis_url);
  await redis.waitReady(10_000);
  await redis.command(['BGREWRITEAOF']);
  await redis.close();
}

/** Runs an instance under strace, sends to it for `loadMs`, kills all of it at once, and reads what it did. */
export async function record(options: RecordOptions): Promise<Recording> {
  const folder = join(options.base, 'data');
  const trace = join(options.base, 'trace');
  const env = options.env ?? {};
  mkdirSync(folder);
  const instance = await createInstance(folder, env, (command) => traceCommand(trace, command));
  await instance.start();
  const sending = sendFor(instance.url, options.seed, 'p', options.loadMs);
  sending.catch(() => {});
  await sleep(options.loadMs / 2);
  await rewriteLog(folder);
  const sent = await sending;
  const [supervisor = 0] = findTargets(instance.pid, 'everything').slice(1);
  strike(findTargets(supervisor, 'everything'), 'SIGKILL');
  // strace has written its last line when it is gone, which is when all it traced are.
  while (instance.isRunning()) await sleep(50);
  const original = join(options.base, 'original');
  renameSync(folder, original);
  const recording = { folder, original, env, sent, ...(await readCalls(trace, folder)) };
  const disk = new Disk(folder);
  const replay = new Replay(disk);
  for (const call of recording.calls) replay.apply(call);
  const different = disk.compare(original);
  if (different.length > 0) throw new Error(`the trace does not explain ${different.slice(0, 5).join(', ')}`);
  return recording;
}
