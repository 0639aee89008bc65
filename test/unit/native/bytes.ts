/** Reading what was written, slowly and obviously, for the tests of the encoder. */

export class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  take(count: number): Uint8Array<ArrayBuffer> {
    if (this.at + count > this.bytes.length) throw new RangeError('read past the end');
    this.at += count;
    return new Uint8Array(this.bytes.subarray(this.at - count, this.at));
  }

  varint(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  }

  string(): string {
    return Buffer.from(this.take(this.varint())).toString();
  }

  uint64(): bigint {
    return new DataView(this.take(8).buffer).getBigUint64(0, true);
  }

  float64(): number {
    return new DataView(this.take(8).buffer).getFloat64(0, true);
  }
}
