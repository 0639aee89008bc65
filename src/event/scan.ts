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
import type { PayloadFormat } from './types.js';

export type PayloadShape = 'object' | 'array' | 'wrapped' | 'lines';

export interface PayloadScan {
  shape: PayloadShape;
  /** The key of a `wrapped` payload that holds its events; empty otherwise. */
  wrapper: string;
  eventCount: number;
  /** Event n is bytes[starts[n], ends[n]), blanks around it included. */
  starts: Uint32Array;
  ends: Uint32Array;
  /** Keys of all objects of the payload, repeated ones counted again. */
  keyCount: number;
  /** Depth of the deepest event, the event itself being 1; of a `wrapped` payload's other members too, less 2. */
  depth: number;
  /** `lines` only: a line is surely not one JSON value, so the lines cannot be parsed as one array. */
  irregular: boolean;
}

/** Where and why a payload cannot be cut into events. `offset` in bytes. */
export interface ScanFailure {
  offset: number;
  message: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;

const STRING = 1;
const OPEN = 2;
const CLOSE = 3;
const COLON = 4;
const COMMA = 5;
const LINE_END = 6;

const CLASSES = new Uint8Array(256);
CLASSES[QUOTE] = STRING;
for (const open of '{[') CLASSES[open.charCodeAt(0)] = OPEN;
for (const close of '}]') CLASSES[close.charCodeAt(0)] = CLOSE;
CLASSES[0x3a] = COLON;
CLASSES[0x2c] = COMMA;

const LINE_CLASSES = CLASSES.slice();
LINE_CLASSES[NEWLINE] = LINE_END;

/** Cuts a payload into events. Linear in its bytes. */
export function scanPayload(format: PayloadFormat, bytes: Uint8Array): PayloadScan | ScanFailure {
  return format === 'ndjson' ? scanLines(bytes) : scanDocument(bytes);
}

export const isScanFailure = (scan: PayloadScan | ScanFailure): scan is ScanFailure => 'offset' in scan;

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The first position from `start` that is neither blank nor, at the very start, a byte order mark. */
export function skipBlank(bytes: Uint8Array, start: number): number {
  let at = start;
  if (at === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3;
  while (at < bytes.length && isBlank(bytes[at]!)) at++;
  return at;
}

/** Ranges of bytes, growing. */
class Ranges {
  count = 0;
  private starts = new Uint32Array(16);
  private ends = new Uint32Array(16);

  add(start: number, end: number): void {
    if (this.count === this.starts.length) {
      this.starts = extend(this.starts);
      this.ends = extend(this.ends);
    }
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  list(): { eventCount: number; starts: Uint32Array; ends: Uint32Array } {
    return {
      eventCount: this.count,
      starts: this.starts.subarray(0, this.count),
      ends: this.ends.subarray(0, this.count),
    };
  }
}

function extend(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2);
  larger.set(values);
  return larger;
}

/** The position after the string that starts at `quote`; past the end when it never closes. */
function skipString(bytes: Uint8Array, quote: number): number {
  const { length } = bytes;
  let i = quote + 1;
  while (i < length) {
    const byte = bytes[i]!;
    if (byte === QUOTE) return i + 1;
    i += byte === BACKSLASH ? 2 : 1;
  }
  return length + 1;
}

const WRAPPERS = ['events', 'batch'] as const;

/** Which wrapper's key the string bytes[start, end) is, quotes included, when an array is its value. */
function findWrapper(
  bytes: Uint8Array,
  start: number,
  end: number,
): { key: string; open: number } | undefined {
  const key = WRAPPERS.find((name) => {
    if (end - start !== name.length + 2) return false;
    for (let i = 0; i < name.length; i++) if (bytes[start + 1 + i] !== name.charCodeAt(i)) return false;
    return true;
  });
  if (key === undefined) return undefined;
  const colon = skipBlank(bytes, end);
  if (bytes[colon] !== 0x3a) return undefined;
  const open = skipBlank(bytes, colon + 1);
  return bytes[open] === 0x5b ? { key, open } : undefined;
}

function scanDocument(bytes: Uint8Array): PayloadScan | ScanFailure {
  const { length } = bytes;
  const first = skipBlank(bytes, 0);
  if (first === length) return { offset: 0, message: 'the body is empty' };
  const isArray = bytes[first] === 0x5b;
  if (!isArray && bytes[first] !== 0x7b) {
    return { offset: first, message: 'the body is neither a JSON object nor an array' };
  }
  const ranges = new Ranges();
  let wrapper = '';
  // Commas at this depth stand between events; 0 when there are no events in reach.
  let listDepth = isArray ? 1 : 0;
  let eventStart = first + 1;
  let depth = 0;
  let deepest = 0;
  let keyCount = 0;
  let i = first;
  let end = -1;
  while (i < length) {
    switch (CLASSES[bytes[i]!]) {
      case STRING: {
        const after = skipString(bytes, i);
        if (after > length) return { offset: i, message: 'a string that starts here never ends' };
        if (depth === 1 && !isArray) {
          const found = findWrapper(bytes, i, after);
          if (found !== undefined) {
            if (wrapper !== '') return { offset: i, message: `a second list of events after "${wrapper}"` };
            wrapper = found.key;
            listDepth = 2;
            eventStart = found.open + 1;
          }
        }
        i = after;
        continue;
      }
      case OPEN:
        if (++depth > deepest) deepest = depth;
        break;
      case CLOSE:
        if (depth === listDepth) {
          if (eventStart > 0 && (ranges.count > 0 || skipBlank(bytes, eventStart) < i))
            ranges.add(eventStart, i);
          listDepth = 0;
        }
        if (--depth === 0) end = i + 1;
        break;
      case COLON:
        keyCount++;
        break;
      case COMMA:
        if (depth === listDepth) {
          ranges.add(eventStart, i);
          eventStart = i + 1;
        }
        break;
    }
    i++;
    if (end !== -1) break;
  }
  if (end === -1) return { offset: length, message: 'the body ends before its last bracket is closed' };
  if ((bytes[end - 1] === 0x5d) !== isArray) {
    return {
      offset: end - 1,
      message: `the body begins with "${isArray ? '[' : '{'}" and ends with "${isArray ? '}' : ']'}"`,
    };
  }
  const rest = skipBlank(bytes, end);
  if (rest < length) {
    return {
      offset: rest,
      message: 'something follows the end of the JSON document; events one a line are application/x-ndjson',
    };
  }
  const shape = isArray ? 'array' : wrapper === '' ? 'object' : 'wrapped';
  if (shape === 'object') ranges.add(first, end);
  const outer = shape === 'object' ? 0 : shape === 'array' ? 1 : 2;
  return { shape, wrapper, ...ranges.list(), keyCount, depth: deepest - outer, irregular: false };
}

/** The position of the closing quote of a string in a line, or of the line's end when it never closes. */
function skipLineString(bytes: Uint8Array, quote: number): number {
  const { length } = bytes;
  let i = quote + 1;
  while (i < length) {
    const byte = bytes[i]!;
    if (byte === QUOTE || byte === NEWLINE) return i;
    // A backslash before the line's end must not hide it.
    i += byte === BACKSLASH && bytes[i + 1] !== NEWLINE ? 2 : 1;
  }
  return length;
}

function scanLines(bytes: Uint8Array): PayloadScan | ScanFailure {
  const { length } = bytes;
  const ranges = new Ranges();
  let depth = 0;
  let deepest = 0;
  let keyCount = 0;
  let irregular = false;
  let lineStart = bytes[0] === 0xef ? skipBlank(bytes, 0) : 0;
  let i = lineStart;
  while (i <= length) {
    const kind = i < length ? LINE_CLASSES[bytes[i]!] : LINE_END;
    switch (kind) {
      case STRING: {
        const close = skipLineString(bytes, i);
        if (bytes[close] === QUOTE) i = close;
        else {
          irregular = true;
          i = close - 1;
        }
        break;
      }
      case OPEN:
        if (++depth > deepest) deepest = depth;
        break;
      case CLOSE:
        if (--depth < 0) irregular = true;
        break;
      case COLON:
        keyCount++;
        break;
      case COMMA:
        if (depth === 0) irregular = true;
        break;
      case LINE_END:
        if (skipBlank(bytes, lineStart) < i) ranges.add(lineStart, i);
        if (depth !== 0) irregular = true;
        depth = 0;
        lineStart = i + 1;
        break;
    }
    i++;
  }
  if (ranges.count === 0) return { offset: 0, message: 'the body is empty' };
  return { shape: 'lines', wrapper: '', ...ranges.list(), keyCount, depth: deepest, irregular };
}
