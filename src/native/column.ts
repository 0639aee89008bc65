/**
 * Columns of a ClickHouse Native block, filled a row at a time and written at once. Each knows its own values only;
 * names and the block around them are in block.ts.
 */
import { ByteBuffer } from './byte-buffer.js';

export interface Column {
  /** ClickHouse's name of the type. */
  readonly type: string;
  /** What comes before the values: versions, and the structure of types that have one. */
  writePrefix(out: ByteBuffer): void;
  writeValues(out: ByteBuffer): void;
}

/** String. */
export class StringColumn implements Column {
  readonly type = 'String';
  private readonly values = new ByteBuffer();

  append(text: string): void {
    this.values.writeString(text);
  }

  writePrefix(): void {}

  writeValues(out: ByteBuffer): void {
    out.writeBytes(this.values.view());
  }
}

/** Indexes of a dictionary are written in the narrowest of these that holds them. */
const INDEX_WIDTHS = [
  { code: 0, max: 0xff, array: Uint8Array },
  { code: 1, max: 0xffff, array: Uint16Array },
  { code: 2, max: 0xffffffff, array: Uint32Array },
] as const;

const LOW_CARDINALITY_VERSION = 1;
/** The block brings its own dictionary (bit 9) and it replaces any before (bit 10). */
const OWN_DICTIONARY_FLAGS = 0x600;

/** LowCardinality(String): each different text once, and for each row its index. Index 0 is the default value's. */
export class LowCardinalityColumn implements Column {
  readonly type = 'LowCardinality(String)';
  private readonly dictionary = new ByteBuffer();
  private readonly indexByText = new Map<string, number>([['', 0]]);
  private readonly indexes = new NumberList();
  private lastText = '';
  private lastIndex = 0;

  constructor() {
    this.dictionary.writeString('');
  }

  append(text: string): void {
    if (text !== this.lastText) {
      this.lastIndex = this.indexByText.get(text) ?? this.add(text);
      this.lastText = text;
    }
    this.indexes.push(this.lastIndex);
  }

  private add(text: string): number {
    const index = this.indexByText.size;
    this.indexByText.set(text, index);
    this.dictionary.writeString(text);
    return index;
  }

  writePrefix(out: ByteBuffer): void {
    out.writeSafeUint64(LOW_CARDINALITY_VERSION);
  }

  writeValues(out: ByteBuffer): void {
    if (this.indexes.length === 0) return;
    const size = this.indexByText.size;
    const width = INDEX_WIDTHS.find(({ max }) => size - 1 <= max) ?? INDEX_WIDTHS[2];
    out.writeSafeUint64(OWN_DICTIONARY_FLAGS | width.code);
    out.writeSafeUint64(size);
    out.writeBytes(this.dictionary.view());
    out.writeSafeUint64(this.indexes.length);
    const narrow = width.array.from(this.indexes.view());
    out.writeBytes(new Uint8Array(narrow.buffer));
  }
}

/** DateTime64(3, 'UTC') from milliseconds since 1970. */
export class TimeColumn implements Column {
  readonly type = "DateTime64(3, 'UTC')";
  private readonly values = new ByteBuffer();

  append(ms: number): void {
    this.values.writeUint64(ms >>> 0, Math.floor(ms / 4294967296));
  }

  writePrefix(): void {}

  writeValues(out: ByteBuffer): void {
    out.writeBytes(this.values.view());
  }
}

/** Nullable(DateTime64(3, 'UTC')): NaN is null. */
export class NullableTimeColumn implements Column {
  readonly type = "Nullable(DateTime64(3, 'UTC'))";
  private readonly nulls = new ByteBuffer();
  private readonly values = new TimeColumn();

  append(ms: number): void {
    const missing = Number.isNaN(ms);
    this.nulls.writeByte(missing ? 1 : 0);
    this.values.append(missing ? 0 : ms);
  }

  writePrefix(): void {}

  writeValues(out: ByteBuffer): void {
    out.writeBytes(this.nulls.view());
    this.values.writeValues(out);
  }
}

/** UInt64 from its two halves. */
export class Uint64Column implements Column {
  readonly type = 'UInt64';
  private readonly values = new ByteBuffer();

  append(low: number, high: number): void {
    this.values.writeUint64(low, high);
  }

  writePrefix(): void {}

  writeValues(out: ByteBuffer): void {
    out.writeBytes(this.values.view());
  }
}

/** The same unsigned number in every row. */
export class ConstantColumn implements Column {
  constructor(
    readonly type: 'UInt16' | 'UInt32' | 'UInt64',
    private readonly value: number,
    private readonly rows: number,
  ) {}

  writePrefix(): void {}

  writeValues(out: ByteBuffer): void {
    const one = new ByteBuffer(8);
    one.writeSafeUint64(this.value);
    const width = this.type === 'UInt16' ? 2 : this.type === 'UInt32' ? 4 : 8;
    const start = out.length;
    out.reserve(this.rows * width);
    if (this.rows > 0) out.bytes.fill(one.bytes.subarray(0, width), start, start + this.rows * width);
    out.length = start + this.rows * width;
  }
}

/** A growing list of unsigned 32-bit numbers. */
export class NumberList {
  length = 0;
  private values = new Uint32Array(256);

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  get last(): number {
    return this.length === 0 ? 0 : this.values[this.length - 1]!;
  }

  /** The numbers so far; valid until the next push. */
  view(): Uint32Array {
    return this.values.subarray(0, this.length);
  }
}
