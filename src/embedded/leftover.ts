import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How long a leftover may take to flush and leave before it is killed. */
const LEFTOVER_TIMEOUT_MS = 10_000;
const LEFTOVER_POLL_MS = 50;

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

/** Whether a process has ended and only waits for its parent to hear of it; Linux only, elsewhere false. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LEFTOVER_POLL_MS));

/**
 * Ends the process named in a pid file when it is surely ours: its command line contains `mark`, a path inside our own data
 * folder (whose lock the caller holds). Any other process is left alone; the pid was reused.
 */
export async function endLeftover(pidFile: string, mark: string, signal: NodeJS.Signals): Promise<void> {
  const pid = readPid(pidFile);
  if (pid === undefined || pid === process.pid) return;
  const deadline = Date.now() + LEFTOVER_TIMEOUT_MS;
  if (readCommandLine(pid).includes(mark)) process.kill(pid, signal);
  while (readCommandLine(pid).includes(mark)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await pause();
  }
  // Dead, but not yet taken note of by its parent: whoever checks the pid, as PostgreSQL does, would still find it.
  while (isZombie(pid) && Date.now() <= deadline) await pause();
}
