import { expect, it } from 'vitest';
import { planMigrations, readMigrations } from '../../../src/metadata/migrate.js';
import { fromRoot } from '../../../src/paths.js';

it('the migrations that ship are in order and have a place of their own', () => {
  const versions = readMigrations(fromRoot('migrations', 'postgres')).map(({ version }) => version);
  expect(versions[0]).toBe(1);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
});

it('what is not in the ledger is pending', () => {
  const [first, ...rest] = ['a', 'b', 'c'].map((name, i) => ({
    version: i + 1,
    name,
    sql: '',
    checksum: name,
    breaking: false,
  }));
  expect(planMigrations([first!, ...rest], [first!])).toEqual(rest);
});
