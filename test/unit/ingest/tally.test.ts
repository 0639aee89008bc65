import { expect, test } from 'vitest';
import type { Entry, RejectedEvent } from '../../../src/event/types.js';
import { CONFLICT, DUPLICATE, NEW, OURS } from '../../../src/ingest/judge.js';
import { createTally } from '../../../src/ingest/tally.js';
import { makePrepared } from './prepared-batch.js';

const HOUR_MS = 3_600_000;

const entry = (id: string, project: string, eventCount: number): Entry => ({
  partition: 0,
  id,
  project,
  format: 'events',
  encoding: '',
  eventCount,
  receivedAtMs: Number(id.split('-')[0]),
  ip: '',
  userAgent: '',
  body: new Uint8Array(0),
});

const reject = (entryId: string, index: number, code: RejectedEvent['code']): RejectedEvent => ({
  project: 'a',
  payloadId: `0-${entryId}`,
  index,
  receivedAtMs: 0,
  event: '',
  eventId: '',
  code,
  path: '',
  message: '',
  raw: '',
});

const batchOf = (rowEntry: number[], entryEvents: number[], entryDropped: number[]) =>
  makePrepared({
    rows: rowEntry.length,
    rowEntry: Uint32Array.from(rowEntry),
    rowIndex: new Uint32Array(rowEntry.length),
    entryDropped: Uint32Array.from(entryDropped),
    entryEvents: Uint32Array.from(entryEvents),
  });

test('every event of every entry is counted once, under its hour and project', () => {
  const entries = [
    entry('100-0', 'a', 6),
    entry(`${HOUR_MS + 5}-0`, 'a', 1),
    entry(`${HOUR_MS + 5}-1`, 'b', 2),
  ];
  const tally = createTally(entries);
  tally.addPart(
    entries,
    batchOf([0, 0, 0, 0, 1, 2], [6, 1, 2], [1, 0, 0]),
    Uint8Array.from([NEW, DUPLICATE, CONFLICT, OURS, NEW, NEW]),
    [
      reject('100-0', 2, 'event_id_conflict'),
      reject('100-0', 4, 'missing_user'),
      reject(`${HOUR_MS + 5}-1`, 1, 'not_an_object'),
    ],
  );
  expect(tally.outcomes).toEqual([
    {
      entryId: '100-0',
      project: 'a',
      received: 6,
      stored: 2,
      duplicates: 1,
      rejected: 2,
      conflicts: 1,
      dropped: 1,
    },
    {
      entryId: `${HOUR_MS + 5}-0`,
      project: 'a',
      received: 1,
      stored: 1,
      duplicates: 0,
      rejected: 0,
      conflicts: 0,
      dropped: 0,
    },
    {
      entryId: `${HOUR_MS + 5}-1`,
      project: 'b',
      received: 2,
      stored: 1,
      duplicates: 0,
      rejected: 1,
      conflicts: 0,
      dropped: 0,
    },
  ]);
  expect(tally.countDeltas()).toEqual([
    {
      hourMs: 0,
      project: 'a',
      bytes: 300,
      accepted: -1,
      pending: -6,
      stored: 2,
      duplicates: 1,
      rejected: 2,
      dropped: 1,
    },
    {
      hourMs: HOUR_MS,
      project: 'a',
      bytes: 300,
      accepted: 0,
      pending: -1,
      stored: 1,
      duplicates: 0,
      rejected: 0,
      dropped: 0,
    },
    {
      hourMs: HOUR_MS,
      project: 'b',
      bytes: 300,
      accepted: 0,
      pending: -2,
      stored: 1,
      duplicates: 0,
      rejected: 1,
      dropped: 0,
    },
  ]);
});

test('what the front miscounted is put right', () => {
  const entries = [entry('100-0', 'a', 10)];
  const tally = createTally(entries);
  tally.addPart(entries, batchOf([0, 0, 0], [3], [0]), Uint8Array.from([NEW, NEW, NEW]), []);
  const [delta] = tally.countDeltas();
  expect(delta).toMatchObject({ accepted: -7, pending: -10, stored: 3 });
});

test('an entry nobody can read has every event rejected', () => {
  const entries = [entry('100-0', 'a', 2)];
  const tally = createTally(entries);
  tally.addPoison([reject('100-0', 0, 'poison'), reject('100-0', 1, 'poison')]);
  expect(tally.outcomes[0]).toMatchObject({ received: 2, stored: 0, rejected: 2 });
  expect(tally.countDeltas()[0]).toMatchObject({ accepted: 0, pending: -2, rejected: 2 });
});
