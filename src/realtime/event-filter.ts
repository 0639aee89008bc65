/**
 * Whether a whole event fulfils a condition, in this process: what `where` of the events channel means. The same rules as in
 * the engine (src/query/condition/condition.ts); regular expressions run in linear time on our own automaton.
 */

import { RequestError } from '../errors.js';
import type { LiveEvent } from '../event/live.js';
import type { Condition, Scalar, Test } from '../query/condition/condition.js';
import type { Property } from '../query/condition/property.js';
import { compilePattern } from '../registry/pattern/pattern.js';

export type EventFilter = (event: LiveEvent) => boolean;

type Read = (event: LiveEvent) => unknown;

/** A value below an object; a key with dots in it is the same path as nested objects, as it is in the table. */
function readPath(value: unknown, segments: readonly string[], from = 0): unknown {
  if (from === segments.length) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const object = value as Record<string, unknown>;
  for (let to = from + 1; to <= segments.length; to++) {
    const key = segments.slice(from, to).join('.');
    if (!Object.hasOwn(object, key)) continue;
    const found = readPath(object[key], segments, to);
    if (found !== undefined) return found;
  }
  return undefined;
}

function createRead(property: Property): Read {
  if (property.kind === 'path') return (event) => readPath(event[property.column], property.segments);
  // Who belongs to a cohort, and what is known of a person, the engine alone knows; no live question can name them.
  if (property.kind === 'cohort' || property.kind === 'user') return () => undefined;
  switch (property.name) {
    case 'event':
    case 'event_id':
    case 'user_id':
    case 'anonymous_id':
    case 'session_id': {
      const { name } = property;
      return (event) => event[name] || undefined;
    }
    case 'person':
      return (event) => event.user_id || event.anonymous_id || undefined;
    case 'timestamp':
      return (event) => Date.parse(event.timestamp);
    case 'received_at':
      return (event) => Date.parse(event.received_at);
    case 'sent_at':
      return () => undefined;
  }
}

/** Null is absent, and so is an object in which everything is; "" and [] are values. */
function isPresent(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'object' || Array.isArray(value)) return true;
  return Object.values(value).some(isPresent);
}

/** Strings are ordered by their UTF-8 bytes. */
const compareTexts = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function compare(value: unknown, op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte', with_: Scalar): boolean {
  if (typeof value !== typeof with_) return false;
  if (op === 'eq') return value === with_;
  const order =
    typeof value === 'string' ? compareTexts(value, String(with_)) : Number(value) - Number(with_);
  return { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[op];
}

function createTextTest(
  op: 'starts_with' | 'ends_with' | 'matches',
  value: string,
): (text: string) => boolean {
  if (op === 'starts_with') return (text) => text.startsWith(value);
  if (op === 'ends_with') return (text) => text.endsWith(value);
  const compiled = compilePattern(value);
  if ('problem' in compiled)
    throw new RequestError(422, 'invalid_regexp', `where: ${compiled.problem.message}.`);
  return (text) => compiled.matcher.test(text);
}

function createTest(test: Test): EventFilter {
  const read = createRead(test.property);
  switch (test.kind) {
    case 'compare':
      return (event) => compare(read(event), test.op, test.value);
    case 'in':
      return (event) => {
        const value = read(event);
        return test.values.some((one) => one === value);
      };
    case 'contains':
      return (event) => {
        const value = read(event);
        if (Array.isArray(value)) return value.includes(test.value);
        return typeof value === 'string' && typeof test.value === 'string' && value.includes(test.value);
      };
    case 'text': {
      const matches = createTextTest(test.op, test.value);
      return (event) => {
        const value = read(event);
        return typeof value === 'string' && matches(value);
      };
    }
    case 'set':
      return (event) => isPresent(read(event));
  }
}

/** @throws RequestError 422 for a regular expression that cannot be run in linear time */
export function createEventFilter(condition: Condition): EventFilter {
  switch (condition.kind) {
    case 'and': {
      const parts = condition.parts.map(createEventFilter);
      return (event) => parts.every((part) => part(event));
    }
    case 'or': {
      const parts = condition.parts.map(createEventFilter);
      return (event) => parts.some((part) => part(event));
    }
    case 'not': {
      const part = createEventFilter(condition.part);
      return (event) => !part(event);
    }
    default:
      return createTest(condition);
  }
}
