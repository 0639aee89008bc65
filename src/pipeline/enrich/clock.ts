/**
 * Device clocks that are wrong. A client says when it sent a payload by its own clock (`sent_at`); we know when it came.
 * The difference is the clock's error, give or take the time in transit, and moves all of the device's events.
 *
 * Order is what must survive. All events of a device in one payload move by the same offset, so their order and their
 * distances stay, ties included; a timestamp is never moved alone. Between payloads of one device the offsets differ by
 * the difference of their times in transit: events of two payloads closer together than that may change places. To
 * rule that out would take a memory of every device.
 *
 * An offset counts only between CLOCK_OFFSET_MIN_MS, below which it may be a slow network, and CLOCK_OFFSET_MAX_MS, above
 * which `sent_at` is more likely the truth about an old payload that is being sent again, such as an archive.
 */

/** Offsets up to this many ms are left alone. */
export const CLOCK_OFFSET_MIN_MS = 60_000;
/** Offsets beyond this are no clock error: 24 hours, the most that a wrong time zone comes to. */
export const CLOCK_OFFSET_MAX_MS = 24 * 3600 * 1000;

/** When a device said it sent an event; NaN when it did not. */
export interface ClockReading {
  device: string;
  sentAtMs: number;
}

/**
 * The offset to add to the timestamps of each device whose clock is wrong, in ms. Where a device's events of one payload
 * differ in `sent_at`, the latest counts: it is the nearest to the moment of sending.
 */
export function findClockOffsets(
  readings: Iterable<ClockReading>,
  receivedAtMs: number,
): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const { device, sentAtMs } of readings) {
    if (Number.isNaN(sentAtMs)) continue;
    const before = latest.get(device);
    if (before === undefined || sentAtMs > before) latest.set(device, sentAtMs);
  }
  for (const [device, sentAtMs] of latest) {
    const offset = receivedAtMs - sentAtMs;
    if (isClockError(offset)) latest.set(device, offset);
    else latest.delete(device);
  }
  return latest;
}

const isClockError = (offsetMs: number): boolean =>
  Math.abs(offsetMs) > CLOCK_OFFSET_MIN_MS && Math.abs(offsetMs) <= CLOCK_OFFSET_MAX_MS;
