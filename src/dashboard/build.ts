/**
 * Builds the page into dist/dashboard with vite. Slower than translating the server (about 2 s), so scripts/build.mjs asks for it
 * only when a source of the page is newer than the last build.
 */
import { build } from 'vite';
import { fromRoot } from '../paths.js';

/** Places of the page; the server answers each with index.html. Kept beside the build so that both name the same folder. */
export const DASHBOARD_FOLDER = fromRoot('dist', 'dashboard');

export async function buildDashboard(): Promise<void> {
  await build({
    root: fromRoot('src', 'dashboard', 'web'),
    base: '/assets/',
    logLevel: 'warn',
    configFile: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: DASHBOARD_FOLDER,
      emptyOutDir: true,
      assetsDir: '.',
      target: 'es2022',
      sourcemap: false,
    },
  });
}
