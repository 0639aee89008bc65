import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How long a leftover may take to flush and leave before it is killed. */
const LEFTOVER_TIMEOUT_MS = 10_000;
const LEFTOVER_POLL_MS = 20;

function readCommandLine(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** Reads the process id on the first line of a pid file; undefined when there is none. */
function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** In the flags of /proc/PID/stat: the process is ending. */
const PF_EXITING = 0x4;

/**
 * Whether a process was ended and may still hold files and locks: its memory is gone, and with it its command line, its threads
 * are not all. One that is through and only waits for its parent to hear of it holds nothing. Linux only, elsewhere false.
 */
function isEnding(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // From the third field on: the second is a name that may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, flags, threads] = [fields[0], Number(fields[6]), Number(fields[17])];
    return state === 'Z' ? threads > 1 : (flags & PF_EXITING) !== 0;
  } catch {
    return false;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LEFTOVER_POLL_MS));

/**
 * Ends the process named in a pid file when it is surely ours: its command line contains `mark`, a path inside our own data
 * folder (whose lock the caller holds). Any other process is left alone; the pid was reused. Resolves with the pid: whatever
 * goes by it now is not what wrote the file, be it a stranger or the dead, whom an init may take seconds to bury.
 */
export async function endLeftover(
  pidFile: string,
  mark: string,
  signal: NodeJS.Signals,
): Promise<number | undefined> {
  const pid = readPid(pidFile);
  if (pid === undefined || pid === process.pid) return pid;
  const deadline = Date.now() + LEFTOVER_TIMEOUT_MS;
  if (readCommandLine(pid).includes(mark)) process.kill(pid, signal);
  while (readCommandLine(pid).includes(mark)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await pause();
  }
  while (isEnding(pid) && Date.now() <= deadline) await pause();
  return pid;
}
