// Finding Chromium, which the browser tests drive, and installing it through the system's package manager when that needs no
// question: as root, or with a sudo that asks for no password. CHROMIUM names a browser elsewhere.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installByApt } from './apt.mjs';

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

/** The path of a Chromium, installed when missing and possible; undefined when that needs a person. */
export function requireChromium({ tell }) {
  const present = findChromium();
  return present !== undefined || process.env.CHROMIUM
    ? present
    : installByApt('chromium', findChromium, tell);
}
