/**
 * JSON as ClickHouse prints it, read without losing digits: integers up to 2^53 become numbers, larger ones strings of
 * their digits, wherever they stand in a row.
 */

/** Integers of up to 15 digits are always safe, so a text without a longer run of digits needs no second look. */
const LONG_DIGITS = /\d{16}/;
const STRING_OR_NUMBER = /"(?:[^"\\]+|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?\d+$/;
/** The last number of which doubles hold every integer up to it. */
const EXACT_MAX = 2n ** 53n;

function isExact(digits: string): boolean {
  const integer = BigInt(digits);
  return integer <= EXACT_MAX && integer >= -EXACT_MAX;
}

const quoteUnsafe = (token: string): string =>
  token.length > 15 && INTEGER.test(token) && !isExact(token) ? `"${token}"` : token;

/** Parses one JSON text of ClickHouse's. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  if (!LONG_DIGITS.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(STRING_OR_NUMBER, (token) => (token[0] === '"' ? token : quoteUnsafe(token))),
  );
}
