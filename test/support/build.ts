import { buildAll } from '../../scripts/build.mjs';

/** Vitest globalSetup: threads and child processes run from dist/, so it is built before any test. */
export async function setup(): Promise<void> {
  await buildAll();
}
