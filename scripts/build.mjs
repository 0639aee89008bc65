// Translates src/ and workers/ to dist/, one JavaScript file for each TypeScript file, with esbuild: about a
// tenth of a second, so every start can afford it and no stale build can run. Types are checked by `npm run check`.
// A file is replaced in one move and only when it changed, so processes that run from dist/ meanwhile read whole files.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { buildPage } from './build-page.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

async function listFiles(folder, suffix) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile() && e.name.endsWith(suffix))
    .map((e) => join(e.parentPath ?? e.path, e.name));
}

async function listSources(folder) {
  const files = await listFiles(join(root, folder), '.ts');
  const web = join(root, 'src', 'dashboard', 'web');
  return files.filter((path) => !path.endsWith('.d.ts') && !path.startsWith(web));
}

function replaceFile(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

/** Builds everything into dist/. Throws with esbuild's messages when a file does not parse. */
export async function buildAll({ clean = false } = {}) {
  const dist = join(root, 'dist');
  if (clean) rmSync(dist, { recursive: true, force: true });
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [...(await listSources('src')), ...(await listSources('workers'))],
    outdir: dist,
    outbase: root,
    bundle: false,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'error',
  });
  await buildPage();
  const built = new Set(outputFiles.map((file) => file.path));
  for (const file of outputFiles) replaceFile(file.path, Buffer.from(file.contents));
  // What has no source any more must not run.
  const present = [
    ...(await listFiles(join(dist, 'src'), '.js')),
    ...(await listFiles(join(dist, 'workers'), '.js')),
  ];
  for (const path of present.filter((path) => !built.has(path))) rmSync(path, { force: true });
}

/** Ends esbuild's own process; the next build would start it again. */
export const endBuilder = () => stop();

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildAll({ clean: process.argv.includes('--clean') });
