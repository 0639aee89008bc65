/**
 * Undoes Content-Encoding, within a limit: what inflates to more stops there and then, whatever its headers promise.
 * A body that says nothing of its encoding but begins as gzip does is taken as gzip; JSON cannot begin so.
 *
 * Workers use the synchronous form; the front, which must not stand still, the other.
 */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { ContentEncoding } from './types.js';

export interface InflateFailure {
  kind: 'too_large' | 'corrupt' | 'unknown_encoding';
  message: string;
}

type Options = { maxOutputLength: number };
type InflateSync = (body: Uint8Array, options: Options) => Buffer;
type Inflate = (body: Uint8Array, options: Options) => Promise<Buffer>;

interface Inflater {
  sync: InflateSync;
  async: Inflate;
}

/** Node 22.15 and later have zstd; the declarations are of Node 20. */
interface ZstdOfZlib {
  gunzipSync: unknown;
  zstdDecompressSync?: InflateSync;
  zstdDecompress?: (body: Uint8Array, options: Options, done: (e: Error | null, b: Buffer) => void) => void;
}

const zstd: ZstdOfZlib = zlib;

const GZIP: Inflater = { sync: zlib.gunzipSync, async: promisify<Uint8Array, Options, Buffer>(zlib.gunzip) };
const ZLIB: Inflater = {
  sync: zlib.inflateSync,
  async: promisify<Uint8Array, Options, Buffer>(zlib.inflate),
};
const RAW: Inflater = {
  sync: zlib.inflateRawSync,
  async: promisify<Uint8Array, Options, Buffer>(zlib.inflateRaw),
};
const BROTLI: Inflater = {
  sync: zlib.brotliDecompressSync,
  async: promisify<Uint8Array, Options, Buffer>(zlib.brotliDecompress),
};
const ZSTD: Inflater | undefined =
  zstd.zstdDecompressSync && zstd.zstdDecompress
    ? { sync: zstd.zstdDecompressSync, async: promisify(zstd.zstdDecompress) }
    : undefined;

/** The encodings this Node can undo, as Content-Encoding names them. */
export const CONTENT_ENCODINGS: readonly ContentEncoding[] = [
  'gzip',
  'deflate',
  'br',
  ...(ZSTD ? (['zstd'] as const) : []),
];

const isGzip = (body: Uint8Array): boolean => body[0] === 0x1f && body[1] === 0x8b;

/** "deflate" means zlib's wrapping, yet some clients send the bare stream: told apart by zlib's two-byte header. */
const isZlib = (body: Uint8Array): boolean =>
  body.length > 1 && (body[0]! & 0x0f) === 8 && ((body[0]! << 8) | body[1]!) % 31 === 0;

function chooseInflater(encoding: ContentEncoding, body: Uint8Array): Inflater | 'as_is' | InflateFailure {
  switch (encoding) {
    case '':
      return isGzip(body) ? GZIP : 'as_is';
    case 'gzip':
      return GZIP;
    case 'deflate':
      return isZlib(body) ? ZLIB : RAW;
    case 'br':
      return BROTLI;
    case 'zstd':
      return ZSTD ?? { kind: 'unknown_encoding', message: 'zstd needs a newer Node here; send gzip or br' };
  }
}

/** Whether inflating gave bytes. */
export const isInflated = (result: Uint8Array | InflateFailure): result is Uint8Array =>
  result instanceof Uint8Array;

/** The body without its encoding, or why not. Never throws. */
export function inflateSync(
  encoding: ContentEncoding,
  body: Uint8Array,
  bytesMax: number,
): Uint8Array | InflateFailure {
  const inflater = chooseInflater(encoding, body);
  if (inflater === 'as_is') return limit(body, bytesMax);
  if ('kind' in inflater) return inflater;
  try {
    return inflater.sync(body, { maxOutputLength: bytesMax });
  } catch (error) {
    return explain(error, encoding, bytesMax);
  }
}

/** As inflateSync, off the event loop. */
export async function inflate(
  encoding: ContentEncoding,
  body: Uint8Array,
  bytesMax: number,
): Promise<Uint8Array | InflateFailure> {
  const inflater = chooseInflater(encoding, body);
  if (inflater === 'as_is') return limit(body, bytesMax);
  if ('kind' in inflater) return inflater;
  try {
    return await inflater.async(body, { maxOutputLength: bytesMax });
  } catch (error) {
    return explain(error, encoding, bytesMax);
  }
}

function limit(body: Uint8Array, bytesMax: number): Uint8Array | InflateFailure {
  return body.length <= bytesMax ? body : tooLarge(bytesMax);
}

function tooLarge(bytesMax: number): InflateFailure {
  return {
    kind: 'too_large',
    message: `the body has more than ${bytesMax} bytes once inflated; send it in several requests`,
  };
}

function explain(error: unknown, encoding: ContentEncoding, bytesMax: number): InflateFailure {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(bytesMax);
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: 'corrupt', message: `the body is not ${encoding || 'gzip'} from end to end: ${reason}` };
}
