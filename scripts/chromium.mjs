// Finding Chromium, which the browser tests drive, and installing it through the system's package manager when that needs no
// question: as root, or with a sudo that asks for no password. CHROMIUM names a browser elsewhere.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Package indexes and packages over a slow line; beyond this the person had better do it. */
const INSTALL_TIMEOUT_MS = 600_000;

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export const CHROMIUM_MISSING =
  'Chromium is missing, which the browser tests need: type: sudo apt-get install chromium (or your system’s like), or set CHROMIUM to its path.';

/** The path of a Chromium or Chrome, or undefined. */
export function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return [...paths, ...ELSEWHERE].find((path) => existsSync(path));
}

const succeeds = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** The path of a Chromium, installed when missing and possible; undefined when that needs a person. */
export function requireChromium({ tell }) {
  const present = findChromium();
  if (present !== undefined || process.env.CHROMIUM || !succeeds('apt-get', ['--version'])) return present;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !succeeds('sudo', ['-n', 'true'])) return undefined;
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'];
  for (const command of [install, ['apt-get', 'update'], install]) {
    const [program, ...args] = isRoot ? command : ['sudo', '-n', ...command];
    tell(`Chromium is missing; running: ${[program, ...args].join(' ')}`);
    spawnSync(program, args, {
      stdio: 'ignore',
      timeout: INSTALL_TIMEOUT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    const installed = findChromium();
    if (installed !== undefined) return installed;
  }
  return undefined;
}
