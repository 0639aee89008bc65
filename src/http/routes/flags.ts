/** What stock clients ask or tell beside their events. None of it needs a key; an error would make them try again and again. */
import type { App } from '../route.js';

/** What PostHog's clients ask when they start. There are no flags here. */
const NO_FLAGS = {
  flags: {},
  featureFlags: {},
  featureFlagPayloads: {},
  errorsWhileComputingFlags: false,
  sessionRecording: false,
  supportedCompression: ['gzip', 'gzip-js'],
};

/** What they ask regularly when they were given a personal key, to judge flags themselves. */
const NO_FLAG_DEFINITIONS = { flags: [], group_type_mapping: {}, cohorts: {} };

const HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Allow-Headers': 'Authorization, *',
} as const;

/** /decide and /flags: an empty set. /v1/m, where Segment's browser client reports on itself: heard and forgotten. */
export function registerFlagRoutes(app: App): void {
  for (const path of ['/decide', '/decide/', '/flags', '/flags/']) {
    app.get(path, (c) => c.json(NO_FLAGS, 200, HEADERS));
    app.post(path, (c) => c.json(NO_FLAGS, 200, HEADERS));
    app.options(path, (c) => c.body(null, 204, HEADERS));
  }
  app.get('/flags/definitions', (c) => c.json(NO_FLAG_DEFINITIONS, 200, HEADERS));
  app.post('/v1/m', (c) => c.json({ success: true }, 200, HEADERS));
}
