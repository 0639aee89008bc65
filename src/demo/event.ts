/** An event as the demo sends it: the native form of `POST /v1/events`. */
export interface ShopEvent {
  event: string;
  event_id: string;
  /** Absent until the visitor signs in. */
  user_id?: string;
  anonymous_id?: string;
  /** ISO 8601, UTC, milliseconds. */
  timestamp: string;
  properties: Record<string, unknown>;
  context?: Record<string, unknown>;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** The number of a UTC day since 1970. */
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);
