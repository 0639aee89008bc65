/**
 * A growing run of bytes in ClickHouse's encodings: little-endian numbers, LEB128 lengths, strings as length and UTF-8.
 *
 * Short ASCII strings, which nearly all are, are copied character by character: for up to about forty characters that
 * beats one call into the runtime. Everything else goes through `utf8Write`, which writes a lone surrogate as U+FFFD.
 */

/** Strings up to this many characters are tried as ASCII in JavaScript. */
const SHORT_LENGTH = 40;

const FIRST_CAPACITY = 256;

/** Buffer's own encoder, without the argument checks of `write`; missing from the type declarations. */
interface Utf8Writer {
  utf8Write(text: string, offset: number, length?: number): number;
}

type Bytes = Buffer<ArrayBuffer> & Utf8Writer;

const allocate = (capacity: number): Bytes => Buffer.allocUnsafeSlow(capacity) as Bytes;

export class ByteBuffer {
  bytes: Bytes;
  length = 0;
  private floats: Float64Array;

  constructor(capacity = FIRST_CAPACITY) {
    this.bytes = allocate((capacity + 7) & ~7);
    this.floats = new Float64Array(this.bytes.buffer);
  }

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    if (this.length + extra > this.bytes.length) this.grow(this.length + extra);
  }

  private grow(needed: number): void {
    const larger = allocate((Math.max(needed, this.bytes.length * 2) + 7) & ~7);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.floats = new Float64Array(larger.buffer);
  }

  /** The bytes written so far; valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  writeByte(value: number): void {
    if (this.length === this.bytes.length) this.grow(this.length + 1);
    this.bytes[this.length++] = value;
  }

  /** Only for buffers that hold nothing but Float64: the position must be a multiple of 8. */
  writeAlignedFloat64(value: number): void {
    if (this.length + 8 > this.bytes.length) this.grow(this.length + 8);
    this.floats[this.length >>> 3] = value;
    this.length += 8;
  }

  /** A UInt64 or Int64 given as its two halves. */
  writeUint64(low: number, high: number): void {
    this.reserve(8);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = low;
    bytes[at++] = low >>> 8;
    bytes[at++] = low >>> 16;
    bytes[at++] = low >>> 24;
    bytes[at++] = high;
    bytes[at++] = high >>> 8;
    bytes[at++] = high >>> 16;
    bytes[at++] = high >>> 24;
    this.length = at;
  }

  /** A non-negative integer below 2^53 as UInt64. */
  writeSafeUint64(value: number): void {
    this.writeUint64(value >>> 0, Math.floor(value / 4294967296));
  }

  writeVarint(value: number): void {
    this.reserve(5);
    this.length = putVarint(this.bytes, this.length, value);
  }

  /** Length and UTF-8. */
  writeString(text: string): void {
    const { length } = text;
    // The most a string can take: three bytes a code unit, and its length.
    if (this.length + length * 3 + 5 > this.bytes.length) this.grow(this.length + length * 3 + 5);
    if (length <= SHORT_LENGTH) {
      const { bytes } = this;
      const start = this.length + 1;
      let i = 0;
      for (; i < length; i++) {
        const code = text.charCodeAt(i);
        if (code > 0x7f) break;
        bytes[start + i] = code;
      }
      if (i === length) {
        bytes[start - 1] = length;
        this.length = start + length;
        return;
      }
    }
    this.writeLongString(text);
  }

  /** Writes the text after a length as long as ASCII would need, and moves it when its UTF-8 needs a longer one. */
  private writeLongString(text: string): void {
    const { bytes } = this;
    const guessed = varintLength(text.length);
    const start = this.length + guessed;
    const written = bytes.utf8Write(text, start);
    const needed = varintLength(written);
    if (needed !== guessed) bytes.copyWithin(this.length + needed, start, start + written);
    this.length = putVarint(bytes, this.length, written) + written;
  }

  /** UTF-8 without a length. */
  writeText(text: string): void {
    const { length } = text;
    if (this.length + length * 3 > this.bytes.length) this.grow(this.length + length * 3);
    const { bytes } = this;
    const start = this.length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f || i > SHORT_LENGTH) {
        this.length = start + bytes.utf8Write(text, start);
        return;
      }
      bytes[start + i] = code;
    }
    this.length = start + length;
  }

  writeBytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }
}

/** Bytes a number takes as LEB128. */
function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

/** Writes a number below 2^32 as LEB128 and returns the position after it. */
function putVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
