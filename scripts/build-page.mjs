// Builds the page, src/dashboard/web, into dist/dashboard with vite, and beside each file its gzip and its brotli form: some two
// seconds, and only when one of its sources is newer than the last build, so most starts do not even load vite.
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'src', 'dashboard', 'web');
const output = join(root, 'dist', 'dashboard');

function findNewest(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)).mtimeMs);
  return Math.max(...files, statSync(join(root, 'package.json')).mtimeMs);
}

// Brotli at its best takes most of a second for all of them: too long for every start of the front.
const COMPRESSIONS = [
  ['.gz', promisify(gzip)],
  ['.br', promisify(brotliCompress)],
];

async function compressFile(path) {
  const body = readFileSync(path);
  await Promise.all(
    COMPRESSIONS.map(async ([suffix, compress]) => {
      // In one move: a front that starts meanwhile reads a whole file or none.
      writeFileSync(`${path}${suffix}.tmp`, await compress(body));
      renameSync(`${path}${suffix}.tmp`, `${path}${suffix}`);
    }),
  );
}

/** Builds the page if need be. */
export async function buildPage() {
  // Written last.
  const done = join(output, 'index.html.br');
  if (existsSync(done) && statSync(done).mtimeMs > findNewest(sources)) return;
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
  const names = readdirSync(output).filter((name) => name !== 'index.html');
  await Promise.all(names.map((name) => compressFile(join(output, name))));
  await compressFile(join(output, 'index.html'));
}
