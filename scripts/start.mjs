// npm start: from a fresh clone to a running Weir. Installs what is missing, builds, and becomes `weir up`: the same process,
// so signals need no passing on. With --watch (npm run dev) it rebuilds when a source file changes and reloads; with --demo
// (npm run demo) a second process fills it, on a data folder of its own.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkNode, fail, installPackages, root } from './setup.mjs';

/** Editors write a file in several steps; a rebuild waits for the last. */
const REBUILD_DELAY_MS = 150;
/** How soon the death of npm is noticed. */
const PARENT_CHECK_MS = 1_000;

checkNode();
installPackages({ dev: false });
const { buildAll, endBuilder } = await import('./build.mjs');
await buildAll().catch((error) => fail(`The sources do not build: ${error.message}`));

const args = process.argv.slice(2);
if (args.includes('--watch')) watchSources();
else await endBuilder();

// A terminal that closes is a person who leaves.
process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));
// npm that was killed cannot say so.
if (process.env.npm_lifecycle_event) {
  const npm = process.ppid;
  setInterval(() => process.ppid === npm || process.kill(process.pid, 'SIGTERM'), PARENT_CHECK_MS).unref();
}

const main = join(root, 'dist', 'src', 'main.js');
if (args.includes('--demo')) fillDemo();
process.argv = [process.argv[0], main, 'up', ...args.filter((arg) => arg !== '--watch' && arg !== '--demo')];
process.setSourceMapsEnabled(true);
await import(pathToFileURL(main).href);

function fillDemo() {
  process.env.WEIR_DATA ??= '.weir-demo';
  const filler = spawn(process.execPath, [main, 'demo'], { stdio: ['ignore', 'inherit', 'inherit'] });
  process.on('exit', () => filler.kill());
}

function watchSources() {
  let timer;
  const rebuild = async () => {
    try {
      await buildAll();
      process.kill(process.pid, 'SIGUSR2');
    } catch {
      // esbuild printed what is wrong; the old build keeps running.
    }
  };
  for (const folder of ['src', 'workers', 'sql']) {
    watch(join(root, folder), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(rebuild, REBUILD_DELAY_MS);
    });
  }
}
