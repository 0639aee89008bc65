import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_COLUMNS } from '../../../src/event/columns.js';
import type { JsonObject } from '../../../src/event/json.js';
import { writeBlock } from '../../../src/native/block.js';
import { ByteBuffer } from '../../../src/native/byte-buffer.js';
import {
  type Column,
  ConstantColumn,
  LowCardinalityColumn,
  NullableTimeColumn,
  TimeColumn,
} from '../../../src/native/column.js';
import { EventBlock } from '../../../src/native/event-block.js';
import { createJsonBlock, JsonColumn } from '../../../src/native/json-column.js';
import { ByteReader } from './bytes.js';

const written = (write: (out: ByteBuffer) => void): ByteReader => {
  const out = new ByteBuffer(8);
  write(out);
  return new ByteReader(out.view());
};

const values = (column: Column): ByteReader => written((out) => column.writeValues(out));

describe('Bytes', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc
      .tuple(fc.constantFrom('a', 'é', '€', '😀', '\ud800'), fc.nat(40_000))
      .map(([unit, n]) => unit.repeat(n)),
    ...[39, 40, 41, 42, 43, 127, 128, 5461, 5462, 16383, 16384].flatMap((n) =>
      ['a', 'é', '€'].map((unit) => fc.constant(unit.repeat(n))),
    ),
  );

  test('any texts come back, a lone surrogate as U+FFFD', () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 6 }), (list) => {
        const reader = written((out) => {
          for (const text of list) out.writeString(text);
        });
        for (const text of list) expect(reader.string()).toBe(Buffer.from(text).toString());
        expect(reader.atEnd).toBe(true);
      }),
    );
  });

  test('texts without a length follow each other', () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 4 }), (list) => {
        const out = new ByteBuffer(8);
        for (const text of list) out.writeText(text);
        expect(Buffer.from(out.view()).equals(Buffer.concat(list.map((text) => Buffer.from(text))))).toBe(
          true,
        );
      }),
    );
  });

  test('numbers come back at the edges of their encodings', () => {
    const lengths = [0, 1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455, 268435456, 4294967295];
    const reader = written((out) => {
      for (const length of lengths) out.writeVarint(length);
    });
    expect(lengths.map(() => reader.varint())).toEqual(lengths);
    const integers = [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
    const words = written((out) => {
      for (const integer of integers) out.writeSafeUint64(integer);
    });
    expect(integers.map(() => Number(words.uint64()))).toEqual(integers);
  });
});

describe('Columns', () => {
  test('times are milliseconds since 1970, a missing one is null', () => {
    const times = new TimeColumn();
    const nullable = new NullableTimeColumn();
    const moments = [
      0,
      1,
      Date.UTC(1990, 0, 1),
      Date.UTC(2026, 0, 31, 12, 0, 0, 123),
      Date.UTC(2199, 11, 31),
    ];
    for (const ms of moments) times.append(ms);
    for (const ms of [5, Number.NaN, 6]) nullable.append(ms);
    const reader = values(times);
    expect(moments.map(() => Number(reader.uint64()))).toEqual(moments);
    const nulls = values(nullable);
    expect([nulls.byte(), nulls.byte(), nulls.byte()]).toEqual([0, 1, 0]);
    expect([nulls.uint64(), nulls.uint64(), nulls.uint64()]).toEqual([5n, 0n, 6n]);
  });

  test.each([
    [3, 1, 0x600n],
    [256, 2, 0x601n],
    [70_000, 4, 0x602n],
  ])('a dictionary of %i texts has indexes of %i bytes', (count, width, flags) => {
    const column = new LowCardinalityColumn();
    const texts = Array.from({ length: count }, (_, n) => `text ${n}`);
    for (const text of [...texts, '', ...texts.slice(0, 2)]) column.append(text);
    const reader = values(column);
    expect(reader.uint64()).toBe(flags);
    const dictionary = Array.from({ length: Number(reader.uint64()) }, () => reader.string());
    expect(dictionary).toEqual(['', ...texts]);
    expect(reader.uint64()).toBe(BigInt(count + 3));
    const indexes = Array.from({ length: count + 3 }, () =>
      reader.take(width).reduceRight((sum, byte) => sum * 256 + byte, 0),
    );
    expect(indexes.map((index) => dictionary[index])).toEqual([...texts, '', ...texts.slice(0, 2)]);
    expect(reader.atEnd).toBe(true);
  });

  test('a constant fills its rows', () => {
    const reader = values(new ConstantColumn('UInt16', 0x1234, 3));
    expect([...reader.take(6)]).toEqual([0x34, 0x12, 0x34, 0x12, 0x34, 0x12]);
    expect(reader.atEnd).toBe(true);
    const wide = values(new ConstantColumn('UInt64', 2 ** 40 + 5, 2));
    expect([wide.uint64(), wide.uint64()]).toEqual([2n ** 40n + 5n, 2n ** 40n + 5n]);
    expect(values(new ConstantColumn('UInt64', 7, 0)).atEnd).toBe(true);
  });
});

describe('A JSON column', () => {
  const write = (rows: JsonObject[]): ByteReader => {
    const column = new JsonColumn(createJsonBlock());
    for (const row of rows) column.append(row);
    return written((out) => {
      column.writePrefix(out);
      column.writeValues(out);
    });
  };

  test('is paths, then their types, then their values', () => {
    const reader = write([{ a: 1.5 }, { a: 'x', b: { c: true } }, {}, { a: null, b: {} }, { a: 2 }]);
    expect(reader.uint64()).toBe(3n);
    expect([reader.varint(), reader.string(), reader.string()]).toEqual([2, 'a', 'b.c']);
    expect(reader.uint64()).toBe(3n);
    expect([reader.varint(), reader.string(), reader.string()]).toEqual([2, 'Float64', 'String']);
    expect(reader.uint64()).toBe(3n);
    expect([reader.varint(), reader.string()]).toEqual([1, 'Bool']);
    expect([...reader.take(5)]).toEqual([0, 1, 2, 2, 0]);
    expect([reader.float64(), reader.float64(), reader.string()]).toEqual([1.5, 2, 'x']);
    expect([...reader.take(5)]).toEqual([1, 0, 1, 1, 1]);
    expect(reader.byte()).toBe(1);
    expect(reader.atEnd).toBe(true);
  });

  test.each<[JsonObject, JsonObject]>([
    [{ 'a.b': 1, a: { b: 2 } }, { 'a.b': 2 }],
    [{ a: { b: 2 }, 'a.b': 1 }, { 'a.b': 1 }],
    [{ a: 1, 'a.b': 2 }, { 'a.b': 2 }],
    [{ 'a.b': 2, a: 1 }, { a: 1 }],
    [
      { 'a.b.c': 1, 'a.b': 2, a: { d: 3 } },
      { 'a.b': 2, 'a.d': 3 },
    ],
    [
      { 'a.b': 1, 'a.c': 2, x: 3 },
      { 'a.b': 1, 'a.c': 2, x: 3 },
    ],
    [{ 'a.b': null, a: { b: 2 } }, { 'a.b': 2 }],
  ])('%j says %j: of two values for one path the last counts', (object, expected) => {
    const leaves = new JsonColumn(createJsonBlock()).takeApart(object);
    const found = leaves.nodes.slice(0, leaves.count).map((node, n) => [node.path, leaves.values[n]]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  test('counts what its paths will cost', () => {
    const block = createJsonBlock();
    const column = new JsonColumn(block);
    for (let n = 0; n < 10; n++) column.append({ [`k${n}`]: 1 });
    expect(block.cells).toBe(100);
    column.append({ list: Array.from({ length: 5 }, (_, n) => ({ [`e${n}`]: 1 })) });
    expect(block.cells).toBe(11 * 11 + 25);
  });
});

describe('A block', () => {
  test('names its columns as the table does', () => {
    const block = new EventBlock(2, 9);
    block.readProperties({ a: 1 });
    const row = { event: 'e', eventId: 'i', userId: 'u', anonymousId: '', sessionId: '', context: {} };
    block.append('p', { ...row, timestampMs: 1, sentAtMs: Number.NaN, properties: { a: 1 } }, 1, 2, 3);
    const reader = written((out) => block.write(out));
    expect([reader.varint(), reader.varint()]).toEqual([EVENT_COLUMNS.length, 1]);
    expect([reader.string(), reader.string()]).toEqual(['project', 'LowCardinality(String)']);
  });

  test('of no rows is names and types alone', () => {
    const reader = written((out) =>
      writeBlock(out, 0, [{ name: 'j', column: new JsonColumn(createJsonBlock()) }]),
    );
    expect([reader.varint(), reader.varint(), reader.string(), reader.string()]).toEqual([1, 0, 'j', 'JSON']);
    expect(reader.atEnd).toBe(true);
  });
});
