/** Numbers of sixteen characters and more, outside of strings: those that a double may not hold. */
const LONG_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.]{15,}(?:[eE][+-]?\d+)?/g;
/** Significant digits that every double keeps. */
const DIGITS_KEPT = 15;

/** Whether reading a number and writing it again gives the same: so are those that a double was written as. */
function isHeld(text: string): boolean {
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(Number(text));
  const [mantissa = '', exponent] = text.split(/[eE]/);
  const plain = mantissa.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  const digits = plain.replace(/[-.]/g, '').replace(/^0+/, '').length;
  return digits <= DIGITS_KEPT || (exponent !== undefined && digits <= 17) || String(Number(text)) === plain;
}

/**
 * JSON.parse that changes no number: one that a double cannot hold becomes a string of its digits, integers as well as
 * decimals. Databases have such numbers (bigint, numeric); an event with one would be rejected as `unsafe_number`, or
 * rounded. Throws SyntaxError.
 */
export function parseExactly(text: string): unknown {
  if (!/\d[\d.]{15}/.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(LONG_NUMBER, (match) => (match.startsWith('"') || isHeld(match) ? match : `"${match}"`)),
  );
}
