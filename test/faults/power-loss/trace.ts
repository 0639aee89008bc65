/**
 * What a tree of processes did to its files, in order, as `strace` saw it.
 *
 * strace stops a process at each call it asks for, so the order of its lines is an order of cause and effect: when the front
 * sends "accepted", the line of the fsync it waited for is above. A call that overlaps others is written in two lines;
 * `start` and `end` say where. A call counts as done at its end, and an fsync covers what was done before its start.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const CALLS = [
  ...['open', 'openat', 'creat', 'chdir', 'clone', 'clone3', 'fork', 'vfork'],
  ...['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'lseek', 'truncate', 'ftruncate', 'fallocate'],
  ...['copy_file_range', 'sendfile', 'splice', 'io_submit', 'io_uring_enter', 'msync'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'unlink', 'unlinkat'],
  ...['mkdir', 'mkdirat', 'rmdir', 'fsync', 'fdatasync', 'sync', 'syncfs', 'sendto', 'sendmsg'],
];

/** More than any single write: nothing may be cut short. */
const STRING_BYTES_MAX = 256 * 1024 * 1024;

/** The command that runs `command` and writes its trace to `file`. */
export const traceCommand = (file: string, command: readonly string[]): string[] => [
  'strace',
  ...['-f', '--seccomp-bpf', '-qq', '-y', '-xx', '-s', String(STRING_BYTES_MAX), '--signal=none'],
  ...['-o', file, '-e', `trace=${CALLS.join(',')}`],
  ...command,
];

export interface Call {
  start: number;
  end: number;
  name: string;
  /** The arguments as printed. */
  args: string;
  /** What it returned; never negative, calls that failed are left out. */
  returned: number;
  /** The path behind the descriptor it returned. */
  returnedPath: string;
  /** Working directory of the process, as far as known. */
  cwd: string;
}

const decodeHex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');

/** The strings among a call's arguments, decoded. */
export function readStrings(args: string): Buffer[] {
  const pieces = args.split('"');
  return pieces.filter((_, index) => index % 2 === 1).map(decodeHex);
}

/** The descriptor a call works on, and the path behind it. */
export function readDescriptor(args: string): { fd: number; path: string } | undefined {
  const found = /^(\d+)<((?:\\x[0-9a-f]{2})*)>/.exec(args);
  return found ? { fd: Number(found[1]), path: decodeHex(found[2]!).toString() } : undefined;
}

/** Paths before each string argument: the folder a relative path starts from. */
export function readPaths(args: string, cwd: string): string[] {
  const paths: string[] = [];
  const pattern = /(?:(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>, )?"((?:\\x[0-9a-f]{2})*)"/g;
  for (const [, folder, name] of args.matchAll(pattern)) {
    const path = decodeHex(name!).toString();
    const base = folder === undefined ? cwd : decodeHex(folder).toString();
    paths.push(path.startsWith('/') ? path : `${base}/${path}`);
  }
  return paths;
}

const NAME = /^(\w+)\(/;
const RESUMED = /^<\.\.\. (\w+) resumed>/;
const RESULT = /^(\d+)(?:<((?:\\x[0-9a-f]{2})*)>)?/;
const CWD = /^AT_FDCWD<((?:\\x[0-9a-f]{2})*)>/;

/** Puts the two halves of overlapping calls together and remembers where each process stands. */
class TraceReader {
  #line = 0;
  readonly #halves = new Map<string, { text: string; start: number }>();
  readonly #cwds = new Map<string, string>();

  /** The call a line completes, if it does and the call succeeded. */
  read(line: string): Call | undefined {
    this.#line += 1;
    const space = line.indexOf(' ');
    const thread = line.slice(0, space);
    let text = line.slice(space).trimStart();
    let start = this.#line;
    const resumed = RESUMED.exec(text);
    if (resumed) {
      const half = this.#halves.get(thread);
      if (!half) return undefined;
      this.#halves.delete(thread);
      text = half.text + text.slice(resumed[0].length);
      start = half.start;
    }
    if (text.endsWith('<unfinished ...>')) {
      this.#halves.set(thread, { text: text.slice(0, -'<unfinished ...>'.length), start });
      return undefined;
    }
    return this.#finish(thread, text, start);
  }

  #finish(thread: string, text: string, start: number): Call | undefined {
    const name = NAME.exec(text)?.[1];
    const equals = text.lastIndexOf(' = ');
    if (name === undefined || equals < 0) return undefined;
    const result = RESULT.exec(text.slice(equals + 3).trimStart());
    if (!result) return undefined;
    const args = text.slice(name.length + 1, text.lastIndexOf(')', equals)).trimEnd();
    const known = CWD.exec(args)?.[1];
    if (known !== undefined) this.#cwds.set(thread, decodeHex(known).toString());
    const cwd = this.#cwds.get(thread) ?? '';
    const returned = Number(result[1]);
    if (name === 'chdir') this.#cwds.set(thread, readPaths(args, cwd)[0]!);
    if (/^(clone3?|v?fork)$/.test(name) && cwd !== '') this.#cwds.set(String(returned), cwd);
    const returnedPath = result[2] === undefined ? '' : decodeHex(result[2]).toString();
    return { start, end: this.#line, name, args, returned, returnedPath, cwd };
  }
}

/** The calls of a trace that succeeded, in the order in which they were done, those that `isWanted` picks. */
export async function readTrace(file: string, isWanted: (call: Call) => boolean): Promise<Call[]> {
  const reader = new TraceReader();
  const calls: Call[] = [];
  const lines = createInterface({
    input: createReadStream(file, { encoding: 'latin1', highWaterMark: 1 << 20 }),
  });
  for await (const line of lines) {
    const call = reader.read(line);
    if (call && isWanted(call)) calls.push(call);
  }
  return calls;
}
