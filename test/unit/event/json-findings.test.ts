import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findInJson } from '../../../src/event/json-findings.js';
import { jsonValues, printJson } from './json-text.js';

const find = (text: string) => findInJson(Buffer.from(text));

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('It finds a mistake exactly where JSON.parse does', () => {
  fc.assert(
    fc.property(
      jsonValues,
      fc.constantFrom(0, 1),
      fc.nat(),
      fc.string({ maxLength: 2 }),
      (value, indent, at, noise) => {
        const text = printJson(value, indent);
        const cut = at % (text.length + 1);
        for (const damaged of [
          text,
          text.slice(0, cut) + noise + text.slice(cut),
          text.slice(0, cut) + text.slice(cut + 1),
        ]) {
          fc.pre(!/\p{Surrogate}/u.test(damaged));
          expect(find(damaged).error === undefined, damaged).toBe(parses(damaged));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['', 'expected a value, found the end', 0],
  ['{"a" 1}', 'expected ":" after the key "a", found "1"', 5],
  ['{"a":1 "b":2}', 'expected "," or "}", found "\\""', 7],
  ['[1 2]', 'expected "," or "]", found "2"', 3],
  ["{'a':1}", 'expected a key in double quotes, found "\'"', 1],
  ['[01]', 'expected "," or "]", found "1"', 2],
  ['[NaN]', 'expected a value, found "N"', 1],
  ['[1] x', 'something follows the end of the value', 4],
  ['["é" x]', 'expected "," or "]", found "x"', 6],
  ['["a\nb"]', 'a control character inside a string; write it as \\n, \\t or \\u00XX', 3],
  ['["\\q"]', 'a string with an escape that JSON does not know', 1],
  ['["abc', 'a string that starts here never ends', 1],
])('%s: %s', (text, message, offset) => {
  expect(find(text).error).toEqual({ message, offset });
});

test('Every place of a repeated key is named', () => {
  expect(find('{"a":{"x":1,"y":{"x":2},"x":3},"a":1,"b":[{"c":1,"c":1},{"c":1}]}').duplicateKeys).toEqual([
    'a.x',
    'a',
    'b[0].c',
  ]);
});

test('An integer is unsafe from 2^53 on, whether or not a double happens to hold it', () => {
  const numbers = find(
    '[9007199254740991,9007199254740992,9007199254740993,1e400,1e22,1.5,-9007199254740992]',
  );
  expect(numbers.unsafeNumbers.map(({ path }) => path)).toEqual(['[1]', '[2]', '[3]', '[6]']);
});

test('A number of a million digits is one number', () => {
  const { error, unsafeNumbers } = find(`{"n":${'9'.repeat(1_000_000)}}`);
  expect(error).toBeUndefined();
  expect(unsafeNumbers).toEqual([{ path: 'n', text: '9'.repeat(40) }]);
});

test('A million brackets are read without a stack', () => {
  expect(find('['.repeat(1_000_000) + ']'.repeat(1_000_000)).error).toBeUndefined();
});
