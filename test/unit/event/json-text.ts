/** Random JSON for the tests of what reads it. */
import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/event/json.js';

const key = fc.oneof(
  fc.constantFrom('event', 'user_id', 'a', 'b', 'events', 'batch', 'properties'),
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('__proto__')),
);

const scalar = fc.oneof(
  fc.constantFrom(null, true, false, 0, 'x', '"', '\\', '{', ']', ',', ':', '\n', '\\"'),
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
);

const { value, object } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('value'), { maxLength: 4 }), tie('object')),
  object: fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
}));

export const jsonValues: fc.Arbitrary<JsonValue> = value;
export const jsonObjects: fc.Arbitrary<JsonObject> = object;

/** The text of a value with blanks as `indent` puts them, so that scans meet more than the tightest form. */
export const printJson = (value: unknown, indent: number): string => JSON.stringify(value, null, indent);
