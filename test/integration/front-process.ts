/** A front in a process of its own, for tests that kill it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { findFreePort } from '../../src/embedded/port.js';
import { builtFile } from '../../src/paths.js';

export interface FrontProcess {
  url: string;
  process: ChildProcess;
  /** Resolves with its exit code, or the name of the signal. */
  ended: Promise<number | string>;
  logs(): string;
}

/** Starts `weir api` and resolves when it answers. */
export async function startFrontProcess(env: Record<string, string>): Promise<FrontProcess> {
  const port = await findFreePort();
  const child = spawn(process.execPath, [builtFile('src/main.ts'), 'api'], {
    env: { ...process.env, WEIR_LOG: 'warn', WEIR_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  const ended = once(child, 'exit').then(([code, signal]) => (code as number | null) ?? (signal as string));
  const ready = once(child, 'message');
  await Promise.race([
    ready,
    ended.then((how) => {
      throw new Error(`weir api ended (${how}): ${output}`);
    }),
  ]);
  return { url: `http://127.0.0.1:${port}`, process: child, ended, logs: () => output };
}
