/** Durations of the metric language: `"90s" "5m" "2h" "7d" "4w"`. A day is 24 hours here; calendars are the planner's. */
import { LIMITS } from './limits.js';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof UNIT_MS;

const DURATION = /^([1-9][0-9]{0,8})([smhdw])$/;

/** Milliseconds of a duration, or undefined when the text is none, is zero or exceeds `LIMITS.durationMs`. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const ms = Number(match[1]) * UNIT_MS[match[2] as Unit];
  return ms <= LIMITS.durationMs ? ms : undefined;
}

/** A duration in the largest unit that divides it: 604800000 is "1w", 90000 is "90s". Milliseconds must be whole seconds. */
export function formatDuration(ms: number): string {
  for (const unit of ['w', 'd', 'h', 'm'] as const)
    if (ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`;
  return `${ms / UNIT_MS.s}s`;
}

export const EXPECTED_DURATION = 'a duration such as "90s", "5m", "2h", "7d" or "4w"';
