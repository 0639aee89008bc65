import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  markKeysShown,
  openDataFolder,
  readInstance,
  readKeys,
  readOrMakeKeys,
  readPassword,
  removeInstance,
  writeInstance,
} from '../../../src/embedded/data-folder.js';
import { lockFolder } from '../../../src/embedded/folder-lock.js';

let folder = '';
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'weir-data-')), 'a b');
  openDataFolder(folder);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

test('keys are made once, kept, and readable by the owner only', () => {
  const first = readOrMakeKeys(folder, {});
  expect(first.toShow).toBe(true);
  expect(new Set(Object.values(first.keys)).size).toBe(3);
  expect(readOrMakeKeys(folder, {})).toEqual(first);
  expect(readKeys(folder)).toMatchObject(first.keys);
  expect(statSync(join(folder, 'keys.json')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('keys are to be shown until a start has shown them, and not when all were given', () => {
  expect(readOrMakeKeys(folder, {}).toShow).toBe(true);
  markKeysShown(folder);
  expect(readOrMakeKeys(folder, {}).toShow).toBe(false);
  rmSync(join(folder, 'keys.json'));
  const given = { admin: 'my-admin-key', read: 'my-read-key', write: 'my-write-key' };
  expect(readOrMakeKeys(folder, given)).toEqual({ keys: given, toShow: false });
});

test('a key from the environment wins and is kept for the command line', () => {
  const { keys } = readOrMakeKeys(folder, {});
  const given = readOrMakeKeys(folder, { write: 'my-own-write-key' });
  expect(given.keys).toEqual({ ...keys, write: 'my-own-write-key' });
  expect(readKeys(folder)?.write).toBe('my-own-write-key');
});

test('the password of embedded backends never changes', () => {
  expect(readPassword(folder)).toBe(readPassword(folder));
});

test('a file that is not what Weir wrote is named instead of replaced', () => {
  writeFileSync(join(folder, 'keys.json'), '{"admin": 1}');
  expect(() => readOrMakeKeys(folder, {})).toThrow(join(folder, 'keys.json'));
});

test('an instance is found while it runs', () => {
  const instance = { pid: 1, url: 'u', clickhouse_url: 'c', redis_url: 'r', database_url: 'd' };
  expect(readInstance(folder)).toBeUndefined();
  writeInstance(folder, instance);
  expect(readInstance(folder)).toEqual(instance);
  removeInstance(folder);
  expect(readInstance(folder)).toBeUndefined();
});

test('a data folder that cannot be made is a sentence with the setting in it', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => openDataFolder(join(folder, 'file', 'inside'))).toThrow(
    /^WEIR_DATA is ".*"; allowed: a folder .* \(ENOTDIR\)/,
  );
});

// In /proc nothing can be made, and the kernel says that something is missing.
test.skipIf(process.platform !== 'linux')(
  'nor does a data folder below one that takes none keep anybody waiting',
  () => {
    for (const path of ['/proc/none', '/proc/none/inside'])
      expect(() => openDataFolder(path)).toThrow(/^WEIR_DATA is ".*"; allowed: a folder .* \(ENOENT\)/);
  },
);

test('a folder is held by one at a time, by whatever path it is reached', async () => {
  const lock = await lockFolder(folder);
  expect(lock).toBeDefined();
  expect(await lockFolder(join(folder, '.'))).toBeUndefined();
  lock!.release();
  const next = await lockFolder(folder);
  expect(next).toBeDefined();
  next!.release();
});
