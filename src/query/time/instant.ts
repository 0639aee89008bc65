/** Times of a request: ISO date-times with an offset, without one (then in the request's zone), or dates (midnight there). */
import type { Zone } from './zone.js';

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|z|[+-]\d{2}:?\d{2})?)?$/;

/** What ClickHouse's DateTime64(3) can hold. */
export const MIN_INSTANT_MS = Date.UTC(1900, 0, 1);
export const MAX_INSTANT_MS = Date.UTC(2299, 11, 31);

/** Epoch milliseconds, or undefined when the text is no such time or lies outside 1900 to 2299. Digits beyond ms are cut. */
export function parseInstant(text: string, zone: Zone): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  const ms = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const midnight = Date.UTC(year!, month! - 1, day!);
  if (new Date(midnight).toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined;
  const wall = midnight + ((hour! * 60 + minute!) * 60 + second!) * 1000 + ms;
  const offset = match[8];
  const instant = offset === undefined ? zone.toInstant(wall) : wall - parseOffset(offset);
  return instant >= MIN_INSTANT_MS && instant <= MAX_INSTANT_MS ? instant : undefined;
}

function parseOffset(text: string): number {
  if (text === 'Z' || text === 'z') return 0;
  const digits = text.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (text[0] === '-' ? -minutes : minutes) * 60_000;
}

/** ISO 8601 UTC with milliseconds. */
export const formatInstant = (ms: number): string => new Date(ms).toISOString();
