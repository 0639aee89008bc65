import { existsSync } from 'node:fs';
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
