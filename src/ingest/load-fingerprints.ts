/** Filling the fingerprints from the events table, when a partition's lease is taken. */
import type { Fingerprints } from './fingerprints.js';
import type { IngestTables } from './tables.js';

export interface LoadOptions {
  /** No entry that has yet to be judged was received before this. */
  firstMs: number;
  windowMs: number;
  /** Aborted: loading is given up. */
  signal: AbortSignal;
}

/** Spans are joined up to this part of the window, so that what is loaded is forgotten piece by piece. */
const SPANS_PER_WINDOW = 8;

/**
 * Loads the hashes of all ids of the partition received within the window before the first entry that has yet to be judged.
 * Throws EngineError; the next call begins anew.
 */
export async function loadFingerprints(
  fingerprints: Fingerprints,
  tables: IngestTables,
  partition: number,
  { firstMs, windowMs, signal }: LoadOptions,
): Promise<void> {
  fingerprints.clear();
  const spans = await tables.listLoadSpans(
    partition,
    Math.max(0, firstMs - windowMs),
    windowMs / SPANS_PER_WINDOW,
  );
  for (const span of spans) {
    if (signal.aborted) return;
    fingerprints.addSpan(await tables.loadHashes(partition, span), span.fromMs, span.toMs);
  }
  fingerprints.markLoaded();
}
