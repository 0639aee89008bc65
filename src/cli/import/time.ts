/** Times as spreadsheets, databases and exports write them. */

/** How a column's times are to be read; `auto` tells seconds and milliseconds by their digits. */
export type TimeFormat = 'auto' | 's' | 'ms' | 'us' | 'iso' | { zone: string };

/** Milliseconds of one unit of a format that counts since 1970. */
const UNITS: Readonly<Record<'s' | 'ms' | 'us', number>> = { s: 1_000, ms: 1, us: 0.001 };

/** The format a word stands for: s, ms, us, iso, or a zone such as Europe/Berlin. Undefined when it is none of them. */
export function parseTimeFormat(word: string): TimeFormat | undefined {
  if (word === 's' || word === 'ms' || word === 'us' || word === 'iso') return word;
  if (!/^[A-Za-z]+(?:\/[\w+-]+)+$|^UTC$/.test(word)) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: word });
    return { zone: word };
  } catch {
    return undefined;
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What a clock in `zone` shows at `ms`, as if it were UTC. */
function showClock(zone: string, ms: number): number {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    clocks.set(zone, clock);
  }
  const part = Object.fromEntries(clock.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
}

/** The moment a clock in `zone` shows `wallMs`. Twice around a change of the clocks: the offset may be another there. */
function fromZone(wallMs: number, zone: string): number {
  const seconds = Math.floor(wallMs / 1_000) * 1_000;
  const guess = seconds - (showClock(zone, seconds) - seconds);
  return guess - (showClock(zone, guess) - seconds) + (wallMs - seconds);
}

const WALL_TIME =
  /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?(?: ?(Z|UTC|[+-]\d\d(?::?\d\d)?))?)?$/;

function readText(text: string, zone: string | undefined): string {
  const match = WALL_TIME.exec(text);
  if (!match) return text;
  const [, date = '', minutes = '00:00', seconds = ':00', given] = match;
  const local = `${date}T${minutes}${seconds}`;
  if (given === undefined && zone !== undefined) {
    const wallMs = Date.parse(`${local}Z`);
    return Number.isNaN(wallMs) ? text : new Date(fromZone(wallMs, zone)).toISOString();
  }
  const offset = given === undefined || given === 'UTC' ? 'Z' : given;
  return `${local}${offset.replace(/^([+-]\d\d)$/, '$1:00').replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`;
}

/** A time as an event says it: ISO in UTC, or milliseconds. What cannot be read stays as it is, for Weir to say why. */
export function readTime(value: unknown, format: TimeFormat = 'auto'): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const text = String(value).trim();
  if (format === 's' || format === 'ms' || format === 'us')
    return /^-?\d+(?:\.\d+)?$/.test(text) ? Math.round(Number(text) * UNITS[format]) : text;
  if (format === 'auto') {
    if (/^\d{16}$/.test(text)) return Math.floor(Number(text) / 1_000);
    if (/^\d{13}(?:\.\d+)?$/.test(text)) return Math.floor(Number(text));
    if (/^\d{9,10}(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000);
  }
  return readText(text, typeof format === 'object' ? format.zone : undefined);
}
