/**
 * One connection to Redis that never hangs its caller.
 *
 * - Not connected: a command fails at once with a StreamError (retryable). There is no offline queue, so a front can
 *   answer 503 immediately; the connection comes back by itself (backoff from 50 ms to RECONNECT_MAX_MS).
 * - Connected but silent (a stopped process, a full disk): a command fails after its timeout, and until any reply
 *   arrives the following ones fail at once as `redis_stalled` instead of each waiting out its own timeout.
 * - Commands are pipelined by the library: those of one turn of the event loop share a write, and Redis syncs its
 *   append-only file once for all it executed together.
 *
 * A command that failed by timeout or by a lost connection may have been executed: callers decide what that means.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createClient, ErrorReply, RESP_TYPES, type RedisArgument } from 'redis';
import { StreamError } from '../errors.js';

/** Longest pause between attempts to reconnect: what a restarted Redis waits at most before it is noticed. */
const RECONNECT_MAX_MS = 1_000;
/** How long a command may stay unanswered. A front's request waits this long when Redis hangs, once. */
const COMMAND_TIMEOUT_MS = 3_000;
/** A connection silent for this long is dropped and made anew: a vanished host, a half-open socket. */
const SILENCE_MAX_MS = 8_000;
/** How often an idle connection is spoken to, so that silence means something. */
const PING_INTERVAL_MS = 2_000;
/** Commands in flight on one connection; beyond it they are refused. Each holds its arguments in memory. */
const QUEUE_MAX = 20_000;

/** Replies of Redis itself that pass with time: loading, busy script, disk, memory, failover. */
const RETRYABLE_REPLIES = new Set([
  'LOADING',
  'BUSY',
  'MISCONF',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'NOREPLICAS',
]);

/** A Lua script: its text, and the digest Redis knows it by. */
export interface RedisScript {
  readonly source: string;
  readonly sha: string;
}

/** Reads a script from an absolute path. Call it once, at module load. */
export function loadScript(path: string): RedisScript {
  const source = readFileSync(path, 'utf8');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

export interface CommandOptions {
  /** Replies' strings as Buffers instead of text. */
  binary?: boolean;
  /** Milliseconds until the command is given up; 0 for blocking reads, which end by themselves. */
  timeoutMs?: number;
}

export interface Redis {
  /** Sends one command. Throws StreamError. */
  command<T>(args: readonly RedisArgument[], options?: CommandOptions): Promise<T>;
  /** Runs a script by digest, loading it when Redis does not know it. Throws StreamError. */
  script<T>(
    script: RedisScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
    options?: CommandOptions,
  ): Promise<T>;
  /** Another connection to the same place, for blocking reads. */
  duplicate(): Redis;
  /** True while commands can be sent. */
  readonly isReady: boolean;
  /** Resolves when connected; throws StreamError `redis_down` after `timeoutMs`. */
  waitReady(timeoutMs: number): Promise<void>;
  /** Calls back at every (re)connection. Returns a function that stops it. */
  onReady(listener: () => void): () => void;
  /** Waits for commands in flight, at most a second, and disconnects. */
  close(): Promise<void>;
}

function toStreamError(error: unknown): StreamError {
  if (error instanceof StreamError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ErrorReply) {
    const code = /^[A-Z]+/.exec(message)?.[0] ?? 'ERR';
    return new StreamError(`Redis refused: ${message}`, code, RETRYABLE_REPLIES.has(code), { cause: error });
  }
  return new StreamError(`Redis cannot be reached: ${message}`, 'redis_down', true, { cause: error });
}

function createLibraryClient(url: string) {
  return createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: QUEUE_MAX,
    maintNotifications: 'disabled',
    disableClientInfo: true,
    pingInterval: PING_INTERVAL_MS,
    socket: {
      socketTimeout: SILENCE_MAX_MS,
      connectTimeout: COMMAND_TIMEOUT_MS,
      reconnectStrategy: (retries: number) => Math.min(50 * 2 ** Math.min(retries, 10), RECONNECT_MAX_MS),
    },
  });
}

/**
 * Opens a connection to `redis://…`, `rediss://…` or `unix:///path?db=N`. Returns at once; the connection is made,
 * and made again, in the background. A URL that cannot be read throws StreamError `redis_url`.
 */
export function createRedis(url: string, options: { onError?: (error: Error) => void } = {}): Redis {
  let client: ReturnType<typeof createLibraryClient>;
  try {
    client = createLibraryClient(url);
  } catch (cause) {
    throw new StreamError('REDIS_URL is not a Redis URL', 'redis_url', false, { cause });
  }
  const readyListeners = new Set<() => void>();
  let stalled = false;
  let closed = false;
  client.on('error', (error: Error) => options.onError?.(error));
  client.on('ready', () => {
    stalled = false;
    for (const listener of readyListeners) listener();
  });
  // The library retries by itself; a rejection here only says that close() came first.
  client.connect().catch(() => {});

  function settle<T>(reply: Promise<T>, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs > 0
          ? setTimeout(() => {
              stalled = true;
              reject(new StreamError(`Redis did not answer in ${timeoutMs} ms`, 'redis_timeout', true));
            }, timeoutMs)
          : undefined;
      reply.then(
        (value) => {
          clearTimeout(timer);
          stalled = false;
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          if (error instanceof ErrorReply) stalled = false;
          reject(toStreamError(error));
        },
      );
    });
  }

  function send<T>(args: readonly RedisArgument[], commandOptions: CommandOptions = {}): Promise<T> {
    if (stalled) return Promise.reject(new StreamError('Redis does not answer', 'redis_stalled', true));
    const typeMapping = commandOptions.binary ? { [RESP_TYPES.BLOB_STRING]: Buffer } : {};
    return settle(
      client.sendCommand<T>(args, { typeMapping }),
      commandOptions.timeoutMs ?? COMMAND_TIMEOUT_MS,
    );
  }

  return {
    command: send,
    async script(script, keys, args, commandOptions) {
      const rest = [String(keys.length), ...keys, ...args];
      try {
        return await send(['EVALSHA', script.sha, ...rest], commandOptions);
      } catch (error) {
        if (!(error instanceof StreamError) || error.code !== 'NOSCRIPT') throw error;
        return send(['EVAL', script.source, ...rest], commandOptions);
      }
    },
    duplicate: () => createRedis(url, options),
    get isReady() {
      return client.isReady && !stalled;
    },
    waitReady(timeoutMs) {
      if (client.isReady) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          readyListeners.delete(listener);
          reject(new StreamError(`Redis cannot be reached in ${timeoutMs} ms`, 'redis_down', true));
        }, timeoutMs);
        const listener = () => {
          clearTimeout(timer);
          readyListeners.delete(listener);
          resolve();
        };
        readyListeners.add(listener);
      });
    },
    onReady(listener) {
      readyListeners.add(listener);
      return () => readyListeners.delete(listener);
    },
    async close() {
      if (closed) return;
      closed = true;
      readyListeners.clear();
      if (client.isReady && !stalled) {
        let timer: NodeJS.Timeout | undefined;
        const limit = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, 1_000);
        });
        await Promise.race([client.close().catch(() => {}), limit]);
        clearTimeout(timer);
      }
      client.destroy();
    },
  };
}
