// strace, by which the tests of power loss and full disks see and steer what processes do with their files. Linux only.
import { spawnSync } from 'node:child_process';
import { installByApt } from './apt.mjs';

export const STRACE_MISSING =
  'strace is missing or may not trace here, which the tests of power loss and full disks need: type: sudo apt-get install strace (or your system’s like).';

/** The test files that need it. */
export const TRACED_TESTS = ['test/faults/power-loss.test.ts', 'test/integration/disk-full.test.ts'];

const canTrace = () =>
  spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0;

/** Whether strace can be used, after installing it where it is missing and that is possible. */
export function requireStrace({ tell }) {
  if (canTrace()) return true;
  if (process.platform !== 'linux' || spawnSync('strace', ['--version']).status === 0) return false;
  return installByApt('strace', canTrace, tell) === true;
}
