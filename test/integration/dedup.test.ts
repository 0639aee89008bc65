/** The same event again, in every way it can come again: stored once, counted as a duplicate, also after a restart. */
import { beforeAll, expect, test } from 'vitest';
import { loadSql } from '../../src/clickhouse/sql-file.js';
import { type RunningIngest, runIngest } from '../../src/ingest/run.js';
import {
  type Bench,
  createBench,
  expectEnd,
  type IngestProcess,
  makeEvent,
  makePayload,
} from './ingest-instance.js';

let bench: Bench;
let ingest: IngestProcess;

beforeAll(async () => {
  bench = await createBench();
  ingest = bench.startIngest();
});

test('an id that comes twice in one payload is stored once', async () => {
  const project = 'one-payload';
  const done = await bench.send([makeEvent('a'), makeEvent('a'), makeEvent('b')], project);
  expect(done).toMatchObject({ received: 3, stored: 2, duplicates: 1, rejected: 0 });
  expect(await bench.count(project)).toEqual({ rows: 2, ids: 2 });
});

test('an id that comes again in another payload is a duplicate', async () => {
  const project = 'two-payloads';
  await bench.send([makeEvent('a')], project);
  const done = await bench.send([makeEvent('a'), makeEvent('b')], project);
  expect(done).toMatchObject({ stored: 1, duplicates: 1 });
  expect(await bench.count(project)).toEqual({ rows: 2, ids: 2 });
});

test('many payloads with the same ids at once store each id once', async () => {
  const project = 'at-once';
  const events = Array.from({ length: 50 }, (_, i) => makeEvent(`e${i}`));
  const done = await Promise.all(Array.from({ length: 20 }, () => bench.send(events, project)));
  expect(done.reduce((sum, one) => sum + one.stored, 0)).toBe(50);
  expect(done.reduce((sum, one) => sum + one.duplicates, 0)).toBe(950);
  expect(await bench.count(project)).toEqual({ rows: 50, ids: 50 });
});

test('two projects may use the same id', async () => {
  expect(await bench.send([makeEvent('shared')], 'left')).toMatchObject({ stored: 1 });
  expect(await bench.send([makeEvent('shared')], 'right')).toMatchObject({ stored: 1 });
});

test('another event with an id that is taken is rejected, and the first is kept', async () => {
  const project = 'conflict';
  await bench.send([makeEvent('a', { properties: { price: 1 } })], project);
  const done = await bench.send([makeEvent('b'), makeEvent('a', { properties: { price: 2 } })], project);
  expect(done).toMatchObject({ stored: 1, duplicates: 0, rejected: 1, conflicts: 1 });
  expect(done.rejects).toMatchObject([
    { index: 1, eventId: 'a', code: 'event_id_conflict', path: 'event_id' },
  ]);
  const { rows } = await bench.clickhouse.query<{ price: number }>(
    "select properties.price as price from events where project = 'conflict' and event_id = 'a'",
  );
  expect(rows).toEqual([{ price: 1 }]);
  const kept = await bench.clickhouse.query<{ code: string; raw: string; event: string }>(
    "select code, raw, event from rejected_events where project = 'conflict'",
  );
  expect(kept.rows).toHaveLength(1);
  expect(kept.rows[0]).toMatchObject({ code: 'event_id_conflict', event: 'view' });
  expect(JSON.parse(kept.rows[0]!.raw)).toEqual(makeEvent('a', { properties: { price: 2 } }));
});

test('two different events with one id in one payload keep the first', async () => {
  const project = 'conflict-inside';
  const events = [
    makeEvent('a', { event: 'first' }),
    makeEvent('a', { event: 'second' }),
    makeEvent('a', { event: 'first' }),
  ];
  expect(await bench.send(events, project)).toMatchObject({
    stored: 1,
    duplicates: 1,
    rejected: 1,
    conflicts: 1,
  });
  const { rows } = await bench.clickhouse.query<{ event: string }>(
    "select event from events where project = 'conflict-inside'",
  );
  expect(rows).toEqual([{ event: 'first' }]);
});

test('an id whose event was rejected may be used again', async () => {
  const project = 'mended';
  expect(await bench.send([{ event_id: 'a', event: 'view' }], project)).toMatchObject({ rejected: 1 });
  expect(await bench.send([makeEvent('a')], project)).toMatchObject({ stored: 1 });
});

test('events without an id are never taken for each other', async () => {
  const project = 'no-ids';
  const same = { event: 'view', user_id: 'u1', timestamp: '2026-05-01T00:00:00.000Z' };
  expect(await bench.send([same, same], project)).toMatchObject({ stored: 2, duplicates: 0 });
  expect(await bench.send([same], project)).toMatchObject({ stored: 1, duplicates: 0 });
});

const TEXTS = [
  "it's",
  'a\\b',
  '"q"',
  'tab\there',
  'naïve',
  '日本',
  '🙂',
  ' ',
  "'); drop table events; --",
  'x'.repeat(200),
  '{',
  '[1,2]',
  '~x',
];

test('ids of every kind of text are recognised again', async () => {
  const project = 'texts';
  const events = TEXTS.map((id) => makeEvent(id));
  expect(await bench.send(events, project)).toMatchObject({ stored: TEXTS.length, duplicates: 0 });
  expect(await bench.send(events, project)).toMatchObject({ stored: 0, duplicates: TEXTS.length });
});

test('ten thousand repeats at once are all recognised', async () => {
  const project = 'many';
  const payloads = Array.from({ length: 10 }, (_, p) =>
    Array.from({ length: 1_000 }, (_, i) => makeEvent(`many-${p}-${i}`)),
  );
  await Promise.all(payloads.map((events) => bench.send(events, project)));
  const again = await Promise.all(
    payloads.map((events) => bench.send([...events, makeEvent(`more-${events[0]!.event_id}`)], project)),
  );
  expect(again.map(({ stored, duplicates }) => ({ stored, duplicates }))).toEqual(
    payloads.map(() => ({ stored: 1, duplicates: 1_000 })),
  );
  expect(await bench.count(project)).toEqual({ rows: 10_010, ids: 10_010 });
});

test('a process that takes over knows what was stored before it', async () => {
  const project = 'restart';
  const events = Array.from({ length: 300 }, (_, i) =>
    makeEvent(`e${i}`, { timestamp: `2026-0${1 + (i % 9)}-01T00:00:00Z` }),
  );
  expect(await bench.send(events, project)).toMatchObject({ stored: 300 });
  ingest.process.kill('SIGTERM');
  await expectEnd(ingest, 0);
  ingest = bench.startIngest();
  expect(await bench.send([...events, makeEvent('new')], project)).toMatchObject({
    stored: 1,
    duplicates: 300,
  });
  expect(await bench.count(project)).toEqual({ rows: 301, ids: 301 });
  // The engine computes the hashes that are loaded: it must agree about every kind of text.
  expect(
    await bench.send(
      TEXTS.map((id) => makeEvent(id)),
      'texts',
    ),
  ).toMatchObject({ stored: 0, duplicates: TEXTS.length });
  ingest.process.kill('SIGTERM');
  await expectEnd(ingest, 0);
});

test('an id may be stored again once the window has passed since the entry it came in', async () => {
  const small = await createBench();
  const windowMs = 1_500;
  const running: RunningIngest = await runIngest({
    clickhouseUrl: small.clickhouseUrl,
    redisUrl: small.redisUrl,
    databaseUrl: undefined,
    stream: small.stream.options,
    batch: { rowsMax: 1_000, bytesMax: 1_000_000, ageMs: 10 },
    dedupWindowMs: windowMs,
    threads: 1,
    threadMemoryMb: 256,
  });
  const receivedMs = (payloadId: string) => Number(payloadId.split('-')[1]);
  try {
    let keptAt = -Infinity;
    let stored = 0;
    for (let i = 0; i < 8; i++) {
      const { payloadId } = await small.stream.append(makePayload([makeEvent('again')]));
      const isOutside = receivedMs(payloadId) - keptAt > windowMs;
      expect(await small.waitDone(payloadId)).toMatchObject({ stored: isOutside ? 1 : 0 });
      if (isOutside) {
        keptAt = receivedMs(payloadId);
        stored += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    expect(stored).toBeGreaterThan(1);
    expect(await small.count()).toEqual({ rows: stored, ids: 1 });
  } finally {
    await running.stop();
  }
});

test('a look-up reads only the parts of the table that may hold the ids', async () => {
  const params = {
    project: 'texts',
    ids: ['not there'],
    from: 1,
    to: Date.now() + 1e9,
    before_seq: '9000000000000000',
  };
  const { rows } = await bench.clickhouse.query<{ explain: string }>(
    `explain indexes = 1 ${loadSql('clickhouse/find-event-ids.sql')}`,
    { params },
  );
  const plan = rows.map((row) => row.explain).join('\n');
  expect(plan).toContain('received_at_range');
  expect(plan).toMatch(/event_id_bloom[\s\S]*Granules: 0\//);
});
