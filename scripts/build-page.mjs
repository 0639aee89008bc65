// Builds the page, src/dashboard/web, into dist/dashboard with vite, and beside each file its gzip and its brotli form: some two
// seconds, and only when one of its sources is newer than the last build, so most starts do not even load vite.
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build as buildScript } from 'esbuild';

const script = fileURLToPath(import.meta.url);
const root = join(dirname(script), '..');
const sources = join(root, 'src', 'dashboard', 'web');
const BASE = '/assets/';
const output = join(root, 'dist', 'dashboard');

function findNewest(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)).mtimeMs);
  return Math.max(...files, ...[join(root, 'package.json'), script].map((path) => statSync(path).mtimeMs));
}

// Brotli at its best takes most of a second for all of them: too long for every start of the front.
const COMPRESSIONS = [
  ['.gz', promisify(gzip)],
  ['.br', promisify(brotliCompress)],
];

/**
 * What is loaded together. A file costs the browser and the front some milliseconds however small it is, so that what most screens
 * share is one with the frame, and so are the ways of drawing that most answers have; each screen is a file of its own.
 */
const CHUNKS = [
  { name: 'frame', test: /web\/(?:main|ui\/[^/]+|views\/(?:board|views))\.tsx?$/ },
  { name: 'charts', test: /web\/(?:charts\/lines|views\/common)\.tsx?$/ },
];

/** What is asked for at once by the document of an address where a dashboard is open: the sources that draw it. */
const BOARD_SOURCES = ['screens/dashboards.tsx', 'views/common.ts'];

/** The scripts that hold the sources, and those they import. */
function listScripts(bundle, sourceNames) {
  const found = new Set();
  const add = (name) => {
    if (found.has(name)) return;
    found.add(name);
    bundle[name].imports.forEach(add);
  };
  const paths = sourceNames.map((name) => join(sources, name));
  for (const chunk of Object.values(bundle))
    if (
      chunk.type === 'chunk' &&
      paths.some((path) => chunk.moduleIds.includes(path) || chunk.facadeModuleId === path)
    )
      add(chunk.fileName);
  return [...found];
}

/** Puts first.ts into the document, and writes a second document for dashboards, board.html. */
const composeDocuments = {
  name: 'compose-documents',
  transformIndexHtml: {
    order: 'post',
    async handler() {
      const { outputFiles } = await buildScript({
        entryPoints: [join(sources, 'first.ts')],
        bundle: true,
        minify: true,
        write: false,
        format: 'iife',
        target: 'es2022',
      });
      return [{ tag: 'script', children: outputFiles[0].text.trim(), injectTo: 'head-prepend' }];
    },
  },
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const links = listScripts(bundle, BOARD_SOURCES).map(
        (name) => `<link rel="modulepreload" crossorigin href="${BASE}${name}">`,
      );
      const source = bundle['index.html'].source.replace('</head>', `${links.join('')}</head>`);
      this.emitFile({ type: 'asset', fileName: 'board.html', source });
    },
  },
};

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
    base: BASE,
    plugins: [composeDocuments],
    configFile: false,
    logLevel: 'warn',
    // Said, because it is otherwise taken from NODE_ENV, and whoever builds under a test runner would leave a slow page behind.
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      outDir: output,
      emptyOutDir: true,
      assetsDir: '.',
      target: 'es2022',
      modulePreload: { polyfill: false },
      // A busy machine is no fault of the page's.
      rolldownOptions: {
        checks: { bundlerTimings: false },
        output: { codeSplitting: { groups: CHUNKS } },
      },
    },
  });
  const names = readdirSync(output).filter((name) => name !== 'index.html');
  await Promise.all(names.map((name) => compressFile(join(output, name))));
  await compressFile(join(output, 'index.html'));
}
