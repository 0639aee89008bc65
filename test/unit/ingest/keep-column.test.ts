import { expect, test } from 'vitest';
import { addKeepColumn } from '../../../src/ingest/keep-column.js';

/** Two columns, three rows: a UInt8 column "a" and a UInt8 column "b". */
const BLOCK = Uint8Array.from([
  2, 3, 1, 0x61, 5, 0x55, 0x49, 0x6e, 0x74, 0x38, 7, 8, 9, 1, 0x62, 5, 0x55, 0x49, 0x6e, 0x74, 0x38, 4, 5, 6,
]);

test('a block gets one more column and keeps its others as they are', () => {
  const marked = addKeepColumn(BLOCK, Uint8Array.from([1, 0, 1]))!;
  expect(marked[0]).toBe(3);
  expect(Buffer.from(marked.subarray(1, BLOCK.length))).toEqual(Buffer.from(BLOCK.subarray(1)));
  expect(Buffer.from(marked.subarray(BLOCK.length)).toString('latin1')).toBe('\x04keep\x05UInt8\x01\x00\x01');
});

test('several blocks one after another are left alone', () => {
  expect(addKeepColumn(Buffer.concat([BLOCK, BLOCK]), new Uint8Array(6))).toBeUndefined();
});
