import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error(`no folder above ${start} holds package.json`);
    folder = dirname(folder);
  }
  return folder;
}

/** Absolute path of the checkout: the folder that holds package.json, whether run from src/ or from dist/. */
export const ROOT = findRoot();

/** Absolute path of a file that ships with Weir, such as `sql/clickhouse/trends.sql`. */
export const fromRoot = (...parts: string[]): string => join(ROOT, ...parts);

/** Absolute path of the built JavaScript of a source file: threads and child processes always run from dist/. */
export const builtFile = (source: string): string => join(ROOT, 'dist', source.replace(/\.ts$/, '.js'));

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Makes a folder and those above it that are missing, for their owner alone. Node's own `recursive` never returns where a folder cannot be
 * made below one that is there, as in /proc. Throws what `mkdirSync` throws.
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Made by somebody else meanwhile.
    if (!isFolder(path)) throw error;
  }
}
