/**
 * Time zones by the rules Node ships (Intl). An instant is epoch milliseconds. A wall time is written as the epoch
 * milliseconds of the same clock reading in UTC, so that calendar arithmetic on it is plain arithmetic.
 *
 * Where clocks go forward, a wall time that never was stands for the instant of the jump; where they go back, one that was
 * twice stands for the earlier instant.
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface Zone {
  readonly name: string;
  /** Wall time minus instant, in milliseconds. */
  offsetAt(instant: number): number;
  /** The earliest instant at which the wall clock shows this time or, where it skips it, a later one. */
  toInstant(wall: number): number;
  /** The first instant in (after, until] with another offset than `after` has, or undefined. At most one change is expected. */
  findChange(after: number, until: number): number | undefined;
}

/** Formatters cost about 50 µs each and few zones are in use. */
const zones = new Map<string, Zone>();
const ZONES_MAX = 1_000;

function createOffsetReader(name: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const whole = Math.floor(instant / 1000) * 1000;
    const read = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
    for (const part of format.formatToParts(whole))
      if (part.type in read) read[part.type as keyof typeof read] = Number(part.value);
    return Date.UTC(read.year, read.month - 1, read.day, read.hour, read.minute, read.second) - whole;
  };
}

function createZone(name: string): Zone {
  const offsetAt = name === 'UTC' ? () => 0 : createOffsetReader(name);

  const findChange = (after: number, until: number): number | undefined => {
    const before = offsetAt(after);
    if (offsetAt(until) === before) return undefined;
    let low = after;
    let high = until;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  };

  return {
    name,
    offsetAt,
    findChange,
    toInstant(wall) {
      const early = wall - offsetAt(wall - DAY_MS);
      const late = wall - offsetAt(wall + DAY_MS);
      if (early === late) return early;
      const change = findChange(wall - DAY_MS, wall + DAY_MS)!;
      if (early < change) return early;
      return Math.max(late, change);
    },
  };
}

/** A zone by its IANA name, or undefined when Node knows none of that name. */
export function findZone(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known) return known;
  try {
    const zone = createZone(name);
    zone.offsetAt(0);
    if (zones.size < ZONES_MAX) zones.set(name, zone);
    return zone;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
