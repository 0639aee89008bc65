import { readFileSync } from 'node:fs';
import { fromRoot } from './paths.js';

/** The version of this code, as package.json has it. */
export const readRelease = (): string =>
  (JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as { version: string }).version;
