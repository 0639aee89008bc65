import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSpool, createStorage } from '../../../src/engine/storage.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-storage-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (memoryRoom: number) => ({
  diskPath: join(folder, 'disk'),
  memoryPath: join(folder, 'memory'),
  memoryRoom,
});

describe('a spool file', () => {
  test('stays in memory as long as it has room there', async () => {
    const file = createSpool(place(10));
    await file.write(Buffer.from('12345'));
    await file.write(Buffer.from('67890'));
    await file.finish();
    expect([file.path, file.bytes]).toEqual([join(folder, 'memory'), 10]);
    expect(readFileSync(file.path, 'utf8')).toBe('1234567890');
    expect(existsSync(join(folder, 'disk'))).toBe(false);
    await file.remove();
    expect(existsSync(file.path)).toBe(false);
  });

  test('moves to disk with all it has when it outgrows that', async () => {
    const file = createSpool(place(10));
    for (const part of ['12345', '67890', 'abc', 'def']) await file.write(Buffer.from(part));
    await file.finish();
    expect([file.path, file.bytes]).toEqual([join(folder, 'disk'), 16]);
    expect(readFileSync(file.path, 'utf8')).toBe('1234567890abcdef');
    expect(existsSync(join(folder, 'memory'))).toBe(false);
    await file.remove();
    expect(existsSync(file.path)).toBe(false);
  });

  test.each([0, 10])('is there, empty, when nothing was written (room %i)', async (room) => {
    const file = createSpool(place(room));
    await file.finish();
    expect(readFileSync(file.path)).toHaveLength(0);
    await file.remove();
  });

  test('is removed in any state, and more than once', async () => {
    const file = createSpool(place(3));
    await file.write(Buffer.from('12345'));
    await file.remove();
    await file.remove();
    expect(existsSync(join(folder, 'disk')) || existsSync(join(folder, 'memory'))).toBe(false);
  });
});

describe('a storage', () => {
  test('clears away what an earlier one left, and goes without a trace', async () => {
    const first = createStorage(folder, 2);
    const left = first.createSpoolFile();
    await left.write(Buffer.from('x'));
    await left.finish();
    const second = createStorage(folder, 2);
    expect(existsSync(left.path)).toBe(false);
    const path = second.openPipe(0).path;
    expect(existsSync(path)).toBe(true);
    second.close();
    expect(existsSync(path) || existsSync(join(folder, 'tmp'))).toBe(false);
  });

  test.runIf(existsSync('/dev/shm'))('clears away what belonged to data folders that are gone', async () => {
    const gone = mkdtempSync(join(tmpdir(), 'weir-storage-gone-'));
    const abandoned = createStorage(gone, 1);
    const file = abandoned.createSpoolFile();
    await file.write(Buffer.from('x'));
    await file.finish();
    rmSync(gone, { recursive: true });
    createStorage(folder, 1).close();
    expect(existsSync(file.path)).toBe(false);
  });

  test('gives what is written to a pipe, however often it is opened, and ends when told', async () => {
    const storage = createStorage(folder, 1);
    for (let round = 0; round < 3; round++) {
      const pipe = storage.openPipe(0);
      writeFileSync(pipe.path, 'first ');
      writeFileSync(pipe.path, 'second');
      pipe.closeWriter();
      const chunks: Buffer[] = [];
      for await (const chunk of pipe.stream) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toBe('first second');
    }
    const unused = storage.openPipe(0);
    unused.closeWriter();
    for await (const _ of unused.stream) throw new Error('nothing was written');
    storage.close();
  });

  test('tells the size and the end of a file', () => {
    const storage = createStorage(folder, 1);
    const path = storage.newResultPath();
    writeFileSync(path, 'abcdef');
    expect(storage.describeFile(path, 3)).toEqual({ bytes: 6, tail: Buffer.from('def') });
    expect(storage.describeFile(path, 100)).toEqual({ bytes: 6, tail: Buffer.from('abcdef') });
    storage.close();
  });
});
