/**
 * The connection to PostgreSQL, where everything small and precious lives: projects, keys, definitions. The only importer of
 * `pg`. Statements are files under sql/postgres/, values are bound.
 *
 * A pool that lost its server throws MetadataError (retryable) for each call and recovers by itself. `listen` holds a
 * connection of its own: it is told of changes by NOTIFY, and told to look again after every reconnection, because what was
 * notified meanwhile is lost.
 */
import pg from 'pg';
import { toMetadataError } from './failure.js';

/** Connections of one process. Postgres has 100 by default; a front and a worker share it with others. */
const POOL_MAX = 8;
/** How long a call waits for a connection before it fails: what a request waits at most when Postgres is away. */
const CONNECT_TIMEOUT_MS = 3_000;
/** How long one statement may run. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** Pause before a lost listening connection is made again. */
const LISTEN_RETRY_MS = 500;

export interface Run {
  /** Runs one statement. Throws MetadataError; `code` is the SQLSTATE. */
  query<Row extends object>(statement: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Metadata extends Run {
  /** Runs `work` in one transaction; rolled back when it throws. */
  transaction<T>(work: (run: Run) => Promise<T>): Promise<T>;
  /**
   * Calls `onChange` with the payload of each NOTIFY on the channel, and with '' at every (re)connection.
   * Returns a function that stops listening.
   */
  listen(channel: string, onChange: (payload: string) => void): () => Promise<void>;
  /** Calls that wait for a connection at this moment: all that the process may have are in use. */
  callsWaiting(): number;
  /** Throws MetadataError when Postgres does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

async function runOn<Row extends object>(
  connection: pg.Pool | pg.PoolClient,
  statement: string,
  values: readonly unknown[],
): Promise<Row[]> {
  try {
    return (await connection.query<Row>(statement, [...values])).rows;
  } catch (error) {
    throw toMetadataError(error);
  }
}

async function runTransaction<T>(pool: pg.Pool, work: (run: Run) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toMetadataError(error);
  });
  let broken: Error | undefined;
  try {
    await runOn(client, 'begin', []);
    const result = await work({ query: (statement, values = []) => runOn(client, statement, values) });
    await runOn(client, 'commit', []);
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    // A connection that could not roll back is not given to the next.
    client.release(broken);
  }
}

/** Opens a pool. Returns at once; connections are made when first needed. */
export function createMetadata(url: string, options: { onError?: (error: Error) => void } = {}): Metadata {
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'weir',
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...settings, max: POOL_MAX, statement_timeout: STATEMENT_TIMEOUT_MS });
  // Without a listener the loss of an idle connection would end the process.
  pool.on('error', (error) => options.onError?.(error));
  const listeners = new Set<() => Promise<void>>();

  function listen(channel: string, onChange: (payload: string) => void): () => Promise<void> {
    let stopped = false;
    let client: pg.Client | undefined;
    let timer: NodeJS.Timeout | undefined;
    const retry = (): void => {
      if (stopped || timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        void connect();
      }, LISTEN_RETRY_MS);
    };
    const connect = async (): Promise<void> => {
      const next = new pg.Client(settings);
      client = next;
      next.on('error', (error) => options.onError?.(error));
      next.on('end', retry);
      next.on('notification', (message) => onChange(message.payload ?? ''));
      try {
        await next.connect();
        await next.query(`listen ${next.escapeIdentifier(channel)}`);
        onChange('');
      } catch (error) {
        options.onError?.(toMetadataError(error));
        next.end().catch(() => {});
        retry();
      }
    };
    void connect();
    const stop = async (): Promise<void> => {
      stopped = true;
      clearTimeout(timer);
      listeners.delete(stop);
      await client?.end().catch(() => {});
    };
    listeners.add(stop);
    return stop;
  }

  return {
    query: (statement, values = []) => runOn(pool, statement, values),
    transaction: (work) => runTransaction(pool, work),
    listen,
    callsWaiting: () => pool.waitingCount,
    async ping() {
      await runOn(pool, 'select 1', []);
    },
    async close() {
      await Promise.all([...listeners].map((stop) => stop()));
      await pool.end();
    },
  };
}
