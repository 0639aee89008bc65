/**
 * How a prepare task and its batch cross to a worker thread and back. Bodies are packed into one buffer that is moved:
 * an entry's body is often a view of a much larger reply, and posting a view would copy the whole of that reply. The
 * caller keeps its entries, so it can try again. Of the batch every buffer is moved.
 */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { PreparedBatch, PrepareTask } from '../event/prepared.js';
import type { Entry } from '../event/types.js';
import { prepareBatch } from '../pipeline/prepare.js';
import { type CompiledRuleSet, createRuleSet, type RegistrySnapshot } from '../registry/rule-set.js';
import { NO_RULES, type RuleSet } from '../registry/rules.js';

export interface PackedTask {
  /** The entries without their bodies. */
  heads: Omit<Entry, 'body'>[];
  bodies: Uint8Array<ArrayBuffer>;
  /** Body n is bodies[offsets[n], offsets[n + 1]). */
  offsets: Uint32Array;
  partition: number;
  seq: number;
  exclude: Uint32Array | undefined;
  registry: SharedRegistry | undefined;
}

/** Every project's event types as JSON, in memory that all threads see: a task refers to it and carries nothing. */
export interface SharedRegistry {
  revision: number;
  json: Uint8Array<SharedArrayBuffer>;
}

export function shareRegistry(snapshot: RegistrySnapshot): SharedRegistry {
  const text = Buffer.from(JSON.stringify(snapshot));
  const json = new Uint8Array(new SharedArrayBuffer(text.length));
  json.set(text);
  return { revision: snapshot.revision, json };
}

export function packTask(task: PrepareTask, registry: SharedRegistry | undefined): PackedTask {
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
  return { heads, bodies, offsets, partition, seq, exclude, registry };
}

function unpackTask({ heads, bodies, offsets, partition, seq, exclude }: PackedTask): PrepareTask {
  const entries = heads.map((head, n) => ({ ...head, body: bodies.subarray(offsets[n], offsets[n + 1]) }));
  return exclude === undefined ? { entries, partition, seq } : { entries, partition, seq, exclude };
}

/** The rules this thread has compiled; types that a new revision does not change stay compiled. */
let rules: CompiledRuleSet | undefined;

function findRules(registry: SharedRegistry | undefined): RuleSet {
  if (registry === undefined) return NO_RULES;
  if (rules?.revision !== registry.revision) {
    const snapshot = JSON.parse(Buffer.from(registry.json).toString()) as RegistrySnapshot;
    rules = createRuleSet(snapshot, { previous: rules });
  }
  return rules;
}

/** Runs in the worker thread. */
export function handlePackedTask(packed: PackedTask): unknown {
  const batch = prepareBatch(unpackTask(packed), findRules(packed.registry));
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
  const columns = [...Object.values(batch), ...Object.values(batch.live)];
  const views = columns.filter((value) => ArrayBuffer.isView(value));
  return views.map((view) => view.buffer);
}
