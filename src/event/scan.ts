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
import { scanDocument } from './scan-document.js';
import { scanLines } from './scan-lines.js';
import type { PayloadFormat } from './types.js';

export type PayloadShape = 'object' | 'array' | 'wrapped' | 'lines';

export interface PayloadScan {
  shape: PayloadShape;
  /** The key of a `wrapped` payload that holds its events; empty otherwise. */
  wrapper: string;
  /** Where that list begins and ends, brackets included; 0 for other shapes. */
  listStart: number;
  listEnd: number;
  /** Bytes of what stands beside it. */
  wrapperBytes: number;
  eventCount: number;
  /** Event n is bytes[starts[n], ends[n]), blanks around it included. */
  starts: Uint32Array;
  ends: Uint32Array;
  /** Keys of all objects of the payload, repeated ones counted again: all, before the first event, and up to each end. */
  keyCount: number;
  keysBefore: number;
  keysAtEnd: Uint32Array;
  /** Depth of the deepest event, the event itself being 1; of a `wrapped` payload's other members too, less 2. */
  depth: number;
  /**
   * `lines` only: some line ends inside a string or between brackets, so it is not one JSON value. When no line does, the
   * lines joined by commas in brackets are an array of as many elements exactly when each line is one value.
   */
  irregular: boolean;
}

/** Where and why a payload cannot be cut into events. `offset` in bytes. */
export interface ScanFailure {
  offset: number;
  message: string;
  /** There is nothing but blanks. */
  empty?: boolean;
}

/** Cuts a payload into events. Linear in its bytes. */
export function scanPayload(format: PayloadFormat, bytes: Uint8Array): PayloadScan | ScanFailure {
  return format === 'ndjson' ? scanLines(bytes) : scanDocument(bytes);
}

export const isScanFailure = (scan: PayloadScan | ScanFailure): scan is ScanFailure => 'offset' in scan;
