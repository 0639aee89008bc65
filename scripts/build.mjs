// Translates src/ and workers/ to dist/, one JavaScript file for each TypeScript file, with esbuild: about a
// tenth of a second, so every start can afford it and no stale build can run. Types are checked by `npm run check`.
import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

async function listSources(folder) {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile() && e.name.endsWith('.ts') && !e.name.endsWith('.d.ts'))
    .map((e) => join(e.parentPath ?? e.path, e.name))
    .filter((path) => !path.startsWith(join(root, 'src', 'dashboard', 'web')));
}

/** Builds everything into dist/. Throws with esbuild's messages when a file does not parse. */
export async function buildAll({ clean = false } = {}) {
  if (clean) rmSync(join(root, 'dist'), { recursive: true, force: true });
  const entryPoints = [...(await listSources('src')), ...(await listSources('workers'))];
  await build({
    entryPoints,
    outdir: join(root, 'dist'),
    outbase: root,
    bundle: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'error',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll({ clean: process.argv.includes('--clean') });
