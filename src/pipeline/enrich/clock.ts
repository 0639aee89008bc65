/**
 * Device clocks that are wrong. A client says when it sent an event by its own clock (`sent_at`); we know when it came.
 * The difference is the clock's error, give or take the time in transit, and moves all of the device's events.
 *
 * Order is what must survive. All events of a device in one payload move by the same offset, so their order and their
 * distances stay, ties included; a timestamp is never moved alone. Between payloads of one device the offsets differ by
 * the difference of their times in transit: events of two payloads closer together than that may change places. To
 * rule that out would take a memory of every device.
 *
 * A payload comes in chunks. A device's offset is fixed by the first chunk it occurs in, and holds for the rest of the
 * payload; when nobody says `sent_at` in the first chunk, nobody is corrected, which costs such payloads nothing.
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

/** The clocks of the devices of one payload. */
export interface PayloadClocks {
  /** Reads the next chunk's events; before that nothing is known of them. */
  read(readings: readonly ClockReading[]): void;
  /** What to add to a device's timestamps, in ms; 0 for nearly all. */
  offsetOf(device: string): number;
}

export function createPayloadClocks(receivedAtMs: number): PayloadClocks {
  const offsets = new Map<string, number>();
  let isFirstChunk = true;
  let isSilent = true;

  return {
    read(readings) {
      if (isFirstChunk) isSilent = readings.every(({ sentAtMs }) => Number.isNaN(sentAtMs));
      isFirstChunk = false;
      if (isSilent) return;
      const latest = new Map<string, number>();
      for (const { device, sentAtMs } of readings) {
        if (offsets.has(device)) continue;
        const before = latest.get(device);
        // Where events differ, the latest is the nearest to the moment of sending.
        if (before === undefined || Number.isNaN(before) || sentAtMs > before) latest.set(device, sentAtMs);
      }
      for (const [device, sentAtMs] of latest) offsets.set(device, clockError(receivedAtMs - sentAtMs));
    },
    offsetOf: (device) => offsets.get(device) ?? 0,
  };
}

/** The offset if it is a clock's error, else 0; NaN, which nobody said, is none. */
function clockError(offsetMs: number): number {
  const size = Math.abs(offsetMs);
  return size > CLOCK_OFFSET_MIN_MS && size <= CLOCK_OFFSET_MAX_MS ? offsetMs : 0;
}
