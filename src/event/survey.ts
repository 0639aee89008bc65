/**
 * One walk over a parsed value: how many keys its objects have, and whether anything in it needs the exact look of
 * json-findings.ts. A number that JSON.parse may have changed and a key that is not wanted are only suspected here.
 * Recursive: the caller has made sure of EVENT_DEPTH_MAX.
 */
import type { JsonValue } from './json.js';
import { KEY_LENGTH_MAX } from './limits.js';

export interface Survey {
  /** Keys of all objects. Equal to the colons of the text, unless a key occurred twice in one object. */
  keys: number;
  /** Objects and arrays that are elements of arrays: they cost what keys cost. */
  nestedElements: number;
  suspect: boolean;
}

const FORBIDDEN_LENGTH = '__proto__'.length;

/** Adds what it finds to `survey`. */
export function surveyValue(value: JsonValue, survey: Survey): void {
  if (typeof value === 'number') {
    if (value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER) survey.suspect = true;
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const element of value) {
      if (typeof element === 'object' && element !== null) survey.nestedElements++;
      surveyValue(element, survey);
    }
    return;
  }
  for (const key in value) {
    survey.keys++;
    if (key.length >= FORBIDDEN_LENGTH && (key.length > KEY_LENGTH_MAX || key.includes('__proto__'))) {
      survey.suspect = true;
    }
    surveyValue(value[key]!, survey);
  }
}
