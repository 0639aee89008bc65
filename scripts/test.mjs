// npm test: everything, on a fresh clone too. Installs what is missing, checks types and lint, runs every test against real
// components, and ends with the plain line "N passed, N failed". Arguments go to vitest: npm test -- test/unit/mdl
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkNode, fail, installPackages, root } from './setup.mjs';

checkNode();
installPackages({ dev: true });
const { buildAll } = await import('./build.mjs');
await buildAll({ clean: false }).catch((error) => fail(`The sources do not build: ${error.message}`));
const { requireRedisServer } = await import('../dist/src/embedded/redis-server.js');
try {
  requireRedisServer({ tell: console.error });
} catch (error) {
  fail(error.message);
}

// Without Chromium the browser tests are left out, and that is said; in CI (CI=true) they run, and fail with a sentence.
const { CHROMIUM_MISSING, requireChromium } = await import('./chromium.mjs');
const leavesOutBrowser = requireChromium({ tell: console.error }) === undefined && !process.env.CI;

// Likewise without strace.
const { requireStrace, STRACE_MISSING, TRACED_TESTS } = await import('./strace.mjs');
const leavesOutTraced = !requireStrace({ tell: console.error }) && !process.env.CI;

const args = process.argv.slice(2);
const { runChecks } = await import('./check.mjs');
const checked = args.length > 0 || (await runChecks(['types', 'format and lint']));

const report = join(root, 'node_modules', '.cache', 'test-report.json');
mkdirSync(join(report, '..'), { recursive: true });
rmSync(report, { force: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const leftOut = [
  ...(leavesOutBrowser ? ['test/browser/**'] : []),
  ...(leavesOutTraced ? TRACED_TESTS : []),
].flatMap((pattern) => ['--exclude', pattern]);
const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...leftOut, ...args], {
  cwd: root,
  stdio: 'inherit',
});

if (!existsSync(report)) fail('The tests did not run to their end; the output above says why.');
const {
  numPassedTests: passed,
  numFailedTests,
  numFailedTestSuites,
  success,
} = JSON.parse(readFileSync(report, 'utf8'));
// A file that could not be loaded has no failed test and has failed all the same; so have types and lint.
const brokenFiles = numFailedTests === 0 && !success ? Math.max(1, numFailedTestSuites) : 0;
const failed = numFailedTests + brokenFiles + (checked ? 0 : 1);
if (leavesOutTraced) console.log(`The tests of power loss and full disks were left out. ${STRACE_MISSING}`);
if (leavesOutBrowser) console.log(`The browser tests were left out. ${CHROMIUM_MISSING}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && status === 0 ? 0 : 1;
