/** The pool against real threads, which run from dist/. */
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { readEventId } from '../../src/event/prepared.js';
import type { Entry } from '../../src/event/types.js';
import { prepareBatch } from '../../src/pipeline/prepare.js';
import { createPreparePool, PrepareError, type PreparePool } from '../../src/pool/prepare-pool.js';
import { createEntry, event } from '../unit/pipeline/entries.js';

let pool: PreparePool | undefined;

const open = (options: Partial<Parameters<typeof createPreparePool>[0]> = {}): PreparePool => {
  pool = createPreparePool({ threads: 1, memoryMb: 256, ...options });
  return pool;
};

afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

const task = (...entries: Entry[]) => ({ entries, partition: 3, seq: 7 });
const small = createEntry([event({ event_id: 'a' }), event({ event_id: 'b' }), 5], { eventCount: 3 });

/** A payload whose rejects, each kept with its reason, are more than a small thread can hold. */
const large = createEntry(`[${'{},'.repeat(300_000)}{}]`);

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => new Error('it came back'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PrepareError)) throw error;
  return error.code;
};

test('A thread gives the batch that the function gives', async () => {
  const body = Buffer.concat([Buffer.alloc(100), small.body, Buffer.alloc(100)]);
  const view = createEntry(body.subarray(100, 100 + small.body.length), { ...small, body: undefined });
  const expected = prepareBatch(task(small, view));
  const batch = await open().prepare(task(small, view));
  const plain = { stageMs: undefined, block: Array.from(batch.block), idBytes: Array.from(batch.idBytes) };
  expect({ ...batch, ...plain }).toEqual({
    ...expected,
    stageMs: undefined,
    block: Array.from(expected.block),
    idBytes: Array.from(expected.idBytes),
  });
  expect([readEventId(batch, 0), readEventId(batch, 3)]).toEqual(['a', 'b']);
  expect(body.length).toBe(200 + small.body.length);
});

test('More tasks than threads wait their turn, each gets its own answer', async () => {
  const threads = open({ threads: 2 });
  const sizes = Array.from({ length: 12 }, (_, n) => n);
  const batches = await Promise.all(
    sizes.map((size) => threads.prepare(task(...Array.from({ length: size }, () => small)))),
  );
  expect(batches.map(({ rows }) => rows)).toEqual(sizes.map((size) => size * 2));
});

describe('A task that its thread does not survive is named, and the pool goes on', () => {
  test('when it needs too much memory', async () => {
    const threads = open({ memoryMb: 16 });
    const [before, failed, after] = await Promise.all([
      threads.prepare(task(small)),
      codeOf(threads.prepare(task(large))),
      threads.prepare(task(small)),
    ]);
    expect(failed).toBe('prepare_out_of_memory');
    expect([before.rows, after.rows]).toEqual([2, 2]);
    expect(await codeOf(threads.prepare(task(large)))).toBe('prepare_out_of_memory');
    expect((await threads.prepare(task(small))).rows).toBe(2);
  });

  test('when it takes too long', async () => {
    const threads = open({ taskTimeoutMs: 4_000 });
    await threads.prepare(task(small));
    const repeated = `[${Array.from({ length: 50_000 }, () => '{"a":1,"a":2}').join()}]`;
    const slow = createEntry(gzipSync(repeated), { encoding: 'gzip' });
    const failed = codeOf(threads.prepare(task(...Array.from({ length: 1_000 }, () => slow))));
    expect(await failed).toBe('prepare_timeout');
    expect((await threads.prepare(task(small))).rows).toBe(2);
  });
});

test('A closed pool finishes what runs and refuses what waits', async () => {
  const threads = open();
  const running = threads.prepare(task(small));
  const waiting = codeOf(threads.prepare(task(small)));
  await Promise.resolve();
  const closing = threads.close();
  expect((await running).rows).toBe(2);
  expect(await waiting).toBe('prepare_closed');
  await closing;
  expect(await codeOf(threads.prepare(task(small)))).toBe('prepare_closed');
});

test('Threads judge by the event types that were set last', async () => {
  const threads = open();
  const types = (revision: number, required: string) => ({
    revision,
    types: [
      {
        project: 'shop',
        name: 'bought',
        version: revision,
        mode: 'reject' as const,
        schema: { required: [required] },
      },
    ],
    strictProjects: [],
  });
  const paid = createEntry([event({ properties: { total: 1 } })]);
  const countRows = async () => (await threads.prepare(task(paid))).rows;
  expect(await countRows()).toBe(1);
  threads.setRegistry(types(1, 'currency'));
  expect(await countRows()).toBe(0);
  threads.setRegistry(types(2, 'total'));
  expect(await countRows()).toBe(1);
});
