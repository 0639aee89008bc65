/**
 * Reads results in ClickHouse's Native format: columns as the engine holds them, so that millions of numbers arrive as a few
 * copies instead of millions of parsed texts. Only the types that statements of this room return.
 *
 * A block is: number of columns, number of rows, then for each column its name, its type and its values one after the other.
 * An array column is the running ends of its rows (UInt64), then all elements.
 */
import { EngineError } from '../errors.js';

export type Values = Float64Array | Uint32Array | readonly string[];

/** One column. `ends` is there for arrays: row r has the elements from ends[r − 1] to ends[r]. UInt64 is read as Float64. */
export interface NativeColumn {
  readonly ends: Float64Array | undefined;
  readonly values: Values;
  /** The words of UInt64 values, low before high: for keys, which a Float64 does not hold. */
  readonly words: Uint32Array | undefined;
}

export interface NativeBlock {
  readonly rows: number;
  readonly columns: readonly NativeColumn[];
}

/** Tells that a block goes on beyond the bytes there are, and at least how far. */
class Incomplete extends Error {
  constructor(readonly needed: number) {
    super('incomplete');
  }
}

class Cursor {
  position = 0;
  constructor(private readonly bytes: Buffer) {}

  take(length: number): number {
    const start = this.position;
    if (start + length > this.bytes.length) throw new Incomplete(start + length);
    this.position = start + length;
    return start;
  }

  readVarint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.take(1)]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  readText(): string {
    const length = this.readVarint();
    const start = this.take(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** A copy, because typed arrays need their bytes aligned. */
  copy(length: number): ArrayBuffer {
    const start = this.take(length);
    const out = new ArrayBuffer(length);
    new Uint8Array(out).set(this.bytes.subarray(start, start + length));
    return out;
  }
}

function joinWords(words: Uint32Array): Float64Array {
  const out = new Float64Array(words.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = words[2 * i]! + words[2 * i + 1]! * 4_294_967_296;
  return out;
}

function readValues(cursor: Cursor, type: string, count: number): Omit<NativeColumn, 'ends'> {
  switch (type) {
    case 'UInt64': {
      const words = new Uint32Array(cursor.copy(8 * count));
      return { values: joinWords(words), words };
    }
    case 'Float64':
      return { values: new Float64Array(cursor.copy(8 * count)), words: undefined };
    case 'UInt32':
      return { values: new Uint32Array(cursor.copy(4 * count)), words: undefined };
    case 'String': {
      const values = new Array<string>(count);
      for (let i = 0; i < count; i++) values[i] = cursor.readText();
      return { values, words: undefined };
    }
    default:
      throw new Error(`no statement of ours returns ${type}`);
  }
}

function readColumn(cursor: Cursor, rows: number): NativeColumn {
  cursor.readText();
  const type = cursor.readText();
  const element = /^Array\((\w+)\)$/.exec(type)?.[1];
  if (element === undefined) return { ends: undefined, ...readValues(cursor, type, rows) };
  const ends = joinWords(new Uint32Array(cursor.copy(8 * rows)));
  return { ends, ...readValues(cursor, element, rows === 0 ? 0 : ends[rows - 1]!) };
}

function readBlock(bytes: Buffer): { block: NativeBlock; used: number } {
  const cursor = new Cursor(bytes);
  const columnCount = cursor.readVarint();
  const rows = cursor.readVarint();
  const columns = Array.from({ length: columnCount }, () => readColumn(cursor, rows));
  return { block: { rows, columns }, used: cursor.position };
}

/** Blocks of a Native stream as they become whole. @throws EngineError when the stream ends inside one */
export async function* readNativeBlocks(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<NativeBlock, void, void> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let needed = 1;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    while (length >= needed) {
      const bytes =
        parts.length === 1
          ? Buffer.from(parts[0]!.buffer, parts[0]!.byteOffset, length)
          : Buffer.concat(parts);
      parts = [bytes];
      try {
        const { block, used } = readBlock(bytes);
        parts = [bytes.subarray(used)];
        length -= used;
        needed = 1;
        if (block.rows > 0) yield block;
      } catch (error) {
        if (!(error instanceof Incomplete)) throw error;
        needed = Math.max(error.needed, length + 1);
      }
    }
  }
  if (length > 0) throw readTail(parts);
}

/** An engine that fails half-way writes its error after the last whole block. */
function readTail(parts: readonly Uint8Array[]): EngineError {
  const text = Buffer.concat(parts).toString('utf8');
  const error = /Code: (\d+)\. DB::Exception: [^\n]{1,500}/.exec(text);
  return error
    ? new EngineError(error[0], error[1]!, false)
    : new EngineError('the result ended in the middle of a block', 'BROKEN_RESULT', true);
}
