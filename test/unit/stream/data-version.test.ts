import { expect, test } from 'vitest';
import {
  type DataReads,
  encodeTouched,
  listVersionFields,
  TOUCHED_MAX,
} from '../../../src/stream/data-version.js';

const DAY = 86_400_000;
const reads = (some: Partial<DataReads>): DataReads => ({
  events: ['a'],
  people: false,
  receipts: [],
  ...some,
});
const days = (count: number) => ({ range: { fromMs: 0, toMs: count * DAY } });

test('a question looks at the fields of its types and days, and at coarser ones where they are too many', () => {
  expect(listVersionFields(reads({ events: ['a', 'b:c'], ...days(2) }))).toEqual([
    'd:0:a',
    'd:1:a',
    'd:0:b:c',
    'd:1:b:c',
  ]);
  expect(listVersionFields(reads({ events: '*', ...days(1), people: true }))).toEqual(['people', 't:0']);
  expect(listVersionFields(reads({ ...days(4_000) }))).toEqual(['e:a']);
  expect(listVersionFields(reads({}))).toEqual(['e:a']);
  expect(listVersionFields(reads({ events: '*', ...days(4_000) }))).toEqual(['n']);
  expect(listVersionFields(reads({ ...days(1), receipts: 'any' }))).toEqual(['n']);
});

test('days before 1970 and ends inside a day are listed', () => {
  expect(listVersionFields(reads({ range: { fromMs: -1, toMs: 1 } }))).toEqual(['d:-1:a', 'd:0:a']);
  expect(listVersionFields(reads({ range: { fromMs: 0, toMs: DAY } }))).toEqual(['d:0:a']);
});

test('a batch touches each type, each day and each pair once, whatever the names', () => {
  const touched = {
    project: 'shop',
    receivedMs: 5,
    everything: false,
    people: true,
    places: ['0:a', '0:b:c', '1:a'],
  };
  const [[key, receivedMs, fields]] = JSON.parse(encodeTouched(2, [touched])) as [[string, number, string[]]];
  expect([key, receivedMs]).toEqual(['weir:{p2}:versions:shop', 5]);
  expect(new Set(fields)).toEqual(
    new Set(['people', 'd:0:a', 'e:a', 't:0', 'd:0:b:c', 'e:b:c', 'd:1:a', 't:1']),
  );
  expect(encodeTouched(2, [])).toBe('');
  expect(JSON.parse(encodeTouched(2, [{ ...touched, everything: true }]))[0][2]).toEqual(['all']);
  expect(TOUCHED_MAX * 3).toBeLessThan(10_000);
});
