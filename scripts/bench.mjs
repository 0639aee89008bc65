// npm run bench [NAME…]: runs bench/*.ts, or those named, one after another. A benchmark prints its table and one JSON line
// a figure; they pass through. Each is bundled on its own; packages stay outside, and threads run from dist/ as always.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkNode, fail, installPackages, root } from './setup.mjs';

checkNode();
installPackages({ dev: true });
const { build } = await import('esbuild');
const { buildAll } = await import('./build.mjs');

const available = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replace(/\.ts$/, ''))
  .sort();
const options = process.argv.slice(2).filter((arg) => arg.startsWith('--'));
const named = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const unknown = named.find((name) => !available.includes(name));
if (unknown) fail(`There is no benchmark ${JSON.stringify(unknown)}; there are: ${available.join(', ')}.`);

await buildAll();
let failed = 0;
for (const name of named.length > 0 ? named : available) {
  const outfile = join(root, 'dist', 'bench', `${name}.js`);
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'bench', `${name}.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'error',
  });
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...options], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    failed += 1;
    console.error(`${name} ended with ${status ?? 'a signal'}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
