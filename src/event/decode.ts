/**
 * From a payload's inflated bytes to its raw events: parsed JSON values, one for each event the scan counted, or the
 * problem of that event.
 *
 * A payload is opened (scanned), then read chunk by chunk: as many events as CHUNK_BYTES hold are parsed with one
 * JSON.parse and surveyed; when scan, parse and survey agree there is nothing to look for. Only when they do not, the
 * chunk is read again event by event, so that an event that is not JSON, too deep, too large or not UTF-8 costs only
 * itself.
 *
 *   the payload                      then
 *   cannot be cut into events        PayloadProblem, for the payload as a whole
 *   is too deep somewhere            event by event
 *   otherwise, each chunk:
 *     JSON.parse throws              event by event
 *     more keys scanned than found   some key occurs twice: each event is compared, the exact reader names the path
 *
 * Chunks exist for the sake of memory. Three bytes of JSON can become seventy of objects, and JSON.parse cannot be
 * stopped: a thread that reaches its heap limit inside it takes the whole process down. So what one call may make is
 * bounded by CHUNK_BYTES, not by the payload.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import {
  describeMalformed,
  describeTooDeep,
  describeTooLarge,
  explainJson,
  findEventProblem,
} from './event-problem.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import { EVENT_BYTES_MAX, EVENT_DEPTH_MAX } from './limits.js';
import { describeEmpty, describeFailure, type PayloadProblem } from './payload-problem.js';
import { isScanFailure, type PayloadScan } from './payload-scan.js';
import { scanPayload } from './scan.js';
import { skipBlank } from './scan-bytes.js';
import { type Survey, surveyValue } from './survey.js';
import type { PayloadFormat, Problem } from './types.js';

/** JSON that is parsed at once, unless one event is longer: 20 MB of objects at worst. */
export const CHUNK_BYTES = 256 * 1024;

/** A payload that can be read. */
export interface OpenPayload {
  bytes: Uint8Array;
  scan: PayloadScan;
  /** The object around the events of a `wrapped` payload without their list; undefined when it will not do. */
  wrapper: JsonObject | undefined;
}

/** Some events of a payload, one after another. */
export interface DecodedChunk {
  /** Index of its first event, and of the first after it. */
  first: number;
  next: number;
  /** For each event its value; undefined where `problems` has what is wrong with it. */
  values: (JsonValue | undefined)[];
  /** By the event's index in the payload. */
  problems: ReadonlyMap<number, Problem>;
}

const NO_PROBLEMS: ReadonlyMap<number, Problem> = new Map();

export const isPayloadProblem = (result: OpenPayload | PayloadProblem): result is PayloadProblem =>
  'kind' in result;

/** Cuts a payload into events. Never throws for any bytes. */
export function openPayload(format: PayloadFormat, bytes: Uint8Array): OpenPayload | PayloadProblem {
  const scan = scanPayload(format, bytes);
  if (isScanFailure(scan)) return describeFailure(bytes, scan);
  if (scan.eventCount === 0) return describeEmpty();
  return { bytes, scan, wrapper: scan.shape === 'wrapped' ? readWrapper(bytes, scan) : undefined };
}

/** All events of a payload, chunk by chunk. Never throws for any bytes. */
export function* readChunks(payload: OpenPayload): Generator<DecodedChunk, void, void> {
  const { starts, ends, eventCount } = payload.scan;
  for (let first = 0; first < eventCount; ) {
    let next = first + 1;
    while (next < eventCount && ends[next]! - starts[first]! <= CHUNK_BYTES) next++;
    yield readChunk(payload, first, next);
    first = next;
  }
}

/** What stands around the list of a wrapped payload, unless it is not JSON or holds what no event may. */
function readWrapper(bytes: Uint8Array, { listStart, listEnd }: PayloadScan): JsonObject | undefined {
  const text = readText(
    Buffer.concat([bytes.subarray(0, listStart), Buffer.from('null'), bytes.subarray(listEnd)]),
  );
  try {
    const wrapper = JSON.parse(text ?? '') as JsonValue;
    const survey: Survey = { keys: 0, nestedElements: 0, suspect: false };
    surveyValue(wrapper, survey);
    return isJsonObject(wrapper) && !survey.suspect ? wrapper : undefined;
  } catch {
    return undefined;
  }
}

function readChunk(payload: OpenPayload, first: number, next: number): DecodedChunk {
  const { bytes, scan } = payload;
  const isLarge = next === first + 1 && scan.ends[first]! - scan.starts[first]! > EVENT_BYTES_MAX;
  if (isLarge || scan.depth > EVENT_DEPTH_MAX || scan.irregular) return readEachAlone(payload, first, next);
  const values = parseTogether(bytes, scan, first, next);
  if (values === undefined) return readEachAlone(payload, first, next);
  const survey: Survey = { keys: 0, nestedElements: 0, suspect: false };
  for (const value of values) surveyValue(value, survey);
  const isSound = !survey.suspect && survey.keys === countKeys(scan, first, next);
  return isSound ? { first, next, values, problems: NO_PROBLEMS } : compareEach(payload, first, next, values);
}

const countKeys = ({ keysBefore, keysAtEnd }: PayloadScan, first: number, next: number): number =>
  keysAtEnd[next - 1]! - (first === 0 ? keysBefore : keysAtEnd[first - 1]!);

/** Events with one JSON.parse, or undefined when they are not JSON, or not what the scan made of them. */
function parseTogether(
  bytes: Uint8Array,
  scan: PayloadScan,
  first: number,
  next: number,
): JsonValue[] | undefined {
  const text = readText(scan.shape === 'object' ? bytes : joinEvents(bytes, scan, first, next));
  if (text === undefined) return undefined;
  try {
    const parsed = JSON.parse(text) as JsonValue;
    if (scan.shape === 'object') return [parsed];
    return Array.isArray(parsed) && parsed.length === next - first ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Events as one JSON array. Between those of an array stand commas already; between lines they replace the newline. */
function joinEvents(bytes: Uint8Array, scan: PayloadScan, first: number, next: number): Uint8Array {
  const start = scan.starts[first]!;
  const end = scan.ends[next - 1]!;
  const joined = Buffer.allocUnsafe(end - start + 2);
  joined.set(bytes.subarray(start, end), 1);
  joined[0] = 0x5b;
  joined[joined.length - 1] = 0x5d;
  if (scan.shape === 'lines') for (let n = first + 1; n < next; n++) joined[scan.starts[n]! - start] = 0x2c;
  return joined;
}

/** The bytes as text without a byte order mark, or undefined when they are not UTF-8. */
function readText(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return buffer.toString('latin1');
  if (!isUtf8(buffer)) return undefined;
  return buffer.toString('utf8', buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0);
}

/** The bytes of one event without blanks around it. */
export function sliceEvent(bytes: Uint8Array, scan: PayloadScan, index: number): Uint8Array {
  const start = skipBlank(bytes, scan.starts[index]!);
  let end = scan.ends[index]!;
  while (end > start && bytes[end - 1]! <= 0x20) end--;
  return bytes.subarray(Math.min(start, end), end);
}

/** Looks at each event of a chunk that parses but in which something is wrong. */
function compareEach(
  { bytes, scan }: OpenPayload,
  first: number,
  next: number,
  values: (JsonValue | undefined)[],
): DecodedChunk {
  const problems = new Map<number, Problem>();
  for (let index = first; index < next; index++) {
    const keyCount = countKeys(scan, index, index + 1);
    const problem = findEventProblem(sliceEvent(bytes, scan, index), keyCount, values[index - first]!);
    if (problem === undefined) continue;
    problems.set(index, problem);
    values[index - first] = undefined;
  }
  return { first, next, values, problems };
}

/** Reads each event by itself; what cannot be read gets its problem. */
function readEachAlone({ bytes, scan }: OpenPayload, first: number, next: number): DecodedChunk {
  const values: (JsonValue | undefined)[] = [];
  const problems = new Map<number, Problem>();
  for (let index = first; index < next; index++) {
    const read = readAlone(sliceEvent(bytes, scan, index));
    if (read.problem !== undefined) problems.set(index, read.problem);
    values.push(read.value);
  }
  return { first, next, values, problems };
}

function readAlone(bytes: Uint8Array): { value?: JsonValue; problem?: Problem } {
  if (bytes.length === 0) return { problem: describeMalformed('nothing stands between two commas') };
  if (bytes.length > EVENT_BYTES_MAX) return { problem: describeTooLarge(bytes.length) };
  // As an element of an array, so that whatever it is counts as one event.
  const scan = scanPayload('events', Buffer.concat([Buffer.of(0x5b), bytes, Buffer.of(0x5d)]));
  const depth = isScanFailure(scan) ? 0 : scan.depth;
  if (depth > EVENT_DEPTH_MAX) return { problem: describeTooDeep(depth) };
  const text = readText(bytes);
  if (text === undefined) return { problem: describeMalformed('the event is not valid UTF-8') };
  try {
    const value = JSON.parse(text) as JsonValue;
    const problem = isScanFailure(scan) ? undefined : findEventProblem(bytes, scan.keyCount, value);
    return problem === undefined ? { value } : { problem };
  } catch {
    return { problem: explainJson(bytes) };
  }
}
