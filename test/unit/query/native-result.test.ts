import { describe, expect, test } from 'vitest';
import { type NativeBlock, readNativeBlocks } from '../../../src/query/native-result.js';
import { addSample, addValue, createSample, readQuantile } from '../../../src/query/quantile.js';

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
const text = (value: string): number[] => {
  const bytes = [...Buffer.from(value)];
  return [...varint(bytes.length), ...bytes];
};
const uint64 = (value: bigint): number[] => [...Buffer.from(new BigUint64Array([value]).buffer)];
const uint32 = (value: number): number[] => [...Buffer.from(new Uint32Array([value]).buffer)];

const LONG = 'x'.repeat(300);

/** Two rows: a key, an array of numbers, an array of texts, a number. */
const BLOCK = [
  ...varint(4),
  ...varint(2),
  ...text('unit'),
  ...text('UInt64'),
  ...uint64(2n ** 64n - 1n),
  ...uint64(7n),
  ...text('events'),
  ...text('Array(UInt64)'),
  ...uint64(2n),
  ...uint64(3n),
  ...[1n, 2n ** 53n - 1n, 3n].flatMap(uint64),
  ...text('values'),
  ...text('Array(String)'),
  ...uint64(0n),
  ...uint64(2n),
  ...text('ü'),
  ...text(LONG),
  ...text('n'),
  ...text('UInt32'),
  ...uint32(5),
  ...uint32(6),
];

async function read(bytes: readonly number[], chunk: number): Promise<NativeBlock[]> {
  async function* cut(): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += chunk)
      yield Uint8Array.from(bytes.slice(from, from + chunk));
  }
  const blocks: NativeBlock[] = [];
  for await (const block of readNativeBlocks(cut())) blocks.push(block);
  return blocks;
}

describe('a Native result', () => {
  test.each([1, 2, 7, 64, 10_000])('is read whatever its chunks: %d bytes each', async (chunk) => {
    const empty = [...varint(0), ...varint(0)];
    const blocks = await read([...BLOCK, ...empty, ...BLOCK], chunk);
    expect(blocks.length).toBe(2);
    for (const { rows, columns } of blocks) {
      expect(rows).toBe(2);
      expect([...columns[0]!.words!]).toEqual([0xffffffff, 0xffffffff, 7, 0]);
      expect([...columns[1]!.ends!]).toEqual([2, 3]);
      expect([...columns[1]!.values]).toEqual([1, 2 ** 53 - 1, 3]);
      expect([...columns[2]!.ends!]).toEqual([0, 2]);
      expect(columns[2]!.values).toEqual(['ü', LONG]);
      expect([...columns[3]!.values]).toEqual([5, 6]);
    }
  });

  test('that ends inside a block is an error, with what the engine wrote there', async () => {
    await expect(read(BLOCK.slice(0, -3), 50)).rejects.toMatchObject({
      code: 'BROKEN_RESULT',
      retryable: true,
    });
    const failed = [
      ...BLOCK,
      ...varint(1),
      ...varint(9),
      ...Buffer.from('Code: 241. DB::Exception: Memory limit exceeded\n'),
    ];
    await expect(read(failed, 50)).rejects.toMatchObject({
      code: '241',
      message: 'Code: 241. DB::Exception: Memory limit exceeded',
    });
  });
});

test('a quantile lies between its neighbours, of nothing it is null', () => {
  const sample = createSample();
  expect(readQuantile(sample, 0.5)).toBeNull();
  for (const value of [40, 10, 30, 20]) addValue(sample, value);
  expect([0, 0.5, 0.9, 1].map((level) => readQuantile(sample, level))).toEqual([10, 25, 37, 40]);
  const other = createSample();
  for (let i = 0; i < 100; i++) addValue(other, i);
  addSample(sample, other);
  expect(sample.size).toBe(104);
  expect(readQuantile(sample, 1)).toBe(99);
});
