/** Reads the plugin folder: its files, whole, and a hash that tells one state of it from another. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginSource } from './load.js';
import { PluginRefused } from './load.js';

/** Files in the folder; their sources are in the memory of every worker. */
const PLUGIN_FILES_MAX = 50;
/** Bytes of all of them: every task refers to them, every plugin process parses them. */
const PLUGIN_BYTES_MAX = 4 * 1024 * 1024;

const SUFFIX = /\.m?js$/;

export interface PluginFolder {
  revision: string;
  /** By name. */
  sources: PluginSource[];
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Reads the folder; one that is not there has no plugins. Throws PluginRefused beyond a limit, and what the file system throws. */
export async function readPluginFolder(path: string): Promise<PluginFolder> {
  const files = await readdir(path).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const names = files.filter((file) => SUFFIX.test(file) && !file.startsWith('.')).sort();
  if (names.length > PLUGIN_FILES_MAX)
    throw new PluginRefused(`${names.length} files; ${PLUGIN_FILES_MAX} is the most`);
  let bytes = 0;
  for (const name of names) bytes += (await stat(join(path, name))).size;
  if (bytes > PLUGIN_BYTES_MAX) throw new PluginRefused(`${bytes} bytes; ${PLUGIN_BYTES_MAX} is the most`);
  const sources: PluginSource[] = [];
  const hash = createHash('sha256');
  for (const file of names) {
    const source = await readFile(join(path, file), 'utf8');
    hash.update(`${file}\u0000${source.length}\u0000${source}`);
    sources.push({ file, source });
  }
  return { revision: hash.digest('hex').slice(0, 16), sources };
}
