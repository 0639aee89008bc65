/** What the engine's readers understand and Node does not, as a stream of bytes: see engine/read-file.ts. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { composeCommand } from '../../embedded/child.js';
import { builtFile } from '../../paths.js';
import { CommandError } from '../command-error.js';

/** What is kept of what the process says when it fails. */
const MESSAGE_LENGTH_MAX = 500;

export const isUrl = (name: string): boolean => /^https?:\/\//.test(name);
export const isParquet = (name: string): boolean => /\.parquet$/i.test(name.replace(/[?#].*$/, ''));
/** Compressions that the engine undoes by the name's ending. Parquet has its own inside. */
export const isForEngine = (name: string): boolean =>
  isUrl(name) || isParquet(name) || /\.(?:zst|br|xz|bz2|lz4)$/i.test(name);

/** The file's rows as lines of JSON (Parquet), or its text. Throws CommandError with the engine's first sentence. */
export async function* readWithEngine(name: string): AsyncGenerator<Buffer> {
  const { command, args } = composeCommand({
    command: process.execPath,
    args: [
      builtFile('src/engine/read-file.ts'),
      isParquet(name) ? 'parquet' : 'text',
      isUrl(name) ? name : resolve(name),
    ],
    orphanSignal: 'SIGKILL',
  });
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, MESSAGE_LENGTH_MAX);
  });
  const exited = new Promise<number>((resolve_) => child.once('close', (code) => resolve_(code ?? 1)));
  try {
    for await (const chunk of child.stdout) yield Buffer.from(chunk as Uint8Array);
    if ((await exited) !== 0) throw new CommandError(`${name} cannot be read: ${said.trim().split('\n')[0]}`);
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
    await exited;
  }
}
