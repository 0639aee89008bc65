/** A kept answer, and its form in Redis. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { DataReads } from '../stream/data-version.js';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Answers larger than this are compressed in Redis: gzip's quickest, about 10 ms a megabyte. */
const COMPRESS_BYTES = 2_048;
/** What a kept answer may become when it is read back; larger ones are not kept. */
export const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

export interface CachedAnswer {
  /** JSON of the answer without its meta. */
  readonly body: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly reads: DataReads;
  /** The project's newest version before anything was read; 0: unknown. */
  readonly version: number;
  /** Receipt of the newest event by then, ms. */
  readonly receivedMs: number | null;
  /** When that was. */
  readonly atMs: number;
  /** How long it may be kept at most, from then. */
  readonly lifeMs: number;
  /** How old it may be though the data moved on, by the metric's own `cache_ttl`. */
  readonly ttlMs: number;
}

/** "z" and gzip, or "j" and JSON. */
export async function encodeAnswer(answer: CachedAnswer): Promise<Buffer> {
  const json = Buffer.from(JSON.stringify(answer));
  if (json.length <= COMPRESS_BYTES) return Buffer.concat([Buffer.from('j'), json]);
  return Buffer.concat([Buffer.from('z'), await compress(json, { level: 1 })]);
}

/** Undefined: not what encodeAnswer wrote. */
export async function decodeAnswer(bytes: Buffer): Promise<CachedAnswer | undefined> {
  const rest = bytes.subarray(1);
  try {
    const json = bytes[0] === 0x7a ? await decompress(rest, { maxOutputLength: 2 * ANSWER_BYTES_MAX }) : rest;
    return JSON.parse(json.toString()) as CachedAnswer;
  } catch {
    return undefined;
  }
}
