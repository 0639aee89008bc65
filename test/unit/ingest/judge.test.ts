/**
 * The judgement of a whole stream, however it is cut into batches and however often a batch is tried, against the rule
 * applied event by event to an array.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashEventId, hashText } from '../../../src/event/hash.js';
import type { PreparedBatch } from '../../../src/event/prepared.js';
import type { Entry } from '../../../src/event/types.js';
import { createFingerprints } from '../../../src/ingest/fingerprints.js';
import {
  CONFLICT,
  DUPLICATE,
  type EarlierAttempts,
  judgeRows,
  NEW,
  OURS,
  REJECTED_BEFORE,
  rejectKey,
} from '../../../src/ingest/judge.js';
import { eventKey, type IngestTables, type StoredEvent } from '../../../src/ingest/tables.js';
import { makePrepared } from './prepared-batch.js';

const WINDOW_MS = 100;

interface TestEvent {
  project: string;
  id: string;
  content: string;
}

interface TestEntry {
  ms: number;
  project: string;
  events: TestEvent[];
}

/** A row as the model's table holds it. */
interface ModelRow extends StoredEvent {
  key: string;
  seq: number;
}

/** The rule, told as slowly as it can be. */
function judgeByRule(entries: readonly TestEntry[]): number[] {
  const kept: { key: string; content: string; ms: number }[] = [];
  return entries.flatMap((entry) =>
    entry.events.map(({ project, id, content }) => {
      const key = eventKey(project, id);
      const keeper = kept.find(
        (event) => event.key === key && event.ms >= entry.ms - WINDOW_MS && event.ms <= entry.ms,
      );
      if (keeper) return keeper.content === content ? DUPLICATE : CONFLICT;
      kept.push({ key, content, ms: entry.ms });
      return NEW;
    }),
  );
}

function toEntries(entries: readonly TestEntry[]): Entry[] {
  return entries.map((entry, i) => ({
    partition: 3,
    id: `${entry.ms}-${i}`,
    project: entry.project,
    format: 'events',
    encoding: '',
    eventCount: entry.events.length,
    receivedAtMs: entry.ms,
    ip: '',
    userAgent: '',
    body: new Uint8Array(0),
  }));
}

/** What a worker would make of these entries, as far as judging needs it. */
function toBatch(entries: readonly TestEntry[]): PreparedBatch {
  const rows = entries.flatMap((entry, n) => entry.events.map((event, index) => ({ event, n, index })));
  const ids = rows.map(({ event }) => Buffer.from(event.id));
  const idOffsets = new Uint32Array(rows.length + 1);
  ids.forEach((id, i) => {
    idOffsets[i + 1] = idOffsets[i]! + id.length;
  });
  return makePrepared({
    rows: rows.length,
    idHashes: Uint32Array.from(rows.flatMap(({ event }) => hashEventId(event.project, event.id))),
    contentHashes: Uint32Array.from(rows.flatMap(({ event }) => hashText(event.content))),
    rowEntry: Uint32Array.from(rows.map(({ n }) => n)),
    rowIndex: Uint32Array.from(rows.map(({ index }) => index)),
    idBytes: new Uint8Array(Buffer.concat(ids)),
    idOffsets,
    entryEvents: Uint32Array.from(entries.map((entry) => entry.events.length)),
    entryDropped: new Uint32Array(entries.length),
  });
}

const unused = () => Promise.reject(new Error('judging does not ask for this'));

/** Look-ups in an array of rows: no engine, only what a correct one would answer. */
function describeTables(table: readonly ModelRow[]): IngestTables {
  return {
    async findEventIds(project, ids, { fromMs, toMs, beforeSeq }) {
      const found = new Map<string, StoredEvent[]>();
      for (const id of ids) {
        const rows = table.filter(
          (row) =>
            row.key === eventKey(project, id) &&
            row.receivedMs >= fromMs &&
            row.receivedMs <= toMs &&
            row.seq < beforeSeq,
        );
        if (rows.length > 0) found.set(id, rows);
      }
      return found;
    },
    readBatchRows: unused,
    readBatchRejects: unused,
    listLoadSpans: unused,
    loadHashes: unused,
    insertEvents: unused,
    insertKeptEvents: unused,
    insertRejects: unused,
  };
}

const entry = fc.record({
  step: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })),
  project: fc.constantFrom('a', 'b'),
  events: fc.array(
    fc.record({ id: fc.constantFrom('1', '2', '3', '4'), content: fc.constantFrom('x', 'y') }),
    {
      maxLength: 5,
    },
  ),
});

const stream = fc.array(entry, { maxLength: 14 }).map((list) => {
  let ms = 1_000_000;
  return list.map(({ step, project, events }): TestEntry => {
    ms += step;
    return { ms, project, events: events.map((event) => ({ project, ...event })) };
  });
});

/** For each batch: how many entries, and which of its new rows an attempt before had stored when it died (a bit each). */
const cuts = fc.infiniteStream(
  fc.record({ entries: fc.integer({ min: 1, max: 5 }), died: fc.option(fc.nat(), { nil: undefined }) }),
);

async function judgeInBatches(
  entries: readonly TestEntry[],
  cut: Iterator<{ entries: number; died: number | undefined }>,
) {
  const table: ModelRow[] = [];
  const fingerprints = createFingerprints(WINDOW_MS);
  const verdicts: number[] = [];
  for (let start = 0, seq = 1; start < entries.length; seq++) {
    const { entries: count, died } = cut.next().value as { entries: number; died: number | undefined };
    const part = entries.slice(start, start + count);
    start += count;
    const batch = toBatch(part);
    const rows = part.flatMap((e) =>
      e.events.map((event) => ({ key: eventKey(event.project, event.id), ms: e.ms })),
    );
    const toRow = (i: number): ModelRow => ({
      key: rows[i]!.key,
      seq,
      low: batch.contentHashes[i * 2]!,
      high: batch.contentHashes[i * 2 + 1]!,
      receivedMs: rows[i]!.ms,
    });
    const judge = (earlier: EarlierAttempts | undefined) =>
      judgeRows(toEntries(part), batch, {
        tables: describeTables(table),
        fingerprints,
        windowMs: WINDOW_MS,
        seq,
        earlier,
        keptInParts: new Map(),
      });
    let earlier: EarlierAttempts | undefined;
    if (died !== undefined) {
      // An attempt that stored some of what it meant to, and rejected all it meant to.
      const before = await judge(undefined);
      const stored = new Map<string, StoredEvent[]>();
      const rejects = new Set<string>();
      before.verdicts.forEach((verdict, i) => {
        const place = rejectKey(`3-${toEntries(part)[batch.rowEntry[i]!]!.id}`, batch.rowIndex[i]!);
        if (verdict === CONFLICT && died % 2 === 0) rejects.add(place);
        if (verdict !== NEW || ((died >>> (i % 30)) & 1) === 0) return;
        table.push(toRow(i));
        stored.set(rows[i]!.key, [...(stored.get(rows[i]!.key) ?? []), toRow(i)]);
      });
      earlier = { rows: stored, rejects };
    }
    const judged = await judge(earlier);
    judged.verdicts.forEach((verdict, i) => {
      if (verdict === NEW) table.push(toRow(i));
      if (verdict === NEW || verdict === OURS) {
        fingerprints.add(batch.idHashes[i * 2]!, batch.idHashes[i * 2 + 1]!, rows[i]!.ms);
      }
      verdicts.push(verdict === OURS ? NEW : verdict === REJECTED_BEFORE ? CONFLICT : verdict);
    });
  }
  return { verdicts, table };
}

test('verdicts do not depend on how the stream is cut into batches, nor on attempts that died', async () => {
  await fc.assert(
    fc.asyncProperty(stream, cuts, async (entries, cut) => {
      const expected = judgeByRule(entries);
      const { verdicts, table } = await judgeInBatches(entries, cut);
      expect(verdicts).toEqual(expected);
      expect(table).toHaveLength(expected.filter((verdict) => verdict === NEW).length);
    }),
    { numRuns: 1_500 },
  );
});

test('an id may be stored again when the window has passed, and not a millisecond sooner', async () => {
  const at = (ms: number): TestEntry => ({
    ms,
    project: 'a',
    events: [{ project: 'a', id: '1', content: 'x' }],
  });
  const everyEntryAlone = fc.sample(fc.constant({ entries: 1, died: undefined }), 10)[Symbol.iterator]();
  const { verdicts } = await judgeInBatches(
    [at(1_000), at(1_100), at(1_101), at(1_201), at(1_202)],
    everyEntryAlone,
  );
  expect(verdicts).toEqual([NEW, DUPLICATE, NEW, DUPLICATE, NEW]);
});

test('two projects may use the same id', async () => {
  const of = (project: string): TestEntry => ({
    ms: 1_000,
    project,
    events: [{ project, id: '1', content: 'x' }],
  });
  const together = [{ entries: 2, died: undefined }][Symbol.iterator]();
  expect((await judgeInBatches([of('a'), of('b')], together)).verdicts).toEqual([NEW, NEW]);
});

test('the second part of a batch knows what the first has kept', async () => {
  const entries: TestEntry[] = [
    { ms: 1_000, project: 'a', events: [{ project: 'a', id: '1', content: 'x' }] },
  ];
  const [low, high] = hashText('y');
  const { verdicts } = await judgeRows(toEntries(entries), toBatch(entries), {
    tables: describeTables([]),
    fingerprints: createFingerprints(WINDOW_MS),
    windowMs: WINDOW_MS,
    seq: 1,
    earlier: undefined,
    keptInParts: new Map([[eventKey('a', '1'), [{ low, high, receivedMs: 1_000 }]]]),
  });
  expect([...verdicts]).toEqual([CONFLICT]);
});
