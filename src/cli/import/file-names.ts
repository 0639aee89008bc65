/** Which files are meant: names, folders with all that is in them, and wildcards (*, ?, {a,b}, and ** for any depth). */
import { type Dirent, existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { CommandError } from '../command-error.js';
import { isUrl } from './engine-reader.js';
import { STANDARD_INPUT } from './source.js';

/** Files one import may read; their names are held in memory and in its state. */
const FILES_MAX = 100_000;
/** What in a folder is taken for a file of events. Segment's archive ends its names with .gz alone. */
const EVENT_FILE = /\.(?:ndjson|jsonl|json|csv|tsv|parquet|gz|zst|br|xz|bz2|lz4)$/i;

const isPattern = (name: string): boolean => /[*?{]/.test(name) && !isUrl(name) && !existsSync(name);

/** A wildcard pattern as an expression over whole paths with "/". */
export function compilePattern(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\{([^{}]*)\}/g, (_, words: string) => `(?:${words.split(',').join('|')})`)
    .replace(/\*\*\/|\*\*|\*|\?/g, (mark) =>
      mark === '**/' ? '(?:.*/)?' : mark === '**' ? '.*' : mark === '*' ? '[^/]*' : '[^/]',
    );
  return new RegExp(`^${source}$`);
}

async function listFolder(folder: string): Promise<string[]> {
  const entries: Dirent[] = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const isHidden = (name: string): boolean =>
    relative(folder, name)
      .split(sep)
      .some((part) => part.startsWith('.'));
  return names.filter((name) => !isHidden(name));
}

async function expandName(name: string): Promise<string[]> {
  if (name === STANDARD_INPUT || isUrl(name)) return [name];
  if (isPattern(name)) {
    const fixed = name.slice(0, name.search(/[*?{]/));
    const folder = fixed.includes('/') ? fixed.slice(0, fixed.lastIndexOf('/')) || '/' : '.';
    const expression = compilePattern(join(name));
    const all = existsSync(folder) ? await listFolder(folder) : [];
    return all.filter((path) => expression.test(path.split(sep).join('/')));
  }
  const found = await stat(name).catch(() => undefined);
  if (!found?.isDirectory()) return [name];
  return (await listFolder(name)).filter((path) => EVENT_FILE.test(path));
}

/** Whether a name stands for many files: then they are one source. */
export async function isMany(name: string): Promise<boolean> {
  if (isPattern(name)) return true;
  return (await stat(name).catch(() => undefined))?.isDirectory() ?? false;
}

/** The files, sorted by name. Throws CommandError when there are none, or more than FILES_MAX. */
export async function expandNames(names: readonly string[]): Promise<string[]> {
  const all = (await Promise.all(names.map(expandName))).flat();
  const files = [...new Set(all)].sort();
  if (files.length === 0) throw new CommandError(`${names.join(', ')}: there is no file of events.`, 2);
  if (files.length > FILES_MAX)
    throw new CommandError(`${files.length} files are too many for one import; ${FILES_MAX} is the most.`, 2);
  return files;
}
