/**
 * Reads the times clients send: ISO 8601 with or without a zone (without: UTC), or milliseconds since 1970. By hand,
 * because Date.parse takes text without a zone as local time, accepts much else, and is several times slower.
 */

const ZERO = 0x30;

/** The number of `count` digits at `start`, or NaN. */
function readDigits(text: string, start: number, count: number): number {
  let value = 0;
  for (let i = start; i < start + count; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    // Also catches the NaN of a position past the end.
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Days since 1970-01-01, or NaN when there is no such date. */
function countDays(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12)) return Number.NaN;
  const leapDay = month === 2 && isLeap(year) ? 1 : 0;
  if (!(day >= 1 && day <= MONTH_LENGTHS[month - 1]! + leapDay)) return Number.NaN;
  const before = year - 1;
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477;
  const leapPassed = month > 2 && isLeap(year) ? 1 : 0;
  return (year - 1970) * 365 + leaps + DAYS_BEFORE_MONTH[month - 1]! + leapPassed + day - 1;
}

/** `+02:00`, `+0200` or `+02` at `start` to the end, in minutes, or NaN. */
function readOffset(text: string, start: number): number {
  const sign = text[start] === '+' ? 1 : text[start] === '-' ? -1 : Number.NaN;
  const hours = readDigits(text, start + 1, 2);
  if (text.length === start + 3) return sign * hours * 60;
  const minutesAt = text[start + 3] === ':' ? start + 4 : start + 3;
  const minutes = readDigits(text, minutesAt, 2);
  return text.length === minutesAt + 2 && hours <= 23 && minutes <= 59
    ? sign * (hours * 60 + minutes)
    : Number.NaN;
}

/**
 * Milliseconds since 1970 of `YYYY-MM-DD`, optionally followed by `T` or a blank, `HH:MM`, `:SS`, a fraction (cut, not
 * rounded, to milliseconds) and `Z` or an offset. NaN for anything else.
 */
export function parseIsoTime(text: string): number {
  const { length } = text;
  if (length < 10 || text[4] !== '-' || text[7] !== '-') return Number.NaN;
  const days = countDays(readDigits(text, 0, 4), readDigits(text, 5, 2), readDigits(text, 8, 2));
  if (length === 10) return days * 86_400_000;
  const separator = text[10];
  if ((separator !== 'T' && separator !== ' ' && separator !== 't') || text[13] !== ':') return Number.NaN;
  const hours = readDigits(text, 11, 2);
  const minutes = readDigits(text, 14, 2);
  let at = 16;
  let seconds = 0;
  let ms = 0;
  if (text[at] === ':') {
    seconds = readDigits(text, 17, 2);
    at = 19;
    if (text[at] === '.' || text[at] === ',') {
      const fraction = at + 1;
      at = fraction;
      while (text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= ZERO + 9) at++;
      if (at === fraction) return Number.NaN;
      const digits = Math.min(3, at - fraction);
      ms = readDigits(text, fraction, digits) * 10 ** (3 - digits);
    }
  }
  // A leap second is the second after it, as everywhere else in Unix time.
  if (!(hours <= 23 && minutes <= 59 && seconds <= 60)) return Number.NaN;
  const time = days * 86_400_000 + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + ms;
  if (at === length) return time;
  if (at === length - 1 && (text[at] === 'Z' || text[at] === 'z')) return time;
  return time - readOffset(text, at) * 60_000;
}
