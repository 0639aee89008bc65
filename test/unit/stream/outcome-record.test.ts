import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeOutcome,
  type EntryOutcome,
  type EntryReject,
  encodeOutcome,
  OUTCOME_REJECTS_MAX,
  OUTCOME_REJECTS_PER_ENTRY_MAX,
} from '../../../src/stream/outcome-record.js';

const toFields = (fields: readonly (string | Buffer)[]): Buffer[] =>
  fields.map((field) => Buffer.from(field));

const entryIds = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 300 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((steps) => {
    let ms = 1_764_000_000_000;
    let seq = 0;
    return steps.map(([msStep, seqStep]) => {
      seq = msStep === 0 ? seq + seqStep : seqStep - 1;
      ms += msStep;
      return `${ms}-${seq}`;
    });
  });

const counts = fc.record({
  stored: fc.nat(200_000),
  duplicates: fc.nat(200_000),
  rejected: fc.nat(1_000),
  conflicts: fc.nat(1_000),
  dropped: fc.nat(1_000),
});

test('every outcome comes back from its record as it was written', () => {
  fc.assert(
    fc.property(entryIds, fc.infiniteStream(counts), (ids, stream) => {
      const entries: EntryOutcome[] = ids.map((entryId) => {
        const count = stream.next().value;
        const received = count.stored + count.duplicates + count.rejected + count.dropped;
        return { entryId, project: entryId.endsWith('1') ? 'a' : 'b', received, ...count };
      });
      expect(decodeOutcome(toFields(encodeOutcome(entries, []))).entries).toEqual(entries);
    }),
  );
});

const outcome = (entryId: string): EntryOutcome => ({
  project: 'a',
  entryId,
  received: 1_000,
  stored: 0,
  duplicates: 0,
  rejected: 1_000,
  conflicts: 0,
  dropped: 0,
});

const reject = (entryId: string, index: number): EntryReject => ({
  entryId,
  index,
  eventId: `e${index}`,
  code: 'invalid_event',
  path: 'event',
  message: 'm'.repeat(10_000),
});

test('one bad payload does not use up the room for the details of its neighbours', () => {
  const rejects = [...Array.from({ length: 1_000 }, (_, index) => reject('5-0', index)), reject('5-1', 7)];
  const record = decodeOutcome(toFields(encodeOutcome([outcome('5-0'), outcome('5-1')], rejects)));
  expect(record.rejectsOf('5-0')).toHaveLength(OUTCOME_REJECTS_PER_ENTRY_MAX);
  expect(record.rejectsOf('5-1')).toHaveLength(1);
  expect(record.rejectsOf('5-1')[0]!.message.length).toBeLessThan(1_000);
});

test('a batch keeps a bounded number of details whatever is rejected', () => {
  const ids = Array.from({ length: 50 }, (_, seq) => `5-${seq}`);
  const rejects = ids.flatMap((id) => Array.from({ length: 50 }, (_, index) => reject(id, index)));
  const record = decodeOutcome(toFields(encodeOutcome(ids.map(outcome), rejects)));
  expect(ids.reduce((sum, id) => sum + record.rejectsOf(id).length, 0)).toBe(OUTCOME_REJECTS_MAX);
});

test('an ordinary entry costs some ten bytes', () => {
  const entries = Array.from({ length: 1_000 }, (_, i) => ({
    ...outcome(`${1_764_000_000_000 + i}-0`),
    received: 500,
    stored: 500,
    rejected: 0,
  }));
  const [, , , packed] = encodeOutcome(entries, []);
  expect(packed!.length / entries.length).toBeLessThan(11);
});
