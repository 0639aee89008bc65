import type { ImportRecord } from '../../../src/cli/import/record.js';
import type { Source } from '../../../src/cli/import/source.js';

/** A source with this content, in chunks of a few bytes so that every boundary is met. */
export function createSourceOf(content: string | Buffer, chunkBytes = 7): Source {
  const bytes = Buffer.from(content);
  async function* cut(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  return {
    name: 'test',
    identity: 'abc',
    chunks: cut(),
    bytesRead: () => 0,
    bytesTotal: bytes.length,
    head: bytes,
    close: async () => {},
  };
}

export async function readAll(batches: AsyncIterable<ImportRecord[]>): Promise<ImportRecord[]> {
  const all: ImportRecord[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
