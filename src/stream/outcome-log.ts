/** Reading back what became of batches, for as long as the outcomes stream remembers. */
import type { Redis } from '../redis/client.js';
import { entryMs } from './entry-id.js';
import { partitionKeys } from './keys.js';
import { decodeOutcome, type EntryOutcome } from './outcome-record.js';

/** Records one read brings: some hundred kilobytes. */
const RECORDS_PER_READ = 500;

/** An acknowledged batch and its entries' outcomes, in stream order. */
export interface AcknowledgedBatch {
  seq: string;
  entries: EntryOutcome[];
}

function readSeq(fields: readonly Buffer[]): string | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2)
    if (fields[i]!.toString() === 'b') return fields[i + 1]!.toString();
  return undefined;
}

/**
 * Acknowledged batches of a partition with entries received in [fromMs, toMs), oldest first, in pages; whole batches, also
 * those that reach beyond the span. Records that do not tell their batch's number are left out. Throws StreamError.
 */
export async function* readAcknowledged(
  redis: Redis,
  partition: number,
  fromMs: number,
  toMs: number,
): AsyncGenerator<AcknowledgedBatch[], void, void> {
  const { outcomes } = partitionKeys(partition);
  // A record lies under its batch's last entry: the batch at the span's end lies behind it.
  for (let start = String(fromMs); ; ) {
    const args = ['XRANGE', outcomes, start, '+', 'COUNT', String(RECORDS_PER_READ)];
    const records = await redis.command<[id: Buffer, fields: Buffer[]][]>(args, { binary: true });
    const page: AcknowledgedBatch[] = [];
    for (const [, fields] of records) {
      const { entries } = decodeOutcome(fields);
      if (entries[0] && entryMs(entries[0].entryId) >= toMs) {
        yield page;
        return;
      }
      const seq = readSeq(fields);
      if (seq !== undefined) page.push({ seq, entries });
    }
    yield page;
    if (records.length < RECORDS_PER_READ) return;
    start = `(${records.at(-1)![0]}`;
  }
}
