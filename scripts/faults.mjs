// npm run faults -- [--schedules N] [--seed N] [--seconds N] [--keep]: seeded faults against the real processes; see test/faults/run.ts;
// with --power-loss, power losses: test/faults/power-loss/run.ts.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkNode, fail, installPackages, root } from './setup.mjs';

checkNode();
installPackages({ dev: true });
const { build } = await import('esbuild');
const { buildAll } = await import('./build.mjs');

await buildAll();
const losesPower = process.argv.includes('--power-loss');
const { requireStrace, STRACE_MISSING } = await import('./strace.mjs');
if (losesPower && !requireStrace({ tell: console.error })) fail(STRACE_MISSING);
const entry = losesPower ? 'power-loss/run.ts' : 'run.ts';
const outfile = join(root, 'dist', 'faults', 'run.js');
await build({
  absWorkingDir: root,
  entryPoints: [join(root, 'test', 'faults', entry)],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'error',
});
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
