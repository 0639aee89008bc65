/** How a refused event is kept. */
import { isJsonObject, type JsonValue } from '../event/json.js';
import { EVENT_BYTES_MAX, EVENT_NAME_LENGTH_MAX, ID_LENGTH_MAX, RAW_BYTES_MAX } from '../event/limits.js';
import type { Entry, Problem, RejectedEvent } from '../event/types.js';
import type { Draft } from './draft.js';

/** The first RAW_BYTES_MAX bytes as text, not cut inside a character. */
function keepRaw(bytes: Uint8Array): string {
  let end = Math.min(bytes.length, RAW_BYTES_MAX);
  while (end > 0 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString();
}

/** The value once more, for an event that decode refused but that may be JSON all the same. */
function readAgain(bytes: Uint8Array, problem: Problem): JsonValue | undefined {
  if (problem.code === 'malformed_json' || problem.code === 'too_deep' || bytes.length > EVENT_BYTES_MAX) {
    return undefined;
  }
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as JsonValue;
  } catch {
    return undefined;
  }
}

function readText(value: JsonValue | undefined, lengthMax: number): string {
  return typeof value === 'string' ? value.slice(0, lengthMax) : '';
}

/** A rejected event: where it stood, why it was refused, and what could be read of it. */
export function describeReject(
  entry: Entry,
  payloadId: string,
  index: number,
  problem: Problem,
  bytes: Uint8Array,
  draft: Draft | undefined,
): RejectedEvent {
  const value = draft === undefined ? readAgain(bytes, problem) : draft.raw;
  const raw = isJsonObject(value) ? value : {};
  return {
    ...problem,
    project: entry.project,
    payloadId,
    index,
    receivedAtMs: entry.receivedAtMs,
    event: draft?.event || readText(raw.event, EVENT_NAME_LENGTH_MAX),
    eventId: draft?.eventId || readText(raw.event_id, ID_LENGTH_MAX),
    raw: keepRaw(bytes),
  };
}
