import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../src/errors.js';
import { parseRequest } from '../../../src/query/request.js';

const schema = v.strictObject({
  text: v.pipe(v.string(), v.minLength(2), v.maxLength(4)),
  number: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
  above: v.pipe(v.number(), v.gtValue(0), v.ltValue(1)),
  list: v.array(v.string()),
  on: v.boolean(),
  own: v.string('Words of its own.'),
  lists: v.optional(v.pipe(v.array(v.optional(v.strictObject({ from: v.string() }))), v.minLength(1)), [
    { from: '' },
  ]),
});
const GOOD = { text: 'abc', number: 3, above: 0.5, list: [], on: true, own: '' };

function readMessages(change: object): string[] {
  try {
    parseRequest(schema, { ...GOOD, ...change });
  } catch (error) {
    if (error instanceof RequestError) return error.errors.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('what is wrong with a request', () => {
  it.each([
    [{}, []],
    [{ text: 5 }, ['Expected a string, found 5.']],
    [{ text: 'a' }, ['Expected at least 2 characters, found 1.']],
    [{ text: 'abcde' }, ['Expected at most 4 characters, found 5.']],
    [{ number: '3' }, ['Expected a number, found "3".']],
    [{ number: 1.5 }, ['Expected a whole number, found 1.5.']],
    [{ number: 0 }, ['Expected at least 1, found 0.']],
    [{ number: 6 }, ['Expected at most 5, found 6.']],
    [{ above: 0 }, ['Expected more than 0, found 0.']],
    [{ above: 1 }, ['Expected less than 1, found 1.']],
    [{ list: 'a' }, ['Expected an array, found "a".']],
    [{ on: 'yes' }, ['Expected true or false, found "yes".']],
    [{ own: 1 }, ['Words of its own.']],
    [{ lists: [] }, ['Expected at least 1 entry, found 0.']],
    [{ lists: {} }, ['Expected an array, found an object.']],
    [{ text: [] }, ['Expected a string, found an array.']],
    [{ other: 1 }, ['There is no field "other" here; there are: text, number, above, list, on, own, lists.']],
    [{ txet: 1 }, ['There is no field "txet" here; did you mean "text"?']],
    [
      { lists: [{ from: 'a' }, { form: 'a' }] },
      ['This field is required.', 'There is no field "form" here; did you mean "from"?'],
    ],
    [{ text: undefined }, ['This field is required.']],
  ])('%j', (change, messages) => {
    expect(readMessages(change)).toEqual(messages);
  });

  it('takes no array for an object', () => {
    expect(() => parseRequest(v.strictObject({ text: v.optional(v.string()) }), [])).toThrow(
      'Expected an object, found an array.',
    );
  });

  it('does not repeat a long value', () => {
    expect(readMessages({ number: 'x'.repeat(10_000) })[0]!.length).toBeLessThan(200);
    expect(readMessages({ ['x'.repeat(10_000)]: 1 })[0]!.length).toBeLessThan(200);
  });
});
