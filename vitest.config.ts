import { defineConfig } from 'vitest/config';

/** A test that hangs ends sometime; a busy machine may take many times as long as an idle one. */
const UNIT_TIMEOUT_MS = 180_000;
const INTEGRATION_TIMEOUT_MS = 300_000;
/** How long expect.poll waits for what must come true. */
const PATIENCE_MS = 120_000;

/** Two projects: unit tests touch nothing outside their process and wait for nothing; the rest share real backends. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    pool: 'forks',
    expect: { poll: { timeout: PATIENCE_MS } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,corpus}/**/*.test.ts'],
          globalSetup: ['test/support/build.ts'],
          testTimeout: UNIT_TIMEOUT_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{integration,oracle,faults,browser}/**/*.test.ts'],
          globalSetup: ['test/support/build.ts', 'test/support/global-setup.ts'],
          setupFiles: ['test/support/leak-check.ts'],
          testTimeout: INTEGRATION_TIMEOUT_MS,
          hookTimeout: INTEGRATION_TIMEOUT_MS,
        },
      },
    ],
  },
});
