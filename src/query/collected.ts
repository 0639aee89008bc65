/** Results in the Native format, gathered as bytes for a thread that reads them: the front's own thread parses no row. */
import type { QueryContext } from './context.js';
import { type NativeBlock, type NativeColumn, readNativeBlocks } from './native-result.js';
import { type Statement, streamBytes } from './run.js';

/** Bytes of one result; the statement's own limit of rows bounds them. */
export type Collected = readonly Uint8Array[];

/** Runs a statement. @throws RequestError 422 over a limit; EngineError otherwise */
export async function collectBytes(context: QueryContext, statement: Statement): Promise<Collected> {
  const chunks: Uint8Array[] = [];
  // Copied: small chunks share a buffer, which cannot be moved to a thread in parts.
  for await (const chunk of streamBytes(context, statement)) chunks.push(Uint8Array.from(chunk));
  return chunks;
}

/** What of results is moved to a thread instead of copied. */
export const listBuffers = (...results: readonly Collected[]): ArrayBuffer[] =>
  results.flat().map(({ buffer }) => buffer as ArrayBuffer);

async function* yieldChunks(chunks: Collected): AsyncGenerator<Uint8Array, void, void> {
  yield* chunks;
}

/** The blocks of a result. @throws EngineError when it ends inside one */
export const readCollected = (chunks: Collected): AsyncGenerator<NativeBlock, void, void> =>
  readNativeBlocks(yieldChunks(chunks));

/** A UInt64 of a column, in decimal: a key, which no number holds. */
export const readKey = ({ words }: NativeColumn, row: number): string =>
  ((BigInt(words![2 * row + 1]!) << 32n) | BigInt(words![2 * row]!)).toString();
