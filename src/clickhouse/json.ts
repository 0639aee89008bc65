/**
 * JSON as ClickHouse prints it, read without losing digits: integers up to 2^53 become numbers, larger ones strings of
 * their digits, wherever they stand in a row.
 */

/** Integers of up to 15 digits are always safe, so a text without a longer run of digits needs no second look. */
const LONG_DIGITS = /\d{16}/;
const STRING_OR_NUMBER = /"(?:[^"\\]+|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?\d+$/;

const quoteUnsafe = (token: string): string =>
  token.length > 15 && INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;

/** Parses one JSON text of ClickHouse's. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  if (!LONG_DIGITS.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (token) => (token[0] === '"' ? token : quoteUnsafe(token))),
  );
}
