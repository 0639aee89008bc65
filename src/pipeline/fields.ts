/** Reading the fields of a raw event into a draft, the same for every dialect. `path` is what the dialect calls it. */
import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.js';
import { EVENT_NAME_LENGTH_MAX, ID_LENGTH_MAX } from '../event/limits.js';
import { parseIsoTime } from '../event/timestamp.js';
import type { RejectCode } from '../event/types.js';
import type { Draft } from './draft.js';

type Raw = JsonValue | undefined;

/** What a value is, in words for a message. */
export function describeType(value: Raw): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean' ? 'a boolean' : `a ${typeof value}`;
}

/** The name of the event type; empty, with a problem, when there is none or it will not do. */
export function readName(draft: Draft, value: Raw, path: string): string {
  if (value === undefined || value === null) {
    draft.fail('missing_event', path, `"${path}" is missing: the name of the event, such as "signed_up"`);
  } else if (typeof value !== 'string') {
    draft.fail('invalid_event', path, `"${path}" must be a string, not ${describeType(value)}`);
  } else if (value === '' || value.length > EVENT_NAME_LENGTH_MAX) {
    draft.fail('invalid_event', path, `"${path}" must have 1 to ${EVENT_NAME_LENGTH_MAX} characters`);
  } else {
    return value;
  }
  return '';
}

/** An id: a string, or an integer taken as its digits. Missing, null and "" are the same: no id. */
export function readId(draft: Draft, value: Raw, path: string, code: RejectCode): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') {
    if (value.length <= ID_LENGTH_MAX) return value;
    draft.fail(code, path, `"${path}" has ${value.length} characters; ${ID_LENGTH_MAX} is the most`);
  } else if (typeof value === 'number' && Number.isSafeInteger(value)) {
    return String(value);
  } else {
    draft.fail(code, path, `"${path}" must be a string or an integer, not ${describeType(value)}`);
  }
  return '';
}

/** A time in milliseconds since 1970; NaN when there is none, or, with a problem, when it cannot be read. */
export function readTime(draft: Draft, value: Raw, path: string): number {
  if (value === undefined || value === null) return Number.NaN;
  const ms =
    typeof value === 'string'
      ? parseIsoTime(value)
      : typeof value === 'number'
        ? Math.trunc(value)
        : Number.NaN;
  if (Number.isNaN(ms)) {
    draft.fail(
      'invalid_timestamp',
      path,
      `"${path}" must be an ISO 8601 time such as "2026-01-31T12:00:00Z" or milliseconds since 1970, not ${
        typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : describeType(value)
      }`,
    );
  }
  return ms;
}

const EMPTY: JsonObject = Object.freeze({});

/** An object; the empty one when it is missing or null. */
export function readObject(
  draft: Draft,
  value: Raw,
  path: string,
  code: 'invalid_properties' | 'invalid_context',
): JsonObject {
  if (isJsonObject(value)) return value;
  if (value !== undefined && value !== null) {
    draft.fail(code, path, `"${path}" must be an object, not ${describeType(value)}`);
  }
  return EMPTY;
}
