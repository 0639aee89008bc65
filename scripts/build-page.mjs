// Builds the page, src/dashboard/web, into dist/dashboard with vite: about half a second, and only when one of its sources is newer than
// the last build, so most starts do not even load vite.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'src', 'dashboard', 'web');
const output = join(root, 'dist', 'dashboard');

function findNewest(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)).mtimeMs);
  return Math.max(...files, statSync(join(root, 'package.json')).mtimeMs);
}

/** Builds the page if need be. */
export async function buildPage() {
  const index = join(output, 'index.html');
  if (existsSync(index) && statSync(index).mtimeMs > findNewest(sources)) return;
  const { build } = await import('vite');
  await build({
    root: sources,
    base: '/assets/',
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: output,
      emptyOutDir: true,
      assetsDir: '.',
      target: 'es2022',
      // A busy machine is no fault of the page's.
      rolldownOptions: { checks: { bundlerTimings: false } },
    },
  });
}
