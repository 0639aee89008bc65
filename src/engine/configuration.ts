/** What the engine is told once, when it opens: how much memory it may take, and where backups may be written. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { MEMORY_MAX_BYTES, MEMORY_MIN_BYTES, MEMORY_SHARE_OF_MACHINE } from './limits.js';

/** Of the engine's memory, at most this part is kept as caches of marks and primary keys, each. */
const CACHE_SHARE = 0.05;

const escapeXml = (text: string): string =>
  text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char]!);

/** A share of this machine's memory, or of this container's. */
export function chooseMemoryLimit(): number {
  const constrained = process.constrainedMemory();
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.min(
    MEMORY_MAX_BYTES,
    Math.max(MEMORY_MIN_BYTES, Math.floor(available * MEMORY_SHARE_OF_MACHINE)),
  );
}

/** Writes the engine's configuration file; its path. */
export function writeConfiguration(folder: string, memoryLimitBytes: number): string {
  const path = join(folder, 'engine.xml');
  const backups = join(folder, 'backups');
  const cacheBytes = Math.floor(memoryLimitBytes * CACHE_SHARE);
  mkdirSync(backups, { recursive: true, mode: 0o700 });
  const lines = [
    '<clickhouse>',
    `  <max_server_memory_usage>${memoryLimitBytes}</max_server_memory_usage>`,
    `  <mark_cache_size>${cacheBytes}</mark_cache_size>`,
    `  <primary_index_cache_size>${cacheBytes}</primary_index_cache_size>`,
    `  <index_mark_cache_size>${cacheBytes}</index_mark_cache_size>`,
    `  <backups><allowed_path>${escapeXml(backups)}</allowed_path></backups>`,
    '</clickhouse>',
  ];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}
