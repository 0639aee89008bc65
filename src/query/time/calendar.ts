/**
 * Buckets of a grain in a time zone. A bucket is named by the instant it starts at and ends where the next one starts.
 *
 * day and longer   from the first instant of a local date to the first instant of the next such date, so a day may have 23 or
 *                  25 hours; a date the zone skipped has no bucket.
 * hour, minute     a bucket starts where the wall clock shows a whole hour (minute), and where a change of offset takes it
 *                  into another one. Where clocks go back by an hour, that hour is two buckets.
 * all              one bucket, the range itself.
 *
 * The boundaries are computed here and handed to the engine as a parameter, so that every question and every engine agrees
 * on them to the millisecond.
 */
import type { Zone } from './zone.js';

export const GRAINS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'all'] as const;
export type Grain = (typeof GRAINS)[number];

/** 0 is Sunday, as in Date. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export interface Calendar {
  /** Start of the bucket that holds the instant. */
  floor(instant: number): number;
  /** Start of the next bucket: the least bucket start greater than the instant. */
  next(instant: number): number;
}

const DAY_MS = 86_400_000;
const CLOCK_MS = { minute: 60_000, hour: 3_600_000 } as const;
const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

function createClockCalendar(zone: Zone, unitMs: number): Calendar {
  const sinceUnit = (wall: number): number => ((wall % unitMs) + unitMs) % unitMs;
  /** Whether a change of offset starts a bucket. */
  const startsBucket = (change: number): boolean => {
    const after = change + zone.offsetAt(change);
    const before = change - 1 + zone.offsetAt(change - 1);
    return sinceUnit(after) === 0 || Math.floor(before / unitMs) !== Math.floor(after / unitMs);
  };
  const floor = (instant: number): number => {
    const start = instant - sinceUnit(instant + zone.offsetAt(instant));
    const change = zone.findChange(start - 1, instant);
    if (change === undefined) return start;
    return startsBucket(change) ? change : floor(change - 1);
  };
  const next = (instant: number): number => {
    const wall = instant + zone.offsetAt(instant);
    const end = instant + unitMs - sinceUnit(wall);
    const change = zone.findChange(instant, end);
    if (change === undefined) return end;
    if (startsBucket(change)) return change;
    return change + unitMs - sinceUnit(change + zone.offsetAt(change));
  };
  return { floor, next };
}

/** Wall time of the start of the local date, month, … that is `steps` units after the one that holds `wall`. */
type Move = (wall: number, steps: number) => number;

function createMove(grain: 'day' | 'week' | 'month' | 'quarter' | 'year', weekStart: Weekday): Move {
  if (grain === 'day') return (wall, steps) => (Math.floor(wall / DAY_MS) + steps) * DAY_MS;
  if (grain === 'week')
    return (wall, steps) => {
      const day = Math.floor(wall / DAY_MS);
      const sinceStart = (((day + 4 - weekStart) % 7) + 7) % 7; // 1970-01-01 was a Thursday
      return (day - sinceStart + 7 * steps) * DAY_MS;
    };
  const span = MONTHS[grain];
  return (wall, steps) => {
    const date = new Date(wall);
    const month = Math.floor(date.getUTCMonth() / span) * span;
    return Date.UTC(date.getUTCFullYear(), month + steps * span, 1);
  };
}

/** @param grain any but `all`, which has no calendar */
export function createCalendar(grain: Exclude<Grain, 'all'>, zone: Zone, weekStart: Weekday = 1): Calendar {
  if (grain === 'minute' || grain === 'hour') return createClockCalendar(zone, CLOCK_MS[grain]);
  const move = createMove(grain, weekStart);
  const toWall = (instant: number): number => instant + zone.offsetAt(instant);
  return {
    floor(instant) {
      // Clocks that go back over midnight show the next date early for a while: the bucket's start decides, not the reading.
      const following = zone.toInstant(move(toWall(instant), 1));
      return following <= instant ? following : zone.toInstant(move(toWall(instant), 0));
    },
    next(instant) {
      const wall = toWall(instant);
      for (let steps = 1; ; steps++) {
        const start = zone.toInstant(move(wall, steps));
        if (start > instant) return start;
      }
    },
  };
}
