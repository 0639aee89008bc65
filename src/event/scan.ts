/**
 * One pass over the bytes of a JSON payload that builds nothing: how many events it holds and where each begins and
 * ends, how deep it goes, how many keys its objects have. It reads structure only; whether what lies between the
 * brackets is JSON, JSON.parse says.
 *
 * It exists because three things must be known before or apart from JSON.parse: the number of events (each of them
 * will have one outcome, also in a payload that turns out not to parse), the depth (so that no later walk need fear
 * for its stack), and the number of keys, which JSON.parse hides when a key occurs twice (it keeps the last).
 *
 *   document                      events
 *   {...}                         the object
 *   {"events": [...], ...}        the elements of `events` (or of `batch`)
 *   [...]                         the elements
 *   lines                         each line that is not blank
 *
 * The loop dispatches on a table of byte classes; inside strings it looks for nothing but the closing quote. No
 * recursion: brackets are counted, not matched. A payload whose brackets are balanced but crossed passes here and
 * fails in JSON.parse.
 */
import type { PayloadScan, ScanFailure } from './payload-scan.js';
import { scanDocument } from './scan-document.js';
import { scanLines } from './scan-lines.js';
import type { PayloadFormat } from './types.js';

/** Cuts a payload into events. Linear in its bytes. */
export function scanPayload(format: PayloadFormat, bytes: Uint8Array): PayloadScan | ScanFailure {
  return format === 'ndjson' ? scanLines(bytes) : scanDocument(bytes);
}
