import { expect, it } from 'vitest';
import { planMigrations, readMigrations } from '../../../src/metadata/migrate.js';
import { fromRoot } from '../../../src/paths.js';

it('the migrations that ship are in order and have a place of their own', () => {
  const migrations = readMigrations(fromRoot('migrations', 'postgres'));
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, i) => i + 1));
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
