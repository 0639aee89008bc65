/** Durations of requests: "250ms", "90s", "5m", "2h", "7d", "4w". A day is 24 hours, a week seven of them. */
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const DURATION = /^(\d{1,12})(ms|s|m|h|d|w)$/;

/** Ten years: the longest window. Longer ones read the whole table and are asked for without a window in mind. */
export const MAX_DURATION_MS = 3_653 * UNIT_MS.d;

/** Milliseconds of a duration, or undefined when the text is none or is longer than ten years. "0s" is a duration. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  return ms <= MAX_DURATION_MS ? ms : undefined;
}
