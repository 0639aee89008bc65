/** What live views may cost, in one place. */

/** Seconds behind now that counters hold: the longest window. 12 bytes a second and series. */
export const RING_SECONDS = 3_600;
/** Seconds ahead of now that counters hold, for clocks that run fast. Events stamped later are left to the tables. */
export const AHEAD_SECONDS = 300;
/** The sliding windows, in seconds. */
export const WINDOWS = { '1m': 60, '5m': 300, '1h': 3_600 } as const;
export type WindowName = keyof typeof WINDOWS;
export const WINDOW_NAMES = Object.keys(WINDOWS) as WindowName[];

/** Event types of a project with counters of their own, 47 kB each; the rest counts in the whole only. */
export const TYPES_MAX = 100;
/** Projects watched on one front at a time: at worst 30 MB each. */
export const PROJECTS_MAX = 500;
/** Event types of each window that are listed in an overview. */
export const TOP_EVENTS = 20;
/** Persons of an hour counted one by one, about 60 bytes each; beyond it a share of them stands for all. */
export const PERSONS_MAX = 200_000;
/** Numeric properties of a project that are summed live, 94 kB each. */
export const SUMS_MAX = 100;
/** Series of distinct persons a project keeps beside its own: one for each event type whose persons a live metric counts. */
export const PERSON_SERIES_MAX = 10;

/** A project nobody watches is forgotten after this; coming back costs two queries. */
export const PROJECT_IDLE_MS = 60_000;
/** How often live numbers are read again from the tables: what repairs clocks far ahead and persons joined meanwhile. */
export const RECONCILE_MS = 5 * 60_000;
/** The same for a project with joined persons, whose live counts do not know of the newest joins. */
export const RECONCILE_MERGED_MS = 30_000;
/** Records held back while a project is read from the tables; beyond it the reading begins again. */
export const HELD_RECORDS_MAX = 2_000;

/** How long a snapshot waits for numbers that are not known yet; then it is null, and an update follows. */
export const SNAPSHOT_WAIT_MS = 3_000;
/** Least time between two updates of one subscription. */
export const UPDATE_INTERVAL_MS = 20;
/** How often windows are looked at although nothing came: they slide. */
export const TICK_MS = 1_000;
/** Least time between two computations of what is asked of the engine. */
export const REQUERY_MS = 1_000;
/** Share of the time a subscription's computations may take: one that takes 100 ms waits 200. */
export const REQUERY_REST = 2;
/** How often it is looked whether events that were told are stored, and how long at most: then the engine is asked all the same. */
export const STORED_POLL_MS = 25;
export const STORED_WAIT_MS = 10_000;
/** How often what is asked of the engine is asked although nothing came. */
export const REQUERY_IDLE_MS = 5_000;

/** Events a second one subscription gets; above it they are sampled. */
export const EVENTS_PER_SECOND_MAX = 50;
/** Events that resuming brings at most. */
export const RESUME_EVENTS_MAX = 1_000;
/** Newest events in a snapshot. */
export const SNAPSHOT_EVENTS = 20;

/** Hours a live funnel looks back. */
export const FUNNEL_HOURS = 24;
/** Persons, events of one person and events in all that a live funnel follows; beyond it the engine is asked. About 60 bytes an event. */
export const FUNNEL_UNITS_MAX = 100_000;
export const FUNNEL_UNIT_EVENTS_MAX = 500;
export const FUNNEL_EVENTS_MAX = 1_000_000;

/** Bytes of one message from a client. */
export const MESSAGE_BYTES_MAX = 64 * 1024;
/** Messages a client may send in a second; more and the socket is closed. */
export const MESSAGES_PER_SECOND_MAX = 500;
/** Subscriptions of one socket. */
export const SUBSCRIPTIONS_MAX = 50;
/** Metrics of one subscription. */
export const METRICS_MAX = 20;
/** Different live questions of one project at a time; the same question of many sockets is one. */
export const TOPICS_PER_PROJECT_MAX = 200;
/** A question that nobody listens to keeps its place for so long when others want it: longer than a snapshot over HTTP takes. */
export const TOPIC_SPARE_MS = 2 * SNAPSHOT_WAIT_MS;
/** Sockets of one front, and of one key on it. About 10 kB each. */
export const SOCKETS_MAX = 20_000;
export const SOCKETS_PER_KEY_MAX = 10_000;
/** Bytes that may wait for a slow reader before its updates are coalesced and its events skipped. */
export const BUFFER_BYTES_MAX = 256 * 1024;
/** How long a reader may stay that slow. */
export const SLOW_MS = 30_000;
/** How often keys of open sockets are looked at again. */
export const KEY_CHECK_MS = 1_000;
/** How often the engine is asked whether it answers while sockets are open. */
export const ENGINE_CHECK_MS = 2_000;
