/**
 * How an import behaves towards a server that is slow, full, restarting or unhappy: a plain HTTP server plays it, because a
 * real one cannot be told to misbehave on cue. Imports into a real Weir are in import.test.ts.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFileInput, openFilesInput } from '../../src/cli/import/file-input.js';
import { type ImportOptions, importInput } from '../../src/cli/import/import.js';
import { parseMapping } from '../../src/cli/import/mapping.js';

interface Asked {
  headers: IncomingHttpHeaders;
  events: { event_id: string; bad?: boolean }[];
}

interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

let folder = '';
let server: Server | undefined;
let asked: Asked[] = [];
let said: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-import-'));
  asked = [];
  said = [];
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const storeAll = (one: Asked): Reply => ({
  status: 200,
  body: { stored: one.events.length, duplicates: 0, rejected: [] },
});

async function serve(answer: (one: Asked, place: number) => Reply | undefined): Promise<string> {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const one = {
      headers: request.headers,
      events: text
        .toString()
        .split('\n')
        .map((line) => JSON.parse(line)),
    };
    const reply = answer(one, asked.push(one) - 1);
    if (reply === undefined) {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.body ?? { detail: 'no' }));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function writeEvents(count: number): string {
  const path = join(folder, 'events.ndjson');
  writeFileSync(
    path,
    Array.from({ length: count }, (_, i) => `{"event_id":"e${i}","event":"a","user_id":"u"}\n`).join(''),
  );
  return path;
}

const options = (url: string, overrides: Partial<ImportOptions> = {}): ImportOptions => ({
  target: { url, key: 'k' },
  dataFolder: folder,
  settings: undefined,
  isWanted: () => true,
  rate: undefined,
  rejectsPath: undefined,
  gzip: false,
  again: false,
  dedupWindowMs: 86_400_000,
  signal: new AbortController().signal,
  progress: { write: (text) => said.push(text) },
  ...overrides,
});

const importSource = async (path: string, how: ImportOptions) =>
  importInput(
    await openFileInput(path, { format: undefined, delimiter: ',', mapping: parseMapping({}) }),
    how,
  );

test('every event is sent once and counted', async () => {
  const url = await serve(storeAll);
  const result = await importSource(writeEvents(2500), options(url));
  expect(result).toMatchObject({ totals: { stored: 2500, duplicates: 0, rejected: 0 }, finished: true });
  const ids = asked.flatMap(({ events }) => events.map(({ event_id }) => event_id));
  expect(new Set(ids).size).toBe(2500);
  expect(ids).toHaveLength(2500);
  expect(asked[0]!.headers).toMatchObject({
    authorization: 'Bearer k',
    'content-type': 'application/x-ndjson',
  });
});

test('requests can be compressed', async () => {
  const url = await serve(storeAll);
  const result = await importSource(writeEvents(10), options(url, { gzip: true }));
  expect(result.totals.stored).toBe(10);
  expect(asked[0]!.headers['content-encoding']).toBe('gzip');
});

test('a full server, a broken one and a lost connection are met with patience and the same request', async () => {
  const url = await serve((one, place) => {
    if (place === 0)
      return { status: 503, headers: { 'retry-after': '1' }, body: { detail: 'too many events wait' } };
    if (place === 1) return undefined;
    if (place === 2) return { status: 500 };
    return storeAll(one);
  });
  const startedAt = Date.now();
  const result = await importSource(writeEvents(3), options(url));
  expect(result.totals).toEqual({ stored: 3, duplicates: 0, rejected: 0 });
  // A timer may fire a little before its time by this clock.
  expect(Date.now() - startedAt).toBeGreaterThan(980);
  expect(new Set(asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(said.join('')).toContain('503: too many events wait; trying again in 1 s');
});

test('an outcome that is still open is asked for again under the same key', async () => {
  const url = await serve((one, place) =>
    place === 0 ? { status: 202, body: { batch_id: '0-1-1', received: 2 } } : storeAll(one),
  );
  expect((await importSource(writeEvents(2), options(url))).totals.stored).toBe(2);
  expect(asked.map(({ headers }) => headers['idempotency-key'])).toHaveLength(2);
  expect(asked[0]!.headers['idempotency-key']).toBe(asked[1]!.headers['idempotency-key']);
});

test('a refused request is halved until the refused event stands alone', async () => {
  const url = await serve((one) =>
    one.events.some(({ event_id }) => event_id === 'e5')
      ? { status: 422, body: { code: 'invalid_event', detail: 'e5 is bad' } }
      : storeAll(one),
  );
  const result = await importSource(writeEvents(20), options(url));
  expect(result.totals).toEqual({ stored: 19, duplicates: 0, rejected: 1 });
  expect(result.rejects).toEqual([
    { line: 6, code: 'invalid_event', message: '422: e5 is bad', json: expect.stringContaining('"e5"') },
  ]);
});

test('rejected events are listed with their lines, and counted when they are too many to list', async () => {
  const url = await serve((one) => ({
    status: 200,
    body: {
      stored: one.events.length - 5,
      duplicates: 2,
      rejected: [{ index: 1, event_id: 'e1', code: 'missing_user', path: 'user_id', message: 'is missing' }],
      rejected_count: 3,
    },
  }));
  const result = await importSource(writeEvents(10), options(url));
  expect(result.totals).toEqual({ stored: 5, duplicates: 2, rejected: 3 });
  expect(result.rejects).toEqual([
    { line: 2, code: 'missing_user', message: 'user_id: is missing', json: expect.stringContaining('"e1"') },
  ]);
});

test("a key that may not write ends the import with the server's sentence", async () => {
  const url = await serve(() => ({ status: 403, body: { detail: 'This key may not write.' } }));
  await expect(importSource(writeEvents(5000), options(url))).rejects.toThrow('403: This key may not write.');
  expect(asked.length).toBeLessThanOrEqual(16);
});

test('an interrupted import goes on behind what has its outcome, without sending that again', async () => {
  const interrupt = new AbortController();
  let isUp = false;
  // Until it is up, everything from the fifth request on is refused, and that interrupts the import.
  const url = await serve((one) => {
    if (isUp || Number(one.events[0]?.event_id.slice(1)) < 4000) return storeAll(one);
    interrupt.abort();
    return { status: 503 };
  });
  const path = writeEvents(9500);
  const first = await importSource(path, options(url, { signal: interrupt.signal }));
  expect(first.finished).toBe(false);
  expect(first.totals.stored).toBe(4000);
  isUp = true;
  asked = [];
  const resumed = await importSource(path, options(url));
  expect(resumed).toMatchObject({ totals: { stored: 9500, duplicates: 0, rejected: 0 }, finished: true });
  expect(said.join('')).toContain('going on after line 4000');
  const places = asked.flatMap(({ events }) => events.map(({ event_id }) => Number(event_id.slice(1))));
  expect(Math.min(...places)).toBe(4000);
  expect(places).toHaveLength(5500);
});

test('many files go on in the middle of one, and a file that came meanwhile is not forgotten', async () => {
  const write = (name: string, count: number): string => {
    const path = join(folder, name);
    const line = (i: number): string => `{"event_id":"${name}-${i}","event":"a","user_id":"u"}\n`;
    writeFileSync(path, Array.from({ length: count }, (_, i) => line(i)).join(''));
    return path;
  };
  const names = ['b', 'c', 'd'].map((name) => write(name, 2500));
  const open = (files: readonly string[]) =>
    openFilesInput(folder, files, { format: 'ndjson', delimiter: ',', mapping: parseMapping({}) });
  const interrupt = new AbortController();
  let isUp = false;
  const url = await serve((one) => {
    if (isUp || one.events[0]?.event_id.startsWith('b')) return storeAll(one);
    interrupt.abort();
    return { status: 503 };
  });
  const first = await importInput(await open(names), options(url, { signal: interrupt.signal }));
  expect(first).toMatchObject({ finished: false, totals: { stored: 3000 } });
  isUp = true;
  asked = [];
  const resumed = await importInput(await open([write('a', 10), ...names]), options(url));
  expect(resumed).toMatchObject({ finished: true, totals: { stored: 7510, duplicates: 0, rejected: 0 } });
  const ids = asked.flatMap(({ events }) => events.map(({ event_id }) => event_id));
  expect(ids[0]).toBe('c-500');
  expect(new Set(ids).size).toBe(4510);
  expect(ids.filter((id) => id.startsWith('a-'))).toHaveLength(10);
});

test('rejected events are kept in a file with their place, once, also after an interrupt', async () => {
  const interrupt = new AbortController();
  let isUp = false;
  const url = await serve((one) => {
    const first = Number(one.events[0]?.event_id.slice(1));
    if (!isUp && first >= 2000) {
      interrupt.abort();
      return { status: 503 };
    }
    const rejected = [{ index: 7, event_id: 'x', code: 'missing_user', path: '', message: 'no user' }];
    return { status: 200, body: { stored: one.events.length - 1, duplicates: 0, rejected } };
  });
  const path = writeEvents(4000);
  const rejectsPath = join(folder, 'rejects.ndjson');
  await importSource(path, options(url, { signal: interrupt.signal, rejectsPath }));
  isUp = true;
  const done = await importSource(path, options(url, { rejectsPath }));
  expect(done.codes).toEqual({ missing_user: 4 });
  const kept = readFileSync(rejectsPath, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(kept.map(({ line }) => line)).toEqual([8, 1008, 2008, 3008]);
  expect(JSON.parse(kept[1].event)).toMatchObject({ event_id: 'e1007' });
});

test('a rate is kept', async () => {
  const url = await serve(storeAll);
  const startedAt = Date.now();
  const result = await importSource(writeEvents(3000), options(url, { rate: 3000 }));
  expect(result.totals.stored).toBe(3000);
  // Whatever else takes time only adds to it.
  expect(Date.now() - startedAt).toBeGreaterThan(980);
});

test('a file that was imported before is sent again while repeats are recognised, and refused after', async () => {
  const url = await serve(storeAll);
  const path = writeEvents(3);
  await importSource(path, options(url));
  const key = asked[0]!.headers['idempotency-key'];
  await importSource(path, options(url));
  expect(said.join('')).toContain('was imported at');
  // A new run: the server must judge the events, not repeat its first answer.
  expect(asked[1]!.headers['idempotency-key']).not.toBe(key);
  await expect(importSource(path, options(url, { dedupWindowMs: -1 }))).rejects.toThrow(
    '--again does it anyway',
  );
  expect((await importSource(path, options(url, { dedupWindowMs: -1, again: true }))).totals.stored).toBe(3);
});
