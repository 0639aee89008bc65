/** What is wrong with one event that decode refuses, found by looking at it exactly. Off the path of sound payloads. */
import type { JsonValue } from './json.js';
import { findInJson } from './json-findings.js';
import { EVENT_BYTES_MAX, EVENT_DEPTH_MAX, KEY_LENGTH_MAX } from './limits.js';
import { locate } from './payload-problem.js';
import { type Survey, surveyValue } from './survey.js';
import type { Problem } from './types.js';

export function describeMalformed(message: string): Problem {
  return { code: 'malformed_json', path: '', message };
}

export function describeTooDeep(depth: number): Problem {
  const message = `objects and arrays lie ${depth} deep inside each other; ${EVENT_DEPTH_MAX} is the most`;
  return { code: 'too_deep', path: '', message };
}

export function describeTooLarge(bytes: number): Problem {
  const message = `the event has ${bytes} bytes of JSON; ${EVENT_BYTES_MAX} is the most`;
  return { code: 'event_too_large', path: '', message };
}

/** Why bytes that JSON.parse refused are not JSON. */
export function explainJson(bytes: Uint8Array): Problem {
  const { error } = findInJson(bytes);
  if (error === undefined) return describeMalformed('not JSON');
  const { line, column, near } = locate(bytes, error.offset);
  const place = `at line ${line}, column ${column}${near === '' ? '' : `, near ${near}`}`;
  return describeMalformed(`not JSON: ${error.message} ${place}`);
}

/**
 * The forbidden, repeated or overlong key or the unsafe number of an event that parses, if it has one. `keyCount` is the
 * scan's. A number that only looked unsafe, such as 1e20, is none.
 */
export function findEventProblem(bytes: Uint8Array, keyCount: number, value: JsonValue): Problem | undefined {
  const survey: Survey = { keys: 0, nestedElements: 0, suspect: false };
  surveyValue(value, survey);
  if (!survey.suspect && survey.keys === keyCount) return undefined;
  const { duplicateKeys, forbiddenKeys, longKeys, unsafeNumbers } = findInJson(bytes);
  const [forbidden] = forbiddenKeys;
  if (forbidden !== undefined) {
    return { code: 'forbidden_key', path: forbidden, message: '"__proto__" may not be part of a key' };
  }
  const [duplicate] = duplicateKeys;
  if (duplicate !== undefined) {
    const message = 'the key occurs twice in one object; which of the two is meant?';
    return { code: 'duplicate_key', path: duplicate, message };
  }
  const [long] = longKeys;
  if (long !== undefined) {
    return {
      code: 'invalid_properties',
      path: long,
      message: `a key has more than ${KEY_LENGTH_MAX} characters`,
    };
  }
  const [unsafe] = unsafeNumbers;
  if (unsafe === undefined) return undefined;
  const message = `${unsafe.text} is beyond what a JSON number holds exactly (2^53); send it as a string`;
  return { code: 'unsafe_number', path: unsafe.path, message };
}
