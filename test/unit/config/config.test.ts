import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, findUnknownSettings, loadConfig } from '../../../src/config.js';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('an empty environment gives the defaults', () => {
  const config = loadConfig({});
  expect(config.host).toBe('127.0.0.1');
  expect(config.port).toBe(8080);
  expect(config.portIsChosen).toBe(false);
  expect(config.dataFolder).toBe(resolve('.weir'));
  expect(config.clickhouseUrl).toBeUndefined();
  expect(config.stream.partitions).toBe(4);
});

test('an empty value is the same as none', () => {
  expect(loadConfig({ WEIR_PORT: '', CLICKHOUSE_URL: '', WEIR_ADMIN_KEY: '' })).toEqual(loadConfig({}));
});

test('durations and sizes are read with their units', () => {
  const config = loadConfig({
    WEIR_DEDUP_WINDOW: '2h',
    WEIR_BATCH_AGE: '250ms',
    WEIR_STREAM_BYTES_MAX: '1.5GB',
    WEIR_BATCH_BYTES: '65536',
  });
  expect(config.dedupWindowMs).toBe(7_200_000);
  expect(config.batch.ageMs).toBe(250);
  expect(config.stream.bytesMax).toBe(1.5 * 1024 ** 3);
  expect(config.batch.bytesMax).toBe(65_536);
});

test('a wrong value is named with what is allowed', () => {
  expect(problemsOf({ WEIR_PORT: '99999' })).toEqual([
    'WEIR_PORT is "99999"; allowed: a whole number from 0 to 65535.',
  ]);
  expect(problemsOf({ WEIR_PORT: '80a' })).toEqual([
    'WEIR_PORT is "80a"; allowed: a whole number from 0 to 65535.',
  ]);
  expect(problemsOf({ WEIR_LOG: 'loud' })[0]).toMatch(/^WEIR_LOG is "loud"; allowed: one of trace, debug/);
});

test('all wrong values are named at once', () => {
  const problems = problemsOf({
    WEIR_PORT: '-1',
    WEIR_DEDUP_WINDOW: 'a week',
    WEIR_HOST: 'no such/host',
    REDIS_URL: 'localhost',
  });
  expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
    'REDIS_URL',
    'WEIR_DEDUP_WINDOW',
    'WEIR_HOST',
    'WEIR_PORT',
  ]);
});

test('a quantity outside its range is refused', () => {
  const environments: Record<string, string>[] = [
    { WEIR_PARTITIONS: '0' },
    { WEIR_BATCH_AGE: '2h' },
    { WEIR_THREAD_MEMORY_MB: '1' },
    { WEIR_BATCH_BYTES: '1GB' },
  ];
  for (const env of environments) expect(problemsOf(env)).toHaveLength(1);
});

test('secrets are not repeated in messages', () => {
  const [url, key] = problemsOf({ CLICKHOUSE_URL: 'ftp://me:geheim@host/db', WEIR_ADMIN_KEY: 'zu kurz' });
  expect(url).not.toContain('geheim');
  expect(url).toContain('ftp://***@host/db');
  expect(key).toContain('a key of 7 characters');
});

test('a mistyped name is noticed', () => {
  expect(findUnknownSettings({ WEIR_PROT: '1', WEIR_PORT: '1', WEIR_KEY: 'k', PATH: '/bin' })).toEqual([
    'WEIR_PROT is set and is no setting; did you mean WEIR_PORT?',
  ]);
});

test('Redis may be reached through a Unix socket', () => {
  expect(loadConfig({ REDIS_URL: 'unix:///run/redis.sock?db=3' }).redisUrl).toBe(
    'unix:///run/redis.sock?db=3',
  );
});
