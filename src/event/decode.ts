/**
 * From a payload's inflated bytes to its raw events: parsed JSON values, one for each event the scan counted, or the
 * problem of that event.
 *
 * The usual way is one scan, one JSON.parse for the whole payload and one survey of the result; when all three agree
 * there is nothing to look for. Only when they do not, the payload is read again event by event: an event that is not
 * JSON, too deep, too large or not UTF-8 then costs only itself.
 *
 *   scan says               then
 *   it cannot be cut        PayloadProblem, for the payload as a whole
 *   too deep somewhere      event by event
 *   otherwise               JSON.parse; if it throws, event by event
 *   keys ≠ keys surveyed    some key occurs twice: each event is compared, the exact reader names the path
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import { findInJson } from './json-findings.js';
import { EVENT_BYTES_MAX, EVENT_DEPTH_MAX, KEY_LENGTH_MAX } from './limits.js';
import { isScanFailure, type PayloadScan, type ScanFailure, scanPayload } from './scan.js';
import { type Survey, surveyValue } from './survey.js';
import type { PayloadFormat, Problem } from './types.js';

/** What is wrong with a payload that cannot be cut into events. */
export interface PayloadProblem {
  kind: 'malformed' | 'empty';
  /** A sentence, with the place in it where there is one. */
  message: string;
  /** From 1; 0 when there is no place to name. */
  line: number;
  column: number;
  /** The text around the place. */
  near: string;
}

export interface DecodedPayload {
  scan: PayloadScan;
  /** For each event its value; undefined where `problems` has what is wrong with it. */
  values: (JsonValue | undefined)[];
  problems: ReadonlyMap<number, Problem>;
  /** The object around the events of a `wrapped` payload. */
  wrapper: JsonObject | undefined;
}

const NO_PROBLEMS: ReadonlyMap<number, Problem> = new Map();

export const isPayloadProblem = (result: DecodedPayload | PayloadProblem): result is PayloadProblem =>
  'kind' in result;

/** Decodes a payload. Never throws for any bytes. */
export function decodePayload(format: PayloadFormat, bytes: Uint8Array): DecodedPayload | PayloadProblem {
  const scan = scanPayload(format, bytes);
  if (isScanFailure(scan)) return describeFailure(bytes, scan);
  if (scan.eventCount === 0) return describeEmpty();
  if (scan.depth > EVENT_DEPTH_MAX || scan.irregular) return decodeEachAlone(bytes, scan);
  const parsed = parseWhole(bytes, scan);
  if (parsed === undefined) return decodeEachAlone(bytes, scan);
  const survey: Survey = { keys: 0, nestedElements: 0, suspect: false };
  surveyValue(parsed.whole, survey);
  const sound = !survey.suspect && survey.keys === scan.keyCount && !hasLargeEvent(scan);
  if (sound) return { scan, values: parsed.values, problems: NO_PROBLEMS, wrapper: parsed.wrapper };
  const problems = findProblems(bytes, scan, parsed.values);
  return { scan, values: parsed.values, problems, wrapper: keepSoundWrapper(parsed.wrapper, scan.wrapper) };
}

/** The wrapper, unless there is something in it that no event may have: then the events do without it. */
function keepSoundWrapper(wrapper: JsonObject | undefined, list: string): JsonObject | undefined {
  if (wrapper === undefined) return undefined;
  const survey: Survey = { keys: 0, nestedElements: 0, suspect: false };
  surveyValue({ ...wrapper, [list]: null }, survey);
  return survey.suspect ? undefined : wrapper;
}

function hasLargeEvent({ starts, ends, eventCount }: PayloadScan): boolean {
  for (let n = 0; n < eventCount; n++) if (ends[n]! - starts[n]! > EVENT_BYTES_MAX) return true;
  return false;
}

/** Why a payload could not be cut into events. */
export function describeFailure(bytes: Uint8Array, { offset, message, empty }: ScanFailure): PayloadProblem {
  return empty ? describeEmpty() : describeProblem(bytes, offset, message);
}

/** The problem of a payload with nothing in it. */
export function describeEmpty(): PayloadProblem {
  return { kind: 'empty', message: 'there is no event in the body', line: 0, column: 0, near: '' };
}

interface Parsed {
  whole: JsonValue;
  values: (JsonValue | undefined)[];
  wrapper: JsonObject | undefined;
}

/** All events with one JSON.parse, or undefined when the payload is not JSON or not what the scan made of it. */
function parseWhole(bytes: Uint8Array, scan: PayloadScan): Parsed | undefined {
  const text = readText(scan.shape === 'lines' ? joinLines(bytes, scan) : bytes);
  if (text === undefined) return undefined;
  let whole: JsonValue;
  try {
    whole = JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
  if (scan.shape === 'object') return { whole, values: [whole], wrapper: undefined };
  const wrapper = scan.shape === 'wrapped' && isJsonObject(whole) ? whole : undefined;
  const list = wrapper === undefined ? whole : wrapper[scan.wrapper];
  return Array.isArray(list) && list.length === scan.eventCount
    ? { whole, values: list, wrapper }
    : undefined;
}

/** The bytes as text without a byte order mark, or undefined when they are not UTF-8. */
function readText(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return buffer.toString('latin1');
  if (!isUtf8(buffer)) return undefined;
  return buffer.toString('utf8', buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0);
}

/** The events of lines as one JSON array: each newline before an event becomes a comma. */
function joinLines(bytes: Uint8Array, scan: PayloadScan): Uint8Array {
  const first = scan.starts[0]!;
  const joined = Buffer.allocUnsafe(bytes.length - first + 2);
  joined.set(first === 0 ? bytes : bytes.subarray(first), 1);
  joined[0] = 0x5b;
  joined[joined.length - 1] = 0x5d;
  for (let n = 1; n < scan.eventCount; n++) joined[scan.starts[n]! - first] = 0x2c;
  return joined;
}

/** The bytes of one event without blanks around it. */
export function sliceEvent(bytes: Uint8Array, scan: PayloadScan, index: number): Uint8Array {
  let start = scan.starts[index]!;
  let end = scan.ends[index]!;
  while (start < end && bytes[start]! <= 0x20) start++;
  while (end > start && bytes[end - 1]! <= 0x20) end--;
  return bytes.subarray(start, end);
}

/** Reads each event by itself; what cannot be read gets its problem. */
function decodeEachAlone(bytes: Uint8Array, scan: PayloadScan): DecodedPayload {
  const values: (JsonValue | undefined)[] = [];
  const problems = new Map<number, Problem>();
  for (let index = 0; index < scan.eventCount; index++) {
    const read = readAlone(sliceEvent(bytes, scan, index));
    if (read.problem !== undefined) problems.set(index, read.problem);
    values.push(read.value);
  }
  return { scan, values, problems, wrapper: undefined };
}

function readAlone(bytes: Uint8Array): { value?: JsonValue; problem?: Problem } {
  if (bytes.length === 0) return { problem: malformed('nothing stands between two commas') };
  if (bytes.length > EVENT_BYTES_MAX) return { problem: tooLarge(bytes.length) };
  const scan = scanPayload('events', bytes);
  if (!isScanFailure(scan)) {
    const depth = scan.depth + (scan.shape === 'array' ? 1 : scan.shape === 'wrapped' ? 2 : 0);
    if (depth > EVENT_DEPTH_MAX) return { problem: tooDeep(depth) };
  }
  const text = readText(bytes);
  if (text === undefined) return { problem: malformed('the event is not valid UTF-8') };
  try {
    const value = JSON.parse(text) as JsonValue;
    const problem = isScanFailure(scan) ? undefined : findEventProblem(bytes, scan.keyCount, value);
    return problem === undefined ? { value } : { problem };
  } catch {
    return { problem: malformed(explainJson(bytes)) };
  }
}

function malformed(message: string): Problem {
  return { code: 'malformed_json', path: '', message };
}

function tooDeep(depth: number): Problem {
  const message = `objects and arrays lie ${depth} deep inside each other; ${EVENT_DEPTH_MAX} is the most`;
  return { code: 'too_deep', path: '', message };
}

function tooLarge(bytes: number): Problem {
  const message = `the event has ${bytes} bytes of JSON; ${EVENT_BYTES_MAX} is the most`;
  return { code: 'event_too_large', path: '', message };
}

function explainJson(bytes: Uint8Array): string {
  const { error } = findInJson(bytes);
  if (error === undefined) return 'not JSON';
  const { line, column, near } = locate(bytes, error.offset);
  return `not JSON: ${error.message} at line ${line}, column ${column}${near === '' ? '' : `, near ${near}`}`;
}

/** Looks at each event of a payload in which something is wrong, cheaply first. */
function findProblems(
  bytes: Uint8Array,
  scan: PayloadScan,
  values: (JsonValue | undefined)[],
): ReadonlyMap<number, Problem> {
  const problems = new Map<number, Problem>();
  for (let index = 0; index < values.length; index++) {
    const slice = sliceEvent(bytes, scan, index);
    const alone = scanPayload('events', slice);
    const keyCount = isScanFailure(alone) ? 0 : alone.keyCount;
    const problem = findEventProblem(slice, keyCount, values[index]!);
    if (problem === undefined) continue;
    problems.set(index, problem);
    values[index] = undefined;
  }
  return problems;
}

/** The duplicate key, forbidden key or unsafe number of one event that parses, if it has one. */
function findEventProblem(bytes: Uint8Array, keyCount: number, value: JsonValue): Problem | undefined {
  if (bytes.length > EVENT_BYTES_MAX) return tooLarge(bytes.length);
  const survey: Survey = { keys: 0, nestedElements: 0, suspect: false };
  surveyValue(value, survey);
  if (!survey.suspect && survey.keys === keyCount) return undefined;
  const { duplicateKeys, forbiddenKeys, longKeys, unsafeNumbers } = findInJson(bytes);
  const forbidden = forbiddenKeys[0];
  if (forbidden !== undefined) {
    return { code: 'forbidden_key', path: forbidden, message: '"__proto__" may not be part of a key' };
  }
  const duplicate = duplicateKeys[0];
  if (duplicate !== undefined) {
    return {
      code: 'duplicate_key',
      path: duplicate,
      message: 'the key occurs twice in one object; which of the two is meant?',
    };
  }
  const long = longKeys[0];
  if (long !== undefined) {
    return {
      code: 'invalid_properties',
      path: long,
      message: `a key has more than ${KEY_LENGTH_MAX} characters`,
    };
  }
  const unsafe = unsafeNumbers[0];
  if (unsafe === undefined) return undefined;
  const message = `${unsafe.text} is beyond what a JSON number holds exactly (2^53); send it as a string`;
  return { code: 'unsafe_number', path: unsafe.path, message };
}

/** How much text is shown on each side of a mistake. */
const NEAR_BYTES = 20;

function locate(bytes: Uint8Array, offset: number): { line: number; column: number; near: string } {
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

function describeProblem(bytes: Uint8Array, offset: number, message: string): PayloadProblem {
  const { line, column, near } = locate(bytes, offset);
  const place = near === '' ? '' : ` (line ${line}, column ${column}, near ${near})`;
  return { kind: 'malformed', message: message + place, line, column, near };
}

/** Why a document that scans is not JSON, for a payload that is to be refused as a whole; undefined when it is. */
export function findDocumentProblem(bytes: Uint8Array): PayloadProblem | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isUtf8(buffer)) return describeProblem(bytes, findInvalidUtf8(buffer), 'the body is not valid UTF-8');
  const { error } = findInJson(bytes);
  return error === undefined
    ? undefined
    : describeProblem(bytes, error.offset, `the body is not JSON: ${error.message}`);
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
