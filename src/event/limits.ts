/**
 * The limits an event must keep, and what each costs. Changing one changes what clients may send: see docs/events.md.
 * Lengths of text are in UTF-16 code units, what JavaScript's `length` says.
 */

/** Inflated bytes of one payload. A worker holds about ten times this while it reads one. */
export const PAYLOAD_BYTES_MAX = 32 * 1024 * 1024;

/** Events in one payload: what one stream entry can add to a batch. */
export const PAYLOAD_EVENTS_MAX = 100_000;

/** What stands beside the list of a payload's events, such as a shared `context`: it may be stored with each of them. */
export const WRAPPER_BYTES_MAX = 16 * 1024;

/** The same, times the number of events it stands beside: what storing it with each of them may take. */
export const WRAPPER_COPIES_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Bytes of JSON that one task of a worker thread may read, what stands beside a batch counted for each event. A task
 * beyond it fails and is tried again in halves, so it only has to be more than
 * one payload can be.
 */
export const TASK_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Bytes of rejected events one task may keep: they live in the thread's heap. As above, more than one payload can hold.
 */
export const REJECTED_BYTES_MAX = 48 * 1024 * 1024;

/** Payloads up to this many inflated bytes are judged by the front at once, event by event. */
export const INSPECT_BYTES_MAX = 16 * 1024;

/** JSON bytes of one event as it came. Ten thousand such events fill a worker's memory. */
export const EVENT_BYTES_MAX = 256 * 1024;

/** Objects and arrays inside each other, the event itself being 1. Every walk over a value may recurse this deep. */
export const EVENT_DEPTH_MAX = 32;

/** Keys of one event's `properties`, at every depth; the same for `context`. Each may become a column of the store. */
export const EVENT_KEYS_MAX = 500;

/** One key: a column's name has to be readable. */
export const KEY_LENGTH_MAX = 200;

/** The name of an event type. */
export const EVENT_NAME_LENGTH_MAX = 200;

/** event_id, user_id, anonymous_id and session_id. */
export const ID_LENGTH_MAX = 200;

/** The oldest `timestamp` taken: 1990-01-01. Older ones are clocks that were never set. */
export const TIMESTAMP_MIN_MS = Date.UTC(1990, 0, 1);

/** How far a `timestamp` may lie after the moment of receipt: a wrong zone is forgiven, a wrong year is not. */
export const TIMESTAMP_AHEAD_MAX_MS = 24 * 3600 * 1000;

/** Bytes of a rejected event's JSON that are kept with its reason. */
export const RAW_BYTES_MAX = 64 * 1024;

/** Problems reported for one event; the first is the one it is rejected for. */
export const EVENT_PROBLEMS_MAX = 10;
