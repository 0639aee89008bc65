import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNameKeeper, type NameKeeper } from '../../../src/engine/name-keeper.js';

describe('keeping names', () => {
  let folder: string;
  let names: NameKeeper;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'weir-names-'));
    mkdirSync(join(folder, 'store', 'abc', 'table', 'part'), { recursive: true });
    names = createNameKeeper(folder);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the result of the statement', async () => {
    expect(await names.keepAfter(async () => 'done')).toBe('done');
  });

  it('tells the failure of the statement, also when keeping fails', async () => {
    const statement = async (): Promise<void> => {
      rmSync(folder, { recursive: true });
      throw new Error('the statement failed');
    };
    await expect(names.keepAfter(statement)).rejects.toThrow('the statement failed');
  });

  it('goes on when a table is dropped, renamed or made between two looks', async () => {
    await names.keep();
    rmSync(join(folder, 'store', 'abc'), { recursive: true });
    mkdirSync(join(folder, 'store', 'def', 'other'), { recursive: true });
    await names.keep();
    renameSync(join(folder, 'store', 'def'), join(folder, 'store', 'ghi'));
    await Promise.all([names.keep(), names.keep(), names.keepVisible()]);
  });
});
