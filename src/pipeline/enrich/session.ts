/**
 * Sessions: the client's `session_id` where it gave one; else a session ends after 30 minutes without any event of the
 * person. Every event of the person keeps a session alive, those with a session id of their own included.
 *
 * This is the definition. It is computed when a question is asked (sql/clickhouse/session-rows.sql), not when an event
 * is stored, because a late event can join two sessions into one.
 */

/** A session is over when the next event comes later than this. Exactly this long is still the same session. */
export const SESSION_GAP_MS = 30 * 60 * 1000;

export interface SessionEvent {
  timestampMs: number;
  /** Empty when the client gave none. */
  sessionId: string;
}

/**
 * The session of each event of one person, in the same order. `events` are sorted by time. Events of equal keys are in
 * one session; a key that begins with "~" is our own, and says when that stretch of activity began (epoch ms).
 */
export function assignSessions(events: readonly SessionEvent[]): string[] {
  let beganMs = Number.NaN;
  let lastMs = Number.NEGATIVE_INFINITY;
  return events.map(({ timestampMs, sessionId }) => {
    if (timestampMs - lastMs > SESSION_GAP_MS) beganMs = timestampMs;
    lastMs = timestampMs;
    return sessionId === '' ? `~${beganMs}` : sessionId;
  });
}
