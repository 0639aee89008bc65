/** What is wrong with a payload as a whole, with the place in it. */
import { isUtf8 } from 'node:buffer';
import { findInJson } from './json-findings.js';
import { PAYLOAD_EVENTS_MAX } from './limits.js';
import type { ScanFailure } from './payload-scan.js';

export interface PayloadProblem {
  kind: 'malformed' | 'empty' | 'too_many';
  /** A sentence, with the place in it where there is one. */
  message: string;
  /** From 1; 0 when there is no place to name. */
  line: number;
  column: number;
  /** The text around the place. */
  near: string;
}

/** A problem that has no place. */
export const describeWhole = (message: string): PayloadProblem => ({
  kind: 'malformed',
  message,
  line: 0,
  column: 0,
  near: '',
});

/** The problem of a payload with nothing in it. */
export const describeEmpty = (): PayloadProblem => ({
  ...describeWhole('there is no event in the body'),
  kind: 'empty',
});

/** The problem of a payload with more events than one may have. */
export const describeTooMany = (count: number): PayloadProblem => ({
  ...describeWhole(
    `the body has ${count} events; ${PAYLOAD_EVENTS_MAX} is the most, send it in several requests`,
  ),
  kind: 'too_many',
});

/** Why a payload could not be cut into events. */
export function describeFailure(bytes: Uint8Array, { offset, message, empty }: ScanFailure): PayloadProblem {
  return empty ? describeEmpty() : describeProblem(bytes, offset, message);
}

/** Why a document that can be cut is not JSON all the same; undefined when it is. */
export function findDocumentProblem(bytes: Uint8Array): PayloadProblem | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isUtf8(buffer)) return describeProblem(bytes, findInvalidUtf8(buffer), 'the body is not valid UTF-8');
  const { error } = findInJson(bytes);
  return error === undefined
    ? undefined
    : describeProblem(bytes, error.offset, `the body is not JSON: ${error.message}`);
}

function describeProblem(bytes: Uint8Array, offset: number, message: string): PayloadProblem {
  const { line, column, near } = locate(bytes, offset);
  const place = near === '' ? '' : ` (line ${line}, column ${column}, near ${near})`;
  return { kind: 'malformed', message: message + place, line, column, near };
}

/** How much text is shown on each side of a place. */
const NEAR_BYTES = 20;

/** Line and column, from 1, of a position in a text, and the text around it as JSON. */
export function locate(bytes: Uint8Array, offset: number): { line: number; column: number; near: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let line = 1;
  let lineStart = 0;
  for (let at = buffer.indexOf(0x0a); at !== -1 && at < offset; at = buffer.indexOf(0x0a, at + 1)) {
    line++;
    lineStart = at + 1;
  }
  const column = buffer.toString('utf8', lineStart, offset).length + 1;
  const around = buffer.toString('utf8', Math.max(0, offset - NEAR_BYTES), offset + NEAR_BYTES);
  return { line, column, near: around === '' ? '' : JSON.stringify(around) };
}

/** Where the first byte lies that is not UTF-8: where the decoder put a replacement that was not there. */
function findInvalidUtf8(buffer: Buffer): number {
  const text = buffer.toString('utf8');
  let offset = 0;
  for (let from = 0; ; ) {
    const at = text.indexOf('\ufffd', from);
    if (at === -1) return buffer.length;
    offset += Buffer.byteLength(text.slice(from, at));
    if (buffer[offset] !== 0xef || buffer[offset + 1] !== 0xbf || buffer[offset + 2] !== 0xbd) return offset;
    offset += 3;
    from = at + 1;
  }
}
