/** Integers beyond 2^53 and decimals of more digits than a double holds, outside of strings. */
const LONG_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.]{15,}(?:[eE][+-]?\d+)?/g;

/**
 * JSON.parse that changes no number: one that a double cannot hold becomes a string of its digits. Databases have such
 * numbers (bigint, numeric); an event with one would be rejected as `unsafe_number`. Throws SyntaxError.
 */
export function parseExactly(text: string): unknown {
  if (!/\d[\d.]{15}/.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(LONG_NUMBER, (match) => {
      if (match.startsWith('"')) return match;
      const digits = match
        .replace(/[-.]/g, '')
        .replace(/^0+/, '')
        .replace(/[eE].*$/, '');
      const isHeld = Number.isSafeInteger(Number(match)) || (match.includes('.') && digits.length <= 15);
      return isHeld ? match : `"${match}"`;
    }),
  );
}
