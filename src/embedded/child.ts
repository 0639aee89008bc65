/**
 * One operating-system process that belongs to us, from spawn to exit.
 *
 *   starting --ready--> running --exit--> gone
 *   starting --exit or startTimeoutMs--> startChild throws, with the last lines the process printed
 *   starting --killed from outside--> startChild throws ChildKilled: nothing is known to be wrong with the process
 *
 * No process may outlive its owner. A stopped owner stops its children itself; for an owner that was killed there are three
 * nets: Node children leave when their IPC channel closes, on Linux the kernel signals every child through setpriv's
 * --pdeathsig, and the next start on the same data folder ends what is left (leftover.ts).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Lines of output kept in memory to explain a failed start: enough for a stack trace or a config error. */
const LINES_KEPT = 30;
/** A part's log file is put aside beyond this size; one old file is kept, so a part costs at most twice this on disk. */
const LOG_BYTES_MAX = 5 * 1024 * 1024;
/** How long a child may take to leave after its stop signal before it is killed. Redis and Postgres flush in this time. */
const STOP_TIMEOUT_MS = 10_000;

/** What a child that was started ahead of what it leans on is told over its channel once that is there. */
export const GO_AHEAD = 'go';

export interface ChildOptions {
  /** Name in messages: "redis", "postgres". */
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env?: Readonly<Record<string, string | undefined>>;
  /** Says that the child is up. Given each line of its output, or each IPC message of a Node child. */
  isReady(line: string): boolean;
  startTimeoutMs: number;
  stopSignal: NodeJS.Signals;
  /** Sent by the kernel when the owner dies without stopping the child (Linux). */
  orphanSignal: NodeJS.Signals;
  /** A Node child: gets an IPC channel, and its standard error passes through to ours. */
  node?: boolean;
  /** Run as this user; only root can ask for it. `override` keeps the right to pass through folders only root can read. */
  user?: { uid: number; gid: number; override: boolean };
  /** Where the child's output is kept; absent: only the last lines, in memory. */
  logFile?: string;
  stopTimeoutMs?: number;
  /** A Node child that reads its code meanwhile and is told "go" when this resolves; the start's time counts from then. */
  goAhead?: Promise<void>;
  /** Fires when nobody wants the child any more while it starts. */
  giveUp?: AbortSignal | undefined;
}

/** A process that was killed while it started, by somebody else: trying again may well do. */
export class ChildKilled extends Error {}

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Resolves once the process is gone, with a phrase such as "exit code 1" or "signal SIGKILL". */
  readonly exited: Promise<string>;
  /** Asks the process to leave, kills it after the stop timeout, resolves when it is gone. */
  stop(force?: boolean): Promise<void>;
  /** The last lines it printed. */
  lastLines(): string;
}

/** Finds a program on the PATH and in the folders of system programs that a user's PATH may lack. */
export function findProgram(name: string): string | undefined {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/bin',
    '/usr/sbin',
    '/sbin',
    '/bin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  for (const folder of folders) {
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

let setprivPath: string | false | undefined;

/** The path of a setpriv that knows --pdeathsig (util-linux; not busybox), or undefined. */
export function findSetpriv(): string | undefined {
  if (setprivPath === undefined) {
    const path = process.platform === 'linux' ? findProgram('setpriv') : undefined;
    const works = path !== undefined && spawnSync(path, ['--pdeathsig', 'SIGTERM', 'true']).status === 0;
    setprivPath = works ? path : false;
  }
  return setprivPath === false ? undefined : setprivPath;
}

/** The command to spawn for a program that shall leave with its owner and perhaps run as another user. */
export function composeCommand(options: Pick<ChildOptions, 'command' | 'args' | 'user' | 'orphanSignal'>): {
  command: string;
  args: string[];
  uid?: number;
  gid?: number;
} {
  const { user, orphanSignal } = options;
  const setpriv = findSetpriv();
  if (setpriv === undefined) {
    return {
      command: options.command,
      args: [...options.args],
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    };
  }
  const flags = ['--pdeathsig', orphanSignal];
  if (user) flags.push('--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups');
  if (user?.override) {
    // Without the secure bit access(2), by which PostgreSQL looks for its own programs, would judge without the capability.
    flags.push(
      '--inh-caps',
      '+dac_override',
      '--ambient-caps',
      '+dac_override',
      '--securebits',
      '+no_setuid_fixup',
    );
  }
  return { command: setpriv, args: [...flags, '--', options.command, ...options.args] };
}

function openLog(path: string): WriteStream {
  if (existsSync(path) && statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A full disk must not stop the supervisor: the log is lost, the part goes on.
  stream.on('error', () => {});
  return stream;
}

/**
 * Starts a process and resolves once `isReady` said so. Throws an Error with the last lines the process printed when it
 * leaves or stays silent before that.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { command, args, ...identity } = composeCommand(options);
  const process_ = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: options.node ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that Ctrl-C in a terminal reaches only the supervisor, which stops the parts in order.
    detached: true,
    ...identity,
  });
  const lines: string[] = [];
  const log = options.logFile === undefined ? undefined : openLog(options.logFile);
  const exited = new Promise<string>((resolve) => {
    process_.once('error', (error) => resolve(error.message));
    process_.once('exit', (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
  });
  void exited.then(() => log?.end());

  const ready = new Promise<void>((resolve) => {
    const take = (line: string): void => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
      log?.write(`${line}\n`);
      if (options.isReady(line)) resolve();
    };
    for (const stream of [process_.stdout, process_.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', take);
    }
    process_.on('message', (message) => {
      if (options.isReady(String(message))) resolve();
    });
  });

  void options.goAhead?.then(() => {
    // One that ended meanwhile is told nothing; that it ended is heard below.
    if (process_.connected) process_.send(GO_AHEAD, () => {});
  });
  const child = describeChild(process_, options, exited, lines);
  const failure = await waitForStart(ready, exited, options);
  if (failure === undefined) return child;
  const wasKilled = process_.signalCode !== null;
  await child.stop(true);
  const output = child.lastLines();
  const message = `${options.name} did not start: ${failure}${output === '' ? '' : `\n${output}`}`;
  throw wasKilled ? new ChildKilled(message) : new Error(message);
}

async function waitForStart(
  ready: Promise<void>,
  exited: Promise<string>,
  { startTimeoutMs, goAhead, giveUp }: Pick<ChildOptions, 'startTimeoutMs' | 'goAhead' | 'giveUp'>,
): Promise<string | undefined> {
  const over = new AbortController();
  const timeout = new Promise<string>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const count = (): void => {
      if (over.signal.aborted) return;
      timer = setTimeout(() => resolve(`no sign of life within ${startTimeoutMs / 1000} s`), startTimeoutMs);
    };
    if (goAhead === undefined) count();
    else void goAhead.then(count);
    const onGiveUp = (): void => resolve('it was not wanted any more');
    if (giveUp?.aborted) onGiveUp();
    giveUp?.addEventListener('abort', onGiveUp);
    over.signal.addEventListener('abort', () => {
      clearTimeout(timer);
      giveUp?.removeEventListener('abort', onGiveUp);
    });
  });
  const failure = await Promise.race([ready.then(() => undefined), exited, timeout]);
  over.abort();
  return failure;
}

function describeChild(
  process_: ChildProcess,
  options: ChildOptions,
  exited: Promise<string>,
  lines: string[],
): Child {
  return {
    name: options.name,
    pid: process_.pid ?? 0,
    exited,
    lastLines: () => lines.join('\n'),
    async stop(force = false) {
      if (process_.pid === undefined || process_.exitCode !== null || process_.signalCode !== null) return;
      process_.kill(force ? 'SIGKILL' : options.stopSignal);
      const timer = setTimeout(() => process_.kill('SIGKILL'), options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
