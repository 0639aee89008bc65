/** The scan of a JSON document: an object or an array. See scan.ts. */
import { WRAPPER_BYTES_MAX, WRAPPER_COPIES_BYTES_MAX } from './limits.js';
import type { PayloadScan, ScanFailure } from './payload-scan.js';
import {
  BACKSLASH,
  CLASSES,
  CLOSE,
  CLOSE_ARRAY,
  COLON,
  COMMA,
  OPEN,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  Ranges,
  STRING,
  skipBlank,
} from './scan-bytes.js';

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
  return bytes[open] === OPEN_ARRAY ? { key, open } : undefined;
}

interface Walk {
  ranges: Ranges;
  wrapper: string;
  /** Of a wrapped payload's list, brackets included. */
  listStart: number;
  listEnd: number;
  keysBefore: number;
  keyCount: number;
  deepest: number;
  /** After the last bracket; -1 when it never came. */
  end: number;
}

/** Walks through the document that opens at `first`. One function, because its loop is where the time goes. */
function walkDocument(bytes: Uint8Array, first: number, isArray: boolean): Walk | ScanFailure {
  const { length } = bytes;
  const ranges = new Ranges();
  let wrapper = '';
  // Commas at this depth stand between events; 0 while there are no events in reach.
  let listDepth = isArray ? 1 : 0;
  let listStart = 0;
  let listEnd = 0;
  let keysBefore = 0;
  let eventStart = first + 1;
  let depth = 0;
  let deepest = 0;
  let keyCount = 0;
  let i = first;
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
            listStart = found.open;
            // The list's own key is counted at its colon, which is still to come.
            keysBefore = keyCount + 1;
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
          if (ranges.count > 0 || skipBlank(bytes, eventStart) < i) ranges.add(eventStart, i, keyCount);
          listEnd = i + 1;
          listDepth = 0;
        }
        if (--depth === 0)
          return { ranges, wrapper, listStart, listEnd, keyCount, keysBefore, deepest, end: i + 1 };
        break;
      case COLON:
        keyCount++;
        break;
      case COMMA:
        if (depth === listDepth) {
          ranges.add(eventStart, i, keyCount);
          eventStart = i + 1;
        }
        break;
    }
    i++;
  }
  return { ranges, wrapper, listStart, listEnd, keyCount, keysBefore, deepest, end: -1 };
}

const NO_LIST = { listStart: 0, listEnd: 0, wrapperBytes: 0 };

/** Cuts a document into events. */
export function scanDocument(bytes: Uint8Array): PayloadScan | ScanFailure {
  const { length } = bytes;
  const first = skipBlank(bytes, 0);
  if (first === length) return { offset: 0, message: 'the body is empty', empty: true };
  const isArray = bytes[first] === OPEN_ARRAY;
  if (!isArray && bytes[first] !== OPEN_OBJECT) {
    return { offset: first, message: 'the body is neither a JSON object nor an array' };
  }
  const walk = walkDocument(bytes, first, isArray);
  if ('offset' in walk) return walk;
  const { ranges, wrapper, listStart, listEnd, keyCount, keysBefore, deepest, end } = walk;
  if (end === -1) return { offset: length, message: 'the body ends before its last bracket is closed' };
  if ((bytes[end - 1] === CLOSE_ARRAY) !== isArray) {
    const [open, close] = isArray ? '[}' : '{]';
    return { offset: end - 1, message: `the body begins with "${open}" and ends with "${close}"` };
  }
  const rest = skipBlank(bytes, end);
  if (rest < length) {
    const message =
      'something follows the end of the JSON document; events one a line are application/x-ndjson';
    return { offset: rest, message };
  }
  const shape = isArray ? 'array' : wrapper === '' ? 'object' : 'wrapped';
  const outer = shape === 'object' ? 0 : shape === 'array' ? 1 : 2;
  const wrapperBytes = shape === 'wrapped' ? end - first - (listEnd - listStart) : 0;
  if (wrapperBytes > WRAPPER_BYTES_MAX) {
    const message = `what stands beside "${wrapper}" has more than ${WRAPPER_BYTES_MAX} bytes`;
    return { offset: first, message };
  }
  if (wrapperBytes * ranges.count > WRAPPER_COPIES_BYTES_MAX) {
    const message = `what stands beside "${wrapper}" is too long to be stored with each of ${ranges.count} events`;
    return { offset: first, message };
  }
  if (shape === 'object') ranges.add(first, end, keyCount);
  const list = shape === 'wrapped' ? { listStart, listEnd, wrapperBytes } : NO_LIST;
  const depth = deepest - outer;
  return { shape, wrapper, ...list, ...ranges.list(), keyCount, keysBefore, depth, irregular: false };
}
