import type { ImportRecord } from './record.js';

/** Events of one request: large enough that a request's cost vanishes, small enough that a retry repeats little. */
export const CHUNK_EVENTS_MAX = 1_000;
/** Bytes of one request before compression. */
export const CHUNK_BYTES_MAX = 1024 * 1024;

/** Events sent in one request. */
export interface Chunk {
  records: { line: number; json: string }[];
  bytes: number;
  /** Lines that never become an event. */
  problems: { line: number; problem: { code: string; message: string } }[];
  /** The last line this chunk covers: what lies before it in the source is in this chunk or an earlier one. */
  lastLine: number;
  /** The key of that row, where rows have keys. */
  lastKey: string | undefined;
  /** Rows that were left out on purpose. */
  filtered: number;
}

const newChunk = (): Chunk => ({
  records: [],
  bytes: 0,
  problems: [],
  lastLine: 0,
  lastKey: undefined,
  filtered: 0,
});

/**
 * Cuts records into requests, leaving out those `isWanted` says no to. The cuts depend on the records only, so a resumed import
 * makes the same requests again.
 */
export async function* cutChunks(
  batches: AsyncIterable<readonly ImportRecord[]>,
  isWanted: (json: string) => boolean,
): AsyncGenerator<Chunk> {
  let chunk = newChunk();
  for await (const batch of batches) {
    for (const record of batch) {
      if ('json' in record && !isWanted(record.json)) {
        chunk.filtered += 1;
      } else if ('json' in record) {
        const bytes = Buffer.byteLength(record.json) + 1;
        if (
          chunk.records.length >= CHUNK_EVENTS_MAX ||
          (chunk.records.length > 0 && chunk.bytes + bytes > CHUNK_BYTES_MAX)
        ) {
          yield chunk;
          chunk = newChunk();
        }
        chunk.records.push(record);
        chunk.bytes += bytes;
      } else {
        chunk.problems.push(record);
      }
      chunk.lastLine = record.line;
      chunk.lastKey = record.key;
    }
  }
  if (chunk.lastLine > 0) yield chunk;
}
