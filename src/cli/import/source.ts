/**
 * From a file, or standard input, to lines of text.
 *
 * A source is read once, in order, in bounded memory: chunks are inflated when they start with gzip's magic bytes, and cut at
 * newlines. Files that only the engine can read come through it as lines. Its identity is a hash of its first bytes after inflating: the same content has the same identity under any
 * name, compressed or not, and a file that grows at its end keeps it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CommandError, describeFileFailure } from '../command-error.js';
import { isForEngine, isUrl, readWithEngine } from './engine-reader.js';

/** What "-" means, by a name that every command-line parser leaves alone. */
export const STANDARD_INPUT = '/dev/stdin';
/** Inflated bytes that give a source its identity. Held in memory once. */
const IDENTITY_BYTES = 64 * 1024;
/** A longer line cannot be an event that would be taken; it is not kept in memory and counts as rejected. */
export const LINE_BYTES_MAX = 4 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

export interface Source {
  /** As the person named it, or STANDARD_INPUT. */
  name: string;
  /** Hex digits, the same for the same first bytes of content. */
  identity: string;
  /** Inflated content, from its beginning. */
  chunks: AsyncIterable<Buffer>;
  /** Bytes read from the file so far, as they lie on disk. */
  bytesRead(): number;
  /** Size on disk; undefined for standard input. */
  bytesTotal: number | undefined;
  /** The first bytes of content, for guessing the format. */
  head: Buffer;
  /** For a source that is not read to its end. */
  close(): Promise<void>;
}

/** One line: its number from 1 and its text; `undefined` when it was longer than LINE_BYTES_MAX. */
export interface Line {
  number: number;
  text: string | undefined;
}

async function openFile(
  name: string,
): Promise<{ stream: Readable | AsyncIterable<Buffer>; size: number | undefined }> {
  if (name === STANDARD_INPUT) return { stream: process.stdin, size: undefined };
  if (isUrl(name)) return { stream: readWithEngine(name), size: undefined };
  try {
    const found = await stat(name);
    if (found.isDirectory())
      throw new CommandError(
        `${name} is a folder: name the files in it, for example '${name}/**/*.ndjson.gz'.`,
        2,
      );
    // How far the engine is in a file is not known.
    if (isForEngine(name)) return { stream: readWithEngine(name), size: undefined };
    return { stream: createReadStream(name, { highWaterMark: CHUNK_BYTES }), size: found.size };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${name} cannot be read (${describeFileFailure(error)}).`, 2);
  }
}

/** Passes chunks on and counts their bytes. */
async function* countBytes(
  stream: AsyncIterable<unknown>,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    count(bytes.length);
    yield bytes;
  }
}

async function* inflate(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(chunks, gunzip, () => {});
  for await (const chunk of gunzip) yield Buffer.from(chunk as Uint8Array);
}

/** Reads until `bytes` are there or the content ends; gives them and an iterable that starts with them again. */
async function peek(
  chunks: AsyncGenerator<Buffer>,
  bytes: number,
): Promise<{ head: Buffer; all: AsyncGenerator<Buffer> }> {
  const taken: Buffer[] = [];
  let length = 0;
  while (length < bytes) {
    const next = await chunks.next();
    if (next.done) break;
    taken.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(taken);
  async function* replay(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    yield* chunks;
  }
  return { head, all: replay() };
}

/** Opens a file by name, or standard input. Throws CommandError when it cannot be read. */
export async function openSource(name: string): Promise<Source> {
  const { stream, size } = await openFile(name);
  let bytesRead = 0;
  const raw = await peek(
    countBytes(stream, (bytes) => {
      bytesRead += bytes;
    }),
    2,
  );
  const isGzip = raw.head[0] === 0x1f && raw.head[1] === 0x8b;
  const content = await peek(isGzip ? inflate(raw.all) : raw.all, IDENTITY_BYTES);
  const identity = createHash('sha256')
    .update(content.head.subarray(0, IDENTITY_BYTES))
    .digest('hex')
    .slice(0, 20);
  return {
    name,
    identity,
    chunks: content.all,
    bytesRead: () => bytesRead,
    bytesTotal: size,
    head: content.head,
    close: async () => {
      await content.all.return(undefined);
      await raw.all.return(undefined);
      if ('destroy' in stream) stream.destroy();
      else await stream[Symbol.asyncIterator]().return?.();
    },
  };
}

/** Cuts content into lines, one array a chunk. Carriage returns before the newline and a byte order mark are dropped. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let number = 0;
  let rest: Buffer[] = [];
  let restBytes = 0;
  const take = (piece: Buffer): Line => {
    number += 1;
    const bytes = rest.length === 0 ? piece : Buffer.concat([...rest, piece]);
    const tooLong = restBytes + piece.length > LINE_BYTES_MAX;
    rest = [];
    restBytes = 0;
    const text = tooLong ? undefined : bytes.toString('utf8').replace(/\r$/, '');
    return { number, text: number === 1 ? text?.replace(/^\uFEFF/, '') : text };
  };
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(take(chunk.subarray(start, end)));
      start = end + 1;
    }
    const tail = chunk.subarray(start);
    // Of a line that is too long already only the length is kept.
    if (restBytes <= LINE_BYTES_MAX && tail.length > 0) rest.push(tail);
    restBytes += tail.length;
    yield lines;
  }
  if (restBytes > 0) yield [take(Buffer.alloc(0))];
}
