#!/usr/bin/env node
// The command line. dist/ is built by npm start and npm test; a checkout that was never started is built here.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'dist', 'src', 'main.js');

if (!existsSync(join(root, 'node_modules'))) {
  console.error('The packages are not installed yet: run npm start (or npm install) here first.');
  process.exit(1);
}
if (!existsSync(main)) {
  const { buildAll } = await import('../scripts/build.mjs');
  await buildAll();
}
await import(pathToFileURL(main).href);
