/** Every bound of the embedded engine in one place, each with what it costs. */

const KB = 1024;
const MB = 1024 * KB;

/** Statements that run at once. Each may use all cores, so more of them make each slower and hold more memory. */
export const SESSIONS_DEFAULT = 4;

/**
 * Threads of the engine's process that may block: one for each running statement, one for the control session, and some for file
 * and compression work. Node reads UV_THREADPOOL_SIZE when the first of them is used, so whoever starts the process sets it.
 */
export const countThreads = (sessions: number): number => sessions + 5;

/** Statements waiting for a session. Each waiting one holds its query text; one more is refused with 503. */
export const WAITING_MAX = 1_000;

/** A statement that waited this long for a session is refused with 503, so that a client learns of it before it gives up. */
export const WAIT_TIMEOUT_MS = 30_000;

/** Part of a request's text that is searched for the start of an insert's data; also what `max_query_size` is by default. */
export const STATEMENT_HEAD_BYTES = 256 * KB;

/** A statement without data, held in memory whole while it waits and runs. */
export const STATEMENT_MAX_BYTES = 16 * MB;

/** Query string of a request; Node's default for all headers together is 16 kB, ClickHouse's is 1 MB. */
export const HEADERS_MAX_BYTES = 1 * MB;

/** An insert's data, after decompression. It lies on memory-backed storage until it is inserted. */
export const BODY_MAX_BYTES = 4 * 1024 * MB;

/** A body is moved to memory-backed storage only up to this many bytes known in advance; a longer one goes to disk. */
export const SPOOL_MEMORY_MAX_BYTES = 512 * MB;

/** Result bytes held back before the first is sent: as long as a statement fails within them its status says so. */
export const HOLD_BYTES = 256 * KB;

/** A client that takes no byte of its result, or sends none of its body, for this long is cut off and its statement ended. */
export const STALL_TIMEOUT_MS = 180_000;

/** How often a statement that was told to end is told again: the engine forgets it when it had not started yet. */
export const KILL_RETRY_MS = 100;

/** A statement that still runs this long after it was told to end holds its session for good: the process gives up. */
export const STUCK_TIMEOUT_MS = 600_000;

/** What a client may still send after its request was answered with a failure, before its connection is cut. */
export const UNREAD_MAX_BYTES = 64 * MB;
export const UNREAD_TIMEOUT_MS = 30_000;

/** On shutdown statements get this long to finish before they are told to end; a supervisor waits 10 s for all of it. */
export const DRAIN_TIMEOUT_MS = 5_000;

/** Open client connections. Each costs a few kilobytes; statements are limited separately. */
export const CONNECTIONS_MAX = 2_000;

/** The engine refuses statements rather than take more than this part of the machine's memory, within these bounds. */
export const MEMORY_SHARE_OF_MACHINE = 0.5;
export const MEMORY_MIN_BYTES = 1024 * MB;
export const MEMORY_MAX_BYTES = 16 * 1024 * MB;
