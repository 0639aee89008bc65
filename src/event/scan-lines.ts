/** The scan of events one a line. See scan.ts. */
import type { PayloadScan, ScanFailure } from './payload-scan.js';
import {
  BACKSLASH,
  CLOSE,
  COLON,
  LINE_CLASSES,
  LINE_END,
  NEWLINE,
  OPEN,
  QUOTE,
  Ranges,
  STRING,
  skipBlank,
} from './scan-bytes.js';

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

/** Cuts lines into events. */
export function scanLines(bytes: Uint8Array): PayloadScan | ScanFailure {
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
        depth--;
        break;
      case COLON:
        keyCount++;
        break;
      case LINE_END:
        if (skipBlank(bytes, lineStart) < i) ranges.add(lineStart, i, keyCount);
        if (depth !== 0) irregular = true;
        depth = 0;
        lineStart = i + 1;
        break;
    }
    i++;
  }
  if (ranges.count === 0) return { offset: 0, message: 'the body is empty', empty: true };
  return {
    shape: 'lines',
    wrapper: '',
    listStart: 0,
    listEnd: 0,
    wrapperBytes: 0,
    keysBefore: 0,
    ...ranges.list(),
    keyCount,
    depth: deepest,
    irregular,
  };
}
