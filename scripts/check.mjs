// npm run check: types, format and lint, unit tests, side by side; seconds. All of them run even when one fails.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkNode, installPackages, root } from './setup.mjs';

const CHECKS = [
  { name: 'types', program: 'typescript/bin/tsc', args: ['-p', '.'] },
  {
    name: 'format and lint',
    program: '@biomejs/biome/bin/biome',
    args: ['check', '--error-on-warnings', '.'],
  },
  { name: 'unit tests', program: 'vitest/vitest.mjs', args: ['run', '--project', 'unit', '--reporter=dot'] },
];

function run({ name, program, args }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', program), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('close', (code) => resolve({ name, ok: code === 0, output }));
  });
}

/** Runs checks by name, all when none is named; prints what failed; true when everything passed. */
export async function runChecks(names = CHECKS.map(({ name }) => name)) {
  const results = await Promise.all(CHECKS.filter(({ name }) => names.includes(name)).map(run));
  for (const { name, ok, output } of results) {
    console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}`);
    if (!ok) console.log(output);
  }
  return results.every(({ ok }) => ok);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  checkNode();
  installPackages({ dev: true });
  process.exitCode = (await runChecks()) ? 0 : 1;
}
