import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fromRoot } from '../../src/paths.js';

export interface CommandResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  process: ChildProcess;
  /** Resolves at its end. */
  result: Promise<CommandResult>;
}

/** Starts `weir …` as a person would. */
export function startCommand(
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string; cwd?: string } = {},
): RunningCommand {
  const child = spawn(process.execPath, [fromRoot('bin', 'weir.mjs'), ...args], {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const result = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }));
  return { process: child, result };
}

/** Runs `weir …` to its end. */
export const runCommand = (...args: Parameters<typeof startCommand>): Promise<CommandResult> =>
  startCommand(...args).result;
