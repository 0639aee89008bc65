/**
 * Every setting, from the environment, read once at start. A wrong value stops the start, and all wrong values are named
 * together. Each setting's comment says what it costs.
 */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { findNearest } from './mdl/suggest.js';
import { STREAM_DEFAULTS, type StreamOptions } from './stream/options.js';

type Environment = Readonly<Record<string, string | undefined>>;

const MB = 1024 * 1024;
const SECOND_MS = 1_000;
const DAY_MS = 24 * 3_600_000;

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: 3_600 * SECOND_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, kB: 1024, KB: 1024, MB, GB: 1024 * MB };

function parseQuantity(text: string, pattern: RegExp, units: Readonly<Record<string, number>>): number {
  const match = pattern.exec(text);
  const unit = units[match?.[2] ?? ''];
  return match && unit !== undefined ? Math.round(Number(match[1]) * unit) : Number.NaN;
}

/** A setting that is absent or empty takes its default; its text must pass `read`, which gives NaN for what it cannot read. */
function quantity(
  fallback: number,
  min: number,
  max: number,
  allowed: string,
  read: (text: string) => number,
) {
  return v.pipe(
    v.optional(v.string(), ''),
    v.transform((text) => (text === '' ? fallback : read(text.trim()))),
    v.check((value) => value >= min && value <= max, allowed),
  );
}

const wholeNumber = (fallback: number, min: number, max: number) =>
  quantity(fallback, min, max, `a whole number from ${min} to ${max}`, (text) =>
    /^\d+$/.test(text) ? Number(text) : Number.NaN,
  );

const duration = (fallbackMs: number, minMs: number, maxMs: number, allowed: string) =>
  quantity(fallbackMs, minMs, maxMs, `a duration such as 500ms, 90s, 5m, 2h, 7d or 4w, ${allowed}`, (text) =>
    parseQuantity(text, /^(\d+(?:\.\d+)?)(ms|[smhdw])$/, DURATION_UNITS_MS),
  );

const size = (fallback: number, min: number, max: number, allowed: string) =>
  quantity(fallback, min, max, `a size such as 64MB, ${allowed}`, (text) =>
    parseQuantity(text, /^(\d+(?:\.\d+)?) ?(B|kB|KB|MB|GB|)$/, SIZE_UNITS),
  );

function isUrlOf(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

/** Absent or empty means: start an embedded one. */
const backendUrl = (protocols: readonly string[], allowed: string) =>
  v.pipe(
    v.optional(v.string(), ''),
    v.trim(),
    v.check((text) => text === '' || isUrlOf(text, protocols), allowed),
    v.transform((text) => (text === '' ? undefined : text)),
  );

/** Long enough not to be guessed, and plain enough for a header and a URL. */
const KEY = /^[A-Za-z0-9_.~-]{12,200}$/;

const key = v.pipe(
  v.optional(v.string(), ''),
  v.check((text) => text === '' || KEY.test(text), '12 to 200 letters, digits, and . _ ~ -'),
  v.transform((text) => (text === '' ? undefined : text)),
);

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const TRANSPORTS = ['auto', 'uws', 'node'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

const DEFAULT_PORT = 8080;

const Settings = v.object({
  // The address the front listens on. 127.0.0.1 keeps it on this machine; 0.0.0.0 opens it to the network, where only keys protect it.
  WEIR_HOST: v.pipe(
    v.optional(v.string(), ''),
    v.transform((text) => (text.trim() === '' ? '127.0.0.1' : text.trim())),
    v.regex(/^[A-Za-z0-9.:_-]{1,255}$/, 'a host name or an IP address'),
  ),
  // The front's port. 0 takes any free one. Unset: 8080, or the next free one when 8080 is taken.
  WEIR_PORT: wholeNumber(DEFAULT_PORT, 0, 65_535),
  // Where everything embedded keeps its data, and where keys and import progress are kept. Needs a disk that honours fsync.
  WEIR_DATA: v.pipe(
    v.optional(v.string(), ''),
    v.transform((text) => resolve(text === '' ? '.weir' : text)),
  ),
  // Unset: an embedded ClickHouse engine in a process of its own, about 400 MB of memory.
  CLICKHOUSE_URL: backendUrl(['http:', 'https:'], 'a URL such as http://user:password@host:8123/database'),
  // Unset: a redis-server on a Unix socket. Its memory holds the events that wait to be stored.
  REDIS_URL: backendUrl(
    ['redis:', 'rediss:', 'unix:'],
    'a URL such as redis://user:password@host:6379/0 or unix:///path/to.sock?db=0',
  ),
  // Unset: an embedded PostgreSQL, about 60 MB of memory.
  DATABASE_URL: backendUrl(
    ['postgres:', 'postgresql:'],
    'a URL such as postgres://user:password@host:5432/database',
  ),
  // Keys of the project "default", made at the first start. Unset: generated and kept in WEIR_DATA/keys.json.
  WEIR_ADMIN_KEY: key,
  WEIR_READ_KEY: key,
  WEIR_WRITE_KEY: key,
  // What is logged. Each level below info costs a line a batch or more; silent hides failures too.
  WEIR_LOG: v.pipe(
    v.optional(v.string(), ''),
    v.transform((text) => (text === '' ? 'info' : text)),
    v.picklist(LOG_LEVELS, `one of ${LOG_LEVELS.join(', ')}`),
  ),
  // auto: uWebSockets.js, and node:http with a warning where its native part does not load. node answers about a third fewer requests.
  WEIR_TRANSPORT: v.pipe(
    v.optional(v.string(), ''),
    v.transform((text) => (text === '' ? 'auto' : text)),
    v.picklist(TRANSPORTS, `one of ${TRANSPORTS.join(', ')}`),
  ),
  // How long a live socket may leave pings unanswered before it is dropped. Shorter than what proxies in between wait for a byte.
  WEIR_SOCKET_IDLE: duration(60 * SECOND_MS, 8 * SECOND_MS, 15 * 60 * SECOND_MS, 'from 8s to 15m'),
  // Proxies in front of the front that report the client's address in X-Forwarded-For. 0 believes nobody; too many lets clients lie.
  WEIR_TRUST_PROXY: wholeNumber(0, 0, 10),
  // Streams in Redis. A project's events all pass through one of them; each costs a lease and two connections. Fixed at the first start.
  WEIR_PARTITIONS: wholeNumber(STREAM_DEFAULTS.partitions, 1, 1_024),
  // Entries that may wait in one partition before ingest answers 503. Each costs Redis about 300 bytes beside its body.
  WEIR_STREAM_ENTRIES_MAX: wholeNumber(STREAM_DEFAULTS.entriesMax, 1, 100_000_000),
  // Bytes of one project's payloads (body and 300 an entry) that may wait before it gets 503; a partition takes 1.25 times that in all.
  WEIR_STREAM_BYTES_MAX: size(STREAM_DEFAULTS.bytesMax, 1, 1024 * 1024 * MB, 'from 1 byte to 1024GB'),
  // How long an Idempotency-Key is remembered; about 300 bytes of Redis's memory a key.
  WEIR_IDEMPOTENCY_TTL: duration(STREAM_DEFAULTS.idempotencyTtlMs, SECOND_MS, 30 * DAY_MS, 'from 1s to 30d'),
  // A batch is stored when it has this many events, this many bytes, or is this old (less where storing is quick). Larger batches
  // cost memory and delay, smaller ones cost the engine a part each.
  WEIR_BATCH_ROWS: wholeNumber(50_000, 1, 1_000_000),
  WEIR_BATCH_BYTES: size(16 * MB, 1, 256 * MB, 'from 1 byte to 256MB'),
  WEIR_BATCH_AGE: duration(100, 0, 60 * SECOND_MS, 'from 0ms to 60s'),
  // How far back a repeated event_id is recognised: about 5 bytes of the worker's memory for each event in the window.
  WEIR_DEDUP_WINDOW: duration(7 * DAY_MS, 60 * SECOND_MS, 400 * DAY_MS, 'from 60s to 400d'),
  // How old the stored members of a cohort may become, which metrics read. Each refresh is a scan of what its criteria read.
  WEIR_COHORT_REFRESH: duration(15 * 60 * SECOND_MS, SECOND_MS, 30 * DAY_MS, 'from 1s to 30d'),
  // How often the books of closed hours are checked in the background, in minutes; a check reads two counts a project. 0: never.
  WEIR_INTEGRITY_CHECK_MINUTES: wholeNumber(60, 0, 1_440),
  // Threads that decode and validate; more than there are processors brings nothing. Unset: half of them.
  WEIR_THREADS: wholeNumber(Math.max(1, Math.min(8, Math.floor(availableParallelism() / 2))), 1, 128),
  // JavaScript heap of each of these threads, in MB; a thread that reaches it is replaced and its payload isolated.
  WEIR_THREAD_MEMORY_MB: wholeNumber(512, 64, 16_384),
  // refuse: webhooks may not reach this machine and private networks. allow: who may define routes may reach what this machine can.
  WEIR_WEBHOOK_PRIVATE: v.pipe(
    v.optional(v.string(), ''),
    v.transform((text) => (text === '' ? 'refuse' : text)),
    v.picklist(['refuse', 'allow'], 'refuse or allow'),
  ),
  // Where users' own stages lie. Unset: the folder "plugins" in WEIR_DATA. Plugins run in a process for each thread, about 60 MB.
  WEIR_PLUGINS: v.optional(v.string(), ''),
  // How long one plugin may take over one event before it is stopped; a batch with such an event waits twice as long.
  WEIR_PLUGIN_TIMEOUT: duration(SECOND_MS, 50, 10 * SECOND_MS, 'from 50ms to 10s'),
  // What the plugins of a thread may take of memory, in MB.
  WEIR_PLUGIN_MEMORY_MB: wholeNumber(64, 16, 4_096),
});

export interface Config {
  host: string;
  port: number;
  /** False when the port is the default's, which may give way to the next free one. */
  portIsChosen: boolean;
  /** Absolute path of the data folder. */
  dataFolder: string;
  /** Undefined: embedded. */
  clickhouseUrl: string | undefined;
  redisUrl: string | undefined;
  databaseUrl: string | undefined;
  keys: { admin: string | undefined; read: string | undefined; write: string | undefined };
  logLevel: LogLevel;
  transport: TransportName;
  socketIdleMs: number;
  /** How many proxies are trusted to report the client's address. */
  trustedProxies: number;
  stream: StreamOptions;
  batch: { rowsMax: number; bytesMax: number; ageMs: number };
  dedupWindowMs: number;
  /** 0: the books are not checked in the background. */
  integrityCheckMs: number;
  cohortRefreshMs: number;
  threads: number;
  threadMemoryMb: number;
  /** `allowPrivate`: webhooks may reach private addresses. */
  webhooks: { allowPrivate: boolean };
  /** `folder` is an absolute path. */
  plugins: { folder: string; timeoutMs: number; memoryMb: number };
  /** Set by `weir up` for its ingest: the name of the place that its ingest processes take one after the other. */
  seat: string | undefined;
}

/** Wrong settings, all of them. The message is ready to be printed. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

/** A value as it may be shown: keys not at all, URLs without their password. */
function maskValue(name: string, value: string): string {
  if (name.endsWith('_KEY')) return `a key of ${value.length} characters`;
  return JSON.stringify(value.replace(/:\/\/[^@/]*@/, '://***@'));
}

function describeProblem(issue: v.BaseIssue<unknown>, env: Environment): string {
  const name = v.getDotPath(issue) ?? '';
  return `${name} is ${maskValue(name, env[name] ?? '')}; allowed: ${issue.message}.`;
}

/** Names that begin like settings and are read elsewhere: by the command line, between our own processes, by tests. */
const OTHER_NAMES = [
  'WEIR_URL',
  'WEIR_KEY',
  'WEIR_ENGINE_PORT',
  'WEIR_ENGINE_PASSWORD',
  'WEIR_SEAT',
  'WEIR_HELD',
  'WEIR_FAULT',
];

/** Sentences about variables that look like settings and are none: a mistyped name would otherwise do nothing, silently. */
export function findUnknownSettings(env: Environment): string[] {
  const known = [...Object.keys(Settings.entries), ...OTHER_NAMES];
  const unknown = Object.keys(env).filter((name) => name.startsWith('WEIR_') && !known.includes(name));
  return unknown.map((name) => {
    const near = findNearest(name, known);
    return `${name} is set and is no setting${near ? `; did you mean ${near}?` : ''}`;
  });
}

/** Reads all settings. Throws ConfigError naming each wrong one with its value and what is allowed. */
export function loadConfig(env: Environment): Config {
  const parsed = v.safeParse(Settings, env);
  if (!parsed.success) throw new ConfigError(parsed.issues.map((issue) => describeProblem(issue, env)));
  const settings = parsed.output;
  return {
    host: settings.WEIR_HOST,
    port: settings.WEIR_PORT,
    portIsChosen: (env.WEIR_PORT ?? '') !== '',
    dataFolder: settings.WEIR_DATA,
    clickhouseUrl: settings.CLICKHOUSE_URL,
    redisUrl: settings.REDIS_URL,
    databaseUrl: settings.DATABASE_URL,
    keys: { admin: settings.WEIR_ADMIN_KEY, read: settings.WEIR_READ_KEY, write: settings.WEIR_WRITE_KEY },
    logLevel: settings.WEIR_LOG,
    transport: settings.WEIR_TRANSPORT,
    socketIdleMs: settings.WEIR_SOCKET_IDLE,
    trustedProxies: settings.WEIR_TRUST_PROXY,
    stream: {
      ...STREAM_DEFAULTS,
      partitions: settings.WEIR_PARTITIONS,
      entriesMax: settings.WEIR_STREAM_ENTRIES_MAX,
      bytesMax: settings.WEIR_STREAM_BYTES_MAX,
      idempotencyTtlMs: settings.WEIR_IDEMPOTENCY_TTL,
    },
    batch: {
      rowsMax: settings.WEIR_BATCH_ROWS,
      bytesMax: settings.WEIR_BATCH_BYTES,
      ageMs: settings.WEIR_BATCH_AGE,
    },
    dedupWindowMs: settings.WEIR_DEDUP_WINDOW,
    integrityCheckMs: settings.WEIR_INTEGRITY_CHECK_MINUTES * 60_000,
    cohortRefreshMs: settings.WEIR_COHORT_REFRESH,
    threads: settings.WEIR_THREADS,
    threadMemoryMb: settings.WEIR_THREAD_MEMORY_MB,
    webhooks: { allowPrivate: settings.WEIR_WEBHOOK_PRIVATE === 'allow' },
    plugins: {
      folder: resolve(
        settings.WEIR_PLUGINS === '' ? join(settings.WEIR_DATA, 'plugins') : settings.WEIR_PLUGINS,
      ),
      timeoutMs: settings.WEIR_PLUGIN_TIMEOUT,
      memoryMb: settings.WEIR_PLUGIN_MEMORY_MB,
    },
    seat: env.WEIR_SEAT === '' ? undefined : env.WEIR_SEAT,
  };
}
