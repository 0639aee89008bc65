// npm start: from a fresh clone to a running Weir. Installs what is missing, builds, runs `weir up` and passes signals on.
// With --watch (npm run dev) it rebuilds when a source file changes and restarts the front and the workers.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { checkNode, fail, installPackages, root } from './setup.mjs';

/** Editors write a file in several steps; a rebuild waits for the last. */
const REBUILD_DELAY_MS = 150;

/** How soon the death of npm is noticed. */
const PARENT_CHECK_MS = 1_000;

checkNode();
installPackages({ dev: false });
const { buildAll } = await import('./build.mjs');
await buildAll().catch((error) => fail(`The sources do not build: ${error.message}`));

const args = process.argv.slice(2);
const isWatching = args.includes('--watch');
const main = join(root, 'dist', 'src', 'main.js');
const child = spawn(
  process.execPath,
  ['--enable-source-maps', main, 'up', ...args.filter((arg) => arg !== '--watch')],
  {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  },
);

// Passed on always: a terminal signals the child too, and it takes signals that come together for one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'));
// npm that was killed cannot say so.
if (process.env.npm_lifecycle_event) {
  const npm = process.ppid;
  setInterval(() => process.ppid === npm || child.kill('SIGTERM'), PARENT_CHECK_MS).unref();
}
child.on('error', (error) => fail(`node could not be started: ${error.message}`));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));

if (isWatching) {
  let timer;
  const rebuild = async () => {
    try {
      await buildAll();
      if (child.connected) child.send('reload');
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
