/** The rules Weir comes with. They belong to the project "default", are made once, and can be changed, silenced and deleted. */
import { createId } from '../definitions/id.js';
import type { Run } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { createSecret } from '../webhook/signature.js';
import { readRule } from './rule.js';

const ADD = loadStatement('alert-add-default');
const NAMES = loadStatement('alert-defaults');

const PROJECT = 'default';

/** By the name they are known by for ever. */
const DEFAULTS: Readonly<Record<string, object>> = {
  processing_lag: {
    name: 'Processing lag above 5 s',
    signal: 'processing_lag',
    condition: { above: 5, window: '30s' },
    interval: '15s',
  },
  cache_hit_ratio: {
    name: 'Cache hit ratio below 80 %',
    signal: 'cache_hit_ratio',
    condition: { below: 80, window: '15m' },
    for: '10m',
  },
  pool_exhausted: {
    name: 'Connection pool exhausted',
    signal: 'pool_exhausted',
    condition: { above: 10, window: '30s' },
    interval: '15s',
  },
  memory_share: {
    name: 'Memory above 80 %',
    signal: 'memory_share',
    condition: { above: 80, window: '1m' },
    for: '2m',
    interval: '30s',
  },
  error_rate: {
    name: 'Error rate above 1 %',
    signal: 'error_rate',
    condition: { above: 1, window: '1m' },
    interval: '15s',
  },
  integrity: {
    name: 'Integrity broken',
    signal: 'integrity',
    condition: { above: 0, window: '30s' },
    interval: '15s',
  },
};

/** Adds those that were never made. False: the project is not there yet. @throws MetadataError */
export async function addDefaults(run: Run): Promise<boolean> {
  const made = new Set((await run.query<{ name: string }>(NAMES)).map(({ name }) => name));
  const missing = Object.entries(DEFAULTS).filter(([builtin]) => !made.has(builtin));
  let added = 0;
  for (const [builtin, input] of missing) {
    const { rule, written } = readRule(input);
    const values = [
      builtin,
      createId('al'),
      PROJECT,
      rule.name,
      JSON.stringify(written),
      createSecret(),
      rule.intervalMs,
    ];
    added += (await run.query(ADD, values)).length;
  }
  // Another process may have added them: the next look says so.
  return added === missing.length;
}
