import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHUNK_BYTES_MAX, CHUNK_EVENTS_MAX, cutChunks } from '../../../src/cli/import/chunk.js';
import { guessFormat } from '../../../src/cli/import/file-input.js';
import { parseMapping } from '../../../src/cli/import/mapping.js';
import { readNdjson as readLinesOf } from '../../../src/cli/import/ndjson.js';
import { LINE_BYTES_MAX, openSource, type Source } from '../../../src/cli/import/source.js';
import { createTranslate } from '../../../src/cli/import/translate.js';
import { createSourceOf, readAll } from './source-of.js';

const readNdjson = (source: Source, skipLines: number) =>
  readLinesOf(source, createTranslate('native', parseMapping({})), skipLines);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-import-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('lines with an id pass as they are, whatever the chunks', async () => {
  const text = '\uFEFF{"event_id":"1","event":"ä"}\r\n\n  {"event":"b","event_id":"2"}\n{"event_id":"3"}';
  for (const chunkBytes of [1, 2, 3, 1000]) {
    expect(await readAll(readNdjson(createSourceOf(text, chunkBytes), 0))).toEqual([
      { line: 1, json: '{"event_id":"1","event":"ä"}' },
      { line: 3, json: '{"event":"b","event_id":"2"}' },
      { line: 4, json: '{"event_id":"3"}' },
    ]);
  }
});

test('a line without an id gets one, also when the word stands deeper inside', async () => {
  const lines = ['{"event":"a"}', '{}', '{"event":"a","properties":{"event_id":"x"}}', '{ "event":"a"}'];
  const records = await readAll(readNdjson(createSourceOf(lines.join('\n')), 0));
  const events = records.map((record) => ('json' in record ? JSON.parse(record.json) : {}));
  const ids = events.map((event) => event.event_id);
  expect(ids.every((id) => /^import-[\w-]{27}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(4);
  expect(events.map(({ event_id, ...rest }) => rest)).toEqual(lines.map((line) => JSON.parse(line)));
});

test('what is not an object is left for the server to judge', async () => {
  const lines = ['[1]', 'nonsense', '{"event_id": broken'];
  const records = await readAll(readNdjson(createSourceOf(lines.join('\n')), 0));
  expect(records.map((record) => ('json' in record ? record.json : ''))).toEqual(lines);
});

test('a line too long for any event is refused without being kept', async () => {
  const long = `{"event":"${'x'.repeat(LINE_BYTES_MAX)}"}`;
  const records = await readAll(
    readNdjson(createSourceOf(`{"event_id":"1"}\n${long}\n{"event_id":"2"}`, 256 * 1024), 0),
  );
  expect(records.map((record) => ('json' in record ? record.json : record.problem.code))).toEqual([
    '{"event_id":"1"}',
    'event_too_large',
    '{"event_id":"2"}',
  ]);
});

test('requests are cut by events and by bytes, the same way after a resume', async () => {
  const lines = Array.from({ length: CHUNK_EVENTS_MAX * 2 + 10 }, (_, i) => `{"event_id":"${i}"}`).join('\n');
  const cut = async (skip: number) => {
    const chunks = [];
    for await (const chunk of cutChunks(readNdjson(createSourceOf(lines, 5000), skip), () => true))
      chunks.push(chunk);
    return chunks;
  };
  const all = await cut(0);
  expect(all.map(({ records }) => records.length)).toEqual([CHUNK_EVENTS_MAX, CHUNK_EVENTS_MAX, 10]);
  expect(await cut(all[0]!.lastLine)).toEqual(all.slice(1));
  const wide = Array.from(
    { length: 5 },
    (_, i) => `{"event_id":"${i}","x":"${'y'.repeat(CHUNK_BYTES_MAX / 2)}"}`,
  ).join('\n');
  const sizes = [];
  for await (const chunk of cutChunks(readNdjson(createSourceOf(wide, 65536), 0), () => true))
    sizes.push(chunk.records.length);
  expect(sizes).toEqual([1, 1, 1, 1, 1]);
});

test('the same content has the same identity, compressed or not, and under any name', async () => {
  const text = '{"event_id":"1"}\n'.repeat(9000);
  writeFileSync(join(folder, 'a.ndjson'), text);
  writeFileSync(join(folder, 'b.gz'), gzipSync(text));
  writeFileSync(join(folder, 'c.ndjson'), text.replace('1', '2'));
  const [a, b, c] = await Promise.all(
    ['a.ndjson', 'b.gz', 'c.ndjson'].map((name) => openSource(join(folder, name))),
  );
  expect(b!.identity).toBe(a!.identity);
  expect(c!.identity).not.toBe(a!.identity);
  for (const source of [a!, b!]) expect(await readAll(readNdjson(source, 0))).toHaveLength(9000);
  await readAll(readNdjson(c!, 0));
});

test('a file that is not there and a folder are named in a sentence', async () => {
  await expect(openSource(join(folder, 'none'))).rejects.toThrow('cannot be read (there is no such file)');
  await expect(openSource(folder)).rejects.toThrow('is a folder');
});

test('the format is told by the name, else by the first character', () => {
  const guess = (name: string, head: string) => guessFormat({ name, head: Buffer.from(head) });
  expect(guess('a.csv.gz', '{')).toBe('csv');
  expect(guess('a.jsonl', '')).toBe('ndjson');
  expect(guess('-', '\uFEFF {"event"')).toBe('ndjson');
  expect(guess('-', 'event,user_id')).toBe('csv');
  expect(() => guess('a.json', ' [{')).toThrow("jq -c '.[]'");
});
