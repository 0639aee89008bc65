/** What the scans of documents and of lines share: classes of bytes, blanks, and lists of ranges. */

import type { PayloadScan } from './payload-scan.js';

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const NEWLINE = 0x0a;
export const OPEN_OBJECT = 0x7b;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;

export const STRING = 1;
export const OPEN = 2;
export const CLOSE = 3;
export const COLON = 4;
export const COMMA = 5;
export const LINE_END = 6;

export const CLASSES = new Uint8Array(256);
CLASSES[QUOTE] = STRING;
for (const open of '{[') CLASSES[open.charCodeAt(0)] = OPEN;
for (const close of '}]') CLASSES[close.charCodeAt(0)] = CLOSE;
CLASSES[0x3a] = COLON;
CLASSES[0x2c] = COMMA;

export const LINE_CLASSES = CLASSES.slice();
LINE_CLASSES[NEWLINE] = LINE_END;

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The first position from `start` that is neither blank nor, at the very start, a byte order mark. */
export function skipBlank(bytes: Uint8Array, start: number): number {
  let at = start;
  if (at === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3;
  while (at < bytes.length && isBlank(bytes[at]!)) at++;
  return at;
}

/** The events of a payload as they are found: where each begins and ends, and how many keys there were up to its end. */
export class Ranges {
  count = 0;
  private starts = new Uint32Array(16);
  private ends = new Uint32Array(16);
  private keys = new Uint32Array(16);

  add(start: number, end: number, keys: number): void {
    if (this.count === this.starts.length) {
      this.starts = extend(this.starts);
      this.ends = extend(this.ends);
      this.keys = extend(this.keys);
    }
    this.starts[this.count] = start;
    this.keys[this.count] = keys;
    this.ends[this.count++] = end;
  }

  list(): Pick<PayloadScan, 'eventCount' | 'starts' | 'ends' | 'keysAtEnd'> {
    return {
      eventCount: this.count,
      starts: this.starts.subarray(0, this.count),
      ends: this.ends.subarray(0, this.count),
      keysAtEnd: this.keys.subarray(0, this.count),
    };
  }
}

function extend(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2);
  larger.set(values);
  return larger;
}
