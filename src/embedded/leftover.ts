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

/**
 * Ends the process named in a pid file when it is surely ours: its command line contains `mark`, a path inside our own data
 * folder (whose lock the caller holds). Any other process is left alone; the pid was reused.
 */
export async function endLeftover(pidFile: string, mark: string, signal: NodeJS.Signals): Promise<void> {
  const pid = readPid(pidFile);
  if (pid === undefined || pid === process.pid || !readCommandLine(pid).includes(mark)) return;
  process.kill(pid, signal);
  const deadline = Date.now() + LEFTOVER_TIMEOUT_MS;
  while (readCommandLine(pid).includes(mark)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, LEFTOVER_POLL_MS));
  }
}
