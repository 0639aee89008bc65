/**
 * The body of a request: undone of its Content-Encoding, and split where an insert's data starts. Only the beginning is
 * looked at; data goes to a spool file as it comes, so an insert of any size takes the memory of one chunk.
 */
import type { IncomingMessage } from 'node:http';
import { type Duplex, PassThrough } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { createFailure, Failure } from './failure.js';
import { type InsertStatement, parseInsert } from './insert.js';
import { STALL_TIMEOUT_MS, STATEMENT_HEAD_BYTES, STATEMENT_MAX_BYTES } from './limits.js';
import type { EngineRequest } from './request.js';
import type { SpoolFile } from './storage.js';

/** Encodings undone by the engine when it reads the data from a file, by the name the engine gives them. */
const ENGINE_ENCODINGS: Readonly<Record<string, string>> = {
  zstd: 'zstd',
  lz4: 'lz4',
  xz: 'xz',
  snappy: 'snappy',
};

export interface TextBody {
  kind: 'text';
  text: string;
}

export interface InsertBody {
  kind: 'insert';
  statement: InsertStatement;
  file: SpoolFile;
  /** What the engine has to undo when it reads the file; `none` for what was undone here. */
  compression: string;
}

function createDecoder(encoding: string): Duplex {
  if (encoding === '' || encoding === 'identity') return new PassThrough();
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  const advice =
    encoding in ENGINE_ENCODINGS ? ' of a body that starts with the statement: put it in the URL' : '';
  throw createFailure(89, `Unknown compression method ${encoding}${advice}.`);
}

const BROKEN_OFF = 'The request ended before its body was complete.';

function toFailure(error: unknown, request: IncomingMessage): Failure {
  if (error instanceof Failure) return error;
  if (!request.complete && request.destroyed) return createFailure(210, BROKEN_OFF);
  return createFailure(
    271,
    `Cannot decompress the body: ${error instanceof Error ? error.message : String(error)}.`,
  );
}

/**
 * The chunks of the body, decoded. Throws 209 when the client sends nothing for too long, 271 for a broken encoding. The
 * request goes through a stream of our own, so that leaving early does not tear down the connection with it.
 */
async function* readChunks(request: IncomingMessage, encoding: string): AsyncGenerator<Buffer, void, void> {
  const decoder = createDecoder(encoding);
  const timer = setTimeout(() => {
    decoder.destroy(createFailure(209, `No data of the request's body for ${STALL_TIMEOUT_MS} ms.`));
  }, STALL_TIMEOUT_MS);
  const onData = (): void => void timer.refresh();
  const onGone = (): void => {
    if (!request.complete) decoder.destroy(createFailure(210, BROKEN_OFF));
  };
  request.on('data', onData).once('error', onGone).once('close', onGone);
  request.pipe(decoder);
  try {
    for await (const chunk of decoder) yield chunk as Buffer;
  } catch (error) {
    throw toFailure(error, request);
  } finally {
    clearTimeout(timer);
    request.off('data', onData).off('error', onGone).off('close', onGone);
  }
}

/** Characters to bytes: the data starts behind a prefix of the text that must have been valid UTF-8. */
function countBytes(head: Buffer, text: string, characters: number): number {
  const prefix = Buffer.from(text.slice(0, characters));
  if (!prefix.equals(head.subarray(0, prefix.length)))
    throw createFailure(62, 'Syntax error: the statement before the data is not valid UTF-8.');
  return prefix.length;
}

async function spool(
  file: SpoolFile,
  first: Uint8Array,
  rest: AsyncGenerator<Buffer, void, void>,
): Promise<void> {
  if (first.length > 0) await file.write(first);
  for await (const chunk of rest) await file.write(chunk);
  await file.finish();
}

async function readText(
  parts: Buffer[],
  length: number,
  maxBytes: number,
  rest: AsyncGenerator<Buffer, void, void>,
): Promise<string> {
  let bytes = length;
  for await (const chunk of rest) {
    bytes += chunk.length;
    if (bytes > STATEMENT_MAX_BYTES) break;
    parts.push(chunk);
  }
  if (bytes > STATEMENT_MAX_BYTES)
    throw createFailure(229, `Query is too large (more than ${STATEMENT_MAX_BYTES} bytes).`);
  if (bytes > maxBytes)
    throw createFailure(62, 'Max query size exceeded (can be increased with the `max_query_size` setting).');
  return Buffer.concat(parts).toString('utf8');
}

/**
 * Reads the whole body. The URL's query comes before it, with a line break between. `createFile` is called once the text turns
 * out to be an insert with data; the caller removes the file, also when this throws.
 */
export async function readBody(
  request: IncomingMessage,
  { query, contentEncoding: encoding, maxQueryBytes }: EngineRequest,
  createFile: () => SpoolFile,
): Promise<TextBody | InsertBody> {
  const before = Buffer.from(query === '' ? '' : `${query}\n`);
  const inUrl = query === '' ? undefined : parseInsert(`${query}\n`);
  const compression = inUrl && ENGINE_ENCODINGS[encoding];
  if (inUrl && compression) {
    const file = createFile();
    await spool(
      file,
      before.subarray(countBytes(before, `${query}\n`, inUrl.dataStart)),
      readChunks(request, ''),
    );
    return { kind: 'insert', statement: inUrl, file, compression };
  }
  const chunks = readChunks(request, encoding);
  const parts: Buffer[] = [before];
  let length = before.length;
  while (length < STATEMENT_HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    parts.push(next.value);
    length += next.value.length;
  }
  const head: Buffer = Buffer.concat(parts);
  const text = head.toString('utf8');
  const statement = parseInsert(text);
  if (!statement) return { kind: 'text', text: await readText([head], length, maxQueryBytes, chunks) };
  const file = createFile();
  await spool(file, head.subarray(countBytes(head, text, statement.dataStart)), chunks);
  return { kind: 'insert', statement, file, compression: 'none' };
}
