// What every script needs before it can do anything: the right Node, and the packages of the lockfile.
// Only modules of Node are used here: this runs on a fresh clone.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const NODE_MIN = [20, 19];

/** Prints one sentence and ends. */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  fail(
    `Weir needs Node ${NODE_MIN.join('.')} or newer and this is ${process.version}: install it from https://nodejs.org.`,
  );
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The packages of a lockfile by path, without those of other platforms, whose absence is right. */
function listPackages(lock) {
  return Object.entries(lock?.packages ?? {}).filter(([path, entry]) => path !== '' && !entry.optional);
}

/**
 * Installs what the lockfile names and node_modules lacks; npm's own record of what it installed is compared, so that an
 * interrupted installation is repeated. `dev`: also what tests and checks need.
 */
export function installPackages({ dev }) {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'));
  const present = new Map(Object.entries(installed?.packages ?? {}));
  const hasDev = [...present.values()].some((entry) => entry.dev);
  const wanted = listPackages(readJson(join(root, 'package-lock.json'))).filter(
    ([, entry]) => dev || !entry.dev,
  );
  if (wanted.every(([path, { version }]) => present.get(path)?.version === version)) return;
  console.error(installed ? 'Bringing npm packages up to date …' : 'Installing npm packages, once …');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // Not "ci": it refuses a lockfile that lacks the optional packages of other platforms. --no-save leaves the lockfile alone.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  args.push(dev || hasDev ? '--include=dev' : '--omit=dev');
  const result = spawnSync(npm[0], [...npm.slice(1), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.error)
    fail(`npm is missing (${result.error.code}): it comes with Node from https://nodejs.org.`);
  if (result.status !== 0) fail('npm could not install the packages; its message above says why.');
}
