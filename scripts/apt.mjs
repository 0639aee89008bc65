// Installing one of Debian's packages when that needs no question: as root, or with a sudo that asks for no password.
import { spawnSync } from 'node:child_process';

/** Package indexes and packages over a slow line; beyond this the person had better do it. */
const INSTALL_TIMEOUT_MS = 600_000;

const succeeds = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** Tries to install `name` until `find` finds what it brings; what was found, or undefined when that needs a person. */
export function installByApt(name, find, tell) {
  if (!succeeds('apt-get', ['--version'])) return undefined;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !succeeds('sudo', ['-n', 'true'])) return undefined;
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', name];
  for (const command of [install, ['apt-get', 'update'], install]) {
    const [program, ...args] = isRoot ? command : ['sudo', '-n', ...command];
    tell(`${name} is missing; running: ${[program, ...args].join(' ')}`);
    spawnSync(program, args, {
      stdio: 'ignore',
      timeout: INSTALL_TIMEOUT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    const installed = find();
    if (installed) return installed;
  }
  return undefined;
}
