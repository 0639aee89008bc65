/**
 * The `encode` stage: gathers the rows of a batch into Native blocks, with the hashes and ids that the ingest loop
 * decides duplicates by. Rows that are left out are counted and hashed like the others, but not written.
 */
import { BoundaryError } from '../errors.js';
import { hashMurmur3, hashUtf8, hashXx32 } from '../event/hash.js';
import { changesPerson, joinsIds } from '../event/people.js';
import { composePlace } from '../event/prepared.js';
import { ByteBuffer } from '../native/byte-buffer.js';
import { NumberList } from '../native/column.js';
import { EventBlock } from '../native/event-block.js';
import { hashContent } from './content-hash.js';
import type { Draft, PayloadFacts } from './draft.js';
import { LiveColumnsBuilder } from './live-columns.js';

/**
 * Paths times rows of one block, in bytes. A block that would need more is closed and a new one begun: without this a
 * batch whose every event has properties of its own would take the square of its size.
 */
export const BLOCK_CELLS_MAX = 32 * 1024 * 1024;

/** Paths of one block, which live in the thread's heap at about 1 kB each. */
const BLOCK_PATHS_MAX = 20_000;

/**
 * Bytes of JSON one block may come from, so that a batch of long events is seen to be too long before it is all in
 * memory: the columns of a block take up to five times as much.
 */
const BLOCK_JSON_BYTES_MAX = 64 * 1024 * 1024;

/** Bytes a batch may take in all. Only events made for it come near: the task fails, and is tried again in halves. */
const BATCH_BYTES_MAX = 512 * 1024 * 1024;

export class BatchBuilder {
  private block: EventBlock;
  private readonly out = new ByteBuffer(64 * 1024);
  private readonly ids = new ByteBuffer(16 * 1024);
  private readonly idOffsets = new NumberList();
  private readonly idHashes = new NumberList();
  private readonly contentHashes = new NumberList();
  private readonly rowEntry = new NumberList();
  private readonly rowIndex = new NumberList();
  private readonly rowTimestampsMs = new ByteBuffer();
  private readonly live = new LiveColumnsBuilder();
  private readonly excluded: ReadonlySet<number>;
  /** Projects whose events join ids, and that change properties of people. */
  private readonly linking = new Set<string>();
  private readonly changing = new Set<string>();
  private rows = 0;
  private blockRows = 0;
  private blockJsonBytes = 0;
  private minTimestampMs = Number.POSITIVE_INFINITY;
  private maxTimestampMs = Number.NEGATIVE_INFINITY;
  private project = '';
  private projectHash = hashUtf8('');

  constructor(
    private readonly partition: number,
    private readonly seq: number,
    exclude: Uint32Array | undefined,
  ) {
    this.block = new EventBlock(partition, seq);
    this.excluded = new Set(exclude);
    this.idOffsets.push(0);
  }

  append(draft: Draft, payload: PayloadFacts, entryOrdinal: number): void {
    const { properties } = draft.said ?? draft;
    const content = hashContent(draft, this.block.readProperties(properties));
    if (properties !== draft.properties) this.block.readProperties(draft.properties);
    this.contentHashes.push(content.low);
    this.contentHashes.push(content.high);
    this.addId(payload.project, draft.eventId);
    this.rowEntry.push(entryOrdinal);
    this.rowIndex.push(composePlace(draft.index, draft.part));
    this.rowTimestampsMs.writeAlignedFloat64(draft.timestampMs);
    this.live.append(draft, payload.receivedAtMs);
    if (joinsIds(draft.event)) this.linking.add(payload.project);
    if (changesPerson(draft.properties)) this.changing.add(payload.project);
    const ordinal = this.rows++;
    if (this.excluded.size > 0 && this.excluded.has(ordinal)) return;
    this.block.append(payload.project, draft, payload.receivedAtMs, content.low, content.high);
    this.blockRows++;
    if (draft.timestampMs < this.minTimestampMs) this.minTimestampMs = draft.timestampMs;
    if (draft.timestampMs > this.maxTimestampMs) this.maxTimestampMs = draft.timestampMs;
    this.blockJsonBytes += draft.bytes;
    if (this.isBlockFull()) this.closeBlock();
  }

  private isBlockFull(): boolean {
    const { cells, paths } = this.block;
    return cells > BLOCK_CELLS_MAX || paths > BLOCK_PATHS_MAX || this.blockJsonBytes > BLOCK_JSON_BYTES_MAX;
  }

  private addId(project: string, eventId: string): void {
    if (project !== this.project) {
      this.project = project;
      this.projectHash = hashUtf8(project);
    }
    const { ids, projectHash } = this;
    const start = ids.length;
    ids.writeText(eventId);
    this.idOffsets.push(ids.length);
    this.idHashes.push(hashMurmur3(ids.bytes, start, ids.length) ^ projectHash[0]);
    this.idHashes.push(hashXx32(ids.bytes, start, ids.length) ^ projectHash[1]);
  }

  private closeBlock(): void {
    if (this.block.rows > 0) this.block.write(this.out);
    if (this.out.length > BATCH_BYTES_MAX) {
      throw new BoundaryError(`the batch takes more than ${BATCH_BYTES_MAX} bytes`, 'batch_too_large', false);
    }
    this.block = new EventBlock(this.partition, this.seq);
    this.blockJsonBytes = 0;
  }

  /** Closes the batch. The views are of buffers that belong to the caller from here on. */
  finish() {
    this.closeBlock();
    const empty = this.blockRows === 0;
    return {
      rows: this.rows,
      blockRows: this.blockRows,
      block: this.out.view(),
      idHashes: this.idHashes.view(),
      contentHashes: this.contentHashes.view(),
      rowEntry: this.rowEntry.view(),
      rowIndex: this.rowIndex.view(),
      rowTimestampsMs: new Float64Array(this.rowTimestampsMs.bytes.buffer, 0, this.rows),
      idBytes: this.ids.view(),
      idOffsets: this.idOffsets.view(),
      people: { links: [...this.linking], changes: [...this.changing] },
      minTimestampMs: empty ? 0 : this.minTimestampMs,
      maxTimestampMs: empty ? 0 : this.maxTimestampMs,
      live: this.live.finish(),
    };
  }
}
