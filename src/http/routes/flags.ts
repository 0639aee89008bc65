import type { App } from '../app.js';

/** What PostHog's clients ask when they start. There are no flags here; an error would make them try again and again. */
const NO_FLAGS = {
  flags: {},
  featureFlags: {},
  featureFlagPayloads: {},
  errorsWhileComputingFlags: false,
  sessionRecording: false,
  supportedCompression: ['gzip', 'gzip-js'],
};

const HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type',
} as const;

/** /decide and /flags: an empty set. */
export function registerFlagRoutes(app: App): void {
  for (const path of ['/decide', '/decide/', '/flags', '/flags/']) {
    app.get(path, (c) => c.json(NO_FLAGS, 200, HEADERS));
    app.post(path, (c) => c.json(NO_FLAGS, 200, HEADERS));
    app.options(path, (c) => c.body(null, 204, HEADERS));
  }
}
