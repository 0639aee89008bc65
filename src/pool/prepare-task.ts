/**
 * How a prepare task and its batch cross to a worker thread and back. Bodies are packed into one buffer that is moved:
 * an entry's body is often a view of a much larger reply, and posting a view would copy the whole of that reply. The
 * caller keeps its entries, so it can try again. Of the batch every buffer is moved.
 */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { PreparedBatch, PrepareTask } from '../event/prepared.js';
import type { Entry } from '../event/types.js';
import { prepareBatch } from '../pipeline/prepare.js';

export interface PackedTask {
  /** The entries without their bodies. */
  heads: Omit<Entry, 'body'>[];
  bodies: Uint8Array<ArrayBuffer>;
  /** Body n is bodies[offsets[n], offsets[n + 1]). */
  offsets: Uint32Array;
  partition: number;
  seq: number;
  exclude: Uint32Array | undefined;
}

export function packTask(task: PrepareTask): PackedTask {
  const { entries, partition, seq, exclude } = task;
  const total = entries.reduce((sum, { body }) => sum + body.length, 0);
  const bodies = new Uint8Array(total);
  const offsets = new Uint32Array(entries.length + 1);
  let at = 0;
  const heads = entries.map(({ body, ...head }, n) => {
    bodies.set(body, at);
    at += body.length;
    offsets[n + 1] = at;
    return head;
  });
  return { heads, bodies, offsets, partition, seq, exclude };
}

function unpackTask({ heads, bodies, offsets, partition, seq, exclude }: PackedTask): PrepareTask {
  const entries = heads.map((head, n) => ({ ...head, body: bodies.subarray(offsets[n], offsets[n + 1]) }));
  return exclude === undefined ? { entries, partition, seq } : { entries, partition, seq, exclude };
}

/** Runs in the worker thread. */
export function handlePackedTask(packed: PackedTask): unknown {
  const batch = prepareBatch(unpackTask(packed));
  return move({
    get [transferableSymbol]() {
      return listBuffers(batch);
    },
    get [valueSymbol]() {
      return batch;
    },
  });
}

function listBuffers(batch: PreparedBatch): ArrayBufferLike[] {
  const views = Object.values(batch).filter((value) => ArrayBuffer.isView(value));
  return views.map((view) => view.buffer);
}
