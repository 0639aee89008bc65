/**
 * A sealed batch as prepared parts: one, unless an entry of it crashes or exhausts the thread that prepares it.
 *
 * Then the batch is halved until the entries that do it stand alone. The rest is prepared together once more, so that it is
 * inserted as one block under the batch's own token, as if the poison had never been there. Only if that fails too (each half
 * is well, the whole is too much) is the batch stored in the parts that could be prepared.
 */
import type { PreparedBatch } from '../event/prepared.js';
import type { Entry } from '../event/types.js';
import { PrepareError, type PreparePool } from '../pool/prepare-pool.js';

/** Entries of a batch and what they were prepared to. */
export interface Part {
  entries: readonly Entry[];
  batch: PreparedBatch;
}

export interface PoisonEntry {
  entry: Entry;
  reason: string;
}

export interface PreparedParts {
  /** In stream order; empty when every entry is poison. */
  parts: Part[];
  poison: PoisonEntry[];
}

/** How often an entry that fails alone is tried before it is called poison: its thread may have died of something else. */
const ALONE_ATTEMPTS = 2;

export interface PrepareContext {
  pool: PreparePool;
  partition: number;
  seq: number;
}

/** Undefined: these entries cannot be prepared together. Throws PrepareError `prepare_closed` only. */
async function tryPrepare(
  context: PrepareContext,
  entries: readonly Entry[],
): Promise<PreparedBatch | PrepareError> {
  try {
    return await context.pool.prepare({ entries, partition: context.partition, seq: context.seq });
  } catch (error) {
    if (error instanceof PrepareError && error.code !== 'prepare_closed') return error;
    throw error;
  }
}

async function isolate(context: PrepareContext, entries: readonly Entry[]): Promise<PreparedParts> {
  let failure: PrepareError | undefined;
  for (let attempt = 0; attempt < (entries.length === 1 ? ALONE_ATTEMPTS : 1); attempt++) {
    const prepared = await tryPrepare(context, entries);
    if (!(prepared instanceof PrepareError)) return { parts: [{ entries, batch: prepared }], poison: [] };
    failure = prepared;
  }
  if (entries.length === 1) {
    return { parts: [], poison: [{ entry: entries[0]!, reason: `${failure!.message} (${failure!.code})` }] };
  }
  const middle = Math.ceil(entries.length / 2);
  const left = await isolate(context, entries.slice(0, middle));
  const right = await isolate(context, entries.slice(middle));
  return { parts: [...left.parts, ...right.parts], poison: [...left.poison, ...right.poison] };
}

/** Prepares a batch's entries. Throws PrepareError `prepare_closed` when the pool is closed meanwhile, nothing else. */
export async function prepareParts(
  context: PrepareContext,
  entries: readonly Entry[],
): Promise<PreparedParts> {
  const isolated = await isolate(context, entries);
  if (isolated.poison.length === 0 || isolated.parts.length < 2) return isolated;
  const rest = isolated.parts.flatMap((part) => part.entries);
  const whole = await tryPrepare(context, rest);
  if (whole instanceof PrepareError) return isolated;
  return { parts: [{ entries: rest, batch: whole }], poison: isolated.poison };
}

/** The entries of a part in two halves, each prepared: for a block that the engine refuses. */
export async function halvePart(context: PrepareContext, part: Part): Promise<PreparedParts> {
  const middle = Math.ceil(part.entries.length / 2);
  const left = await isolate(context, part.entries.slice(0, middle));
  const right = await isolate(context, part.entries.slice(middle));
  return { parts: [...left.parts, ...right.parts], poison: [...left.poison, ...right.poison] };
}
