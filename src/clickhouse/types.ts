/** What the other rooms see of ClickHouse. */
import type { Readable } from 'node:stream';

export type SettingValue = string | number | boolean;
export type Settings = Readonly<Record<string, SettingValue | undefined>>;

export interface CallOptions {
  /** Values of `{name:Type}` in the statement. */
  params?: Readonly<Record<string, unknown>>;
  /** ClickHouse settings of this statement alone. */
  settings?: Settings;
  /** Names the statement in the server's logs; two at once with one id are refused. */
  queryId?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface Statistics {
  /** Rows and uncompressed bytes ClickHouse had to read. */
  rowsRead: number;
  bytesRead: number;
  /** Inside ClickHouse. */
  elapsedMs: number;
}

export interface QueryResult<T> {
  rows: T[];
  statistics: Statistics;
}

export interface InsertOptions {
  /** A second insert with the same token into the same table is dropped, within the table's deduplication window. */
  token?: string;
  settings?: Settings;
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** A column of a Native block and its ClickHouse type. */
export interface BlockColumn {
  name: string;
  type: string;
}

export interface ClickHouse {
  readonly database: string;
  /** Runs a statement without a `format` clause and gives its rows as objects. Throws EngineError. */
  query<T>(sql: string, options?: CallOptions): Promise<QueryResult<T>>;
  /** Rows in groups as they arrive, in bounded memory. Leaving the loop ends the statement. Throws EngineError. */
  queryStream<T>(sql: string, options?: CallOptions): AsyncGenerator<T[], void, void>;
  /** The bytes of the result in any format ClickHouse knows. An error half-way is an error event of the stream. */
  queryRaw(sql: string, format: string, options?: CallOptions): Promise<Readable>;
  /** Inserts one Native block as it is. `columns` are the block's, in its order. Throws EngineError. */
  insertNative(
    table: string,
    columns: readonly string[],
    block: Uint8Array,
    options?: InsertOptions,
  ): Promise<void>;
  /**
   * As insertNative, but only the rows whose `keep`, a UInt8 column the block has after `columns`, is not 0. Throws
   * EngineError.
   */
  insertKept(
    table: string,
    columns: readonly BlockColumn[],
    block: Uint8Array,
    options?: InsertOptions,
  ): Promise<void>;
  /** Inserts objects by their keys, as JSON; for few rows. Throws EngineError. */
  insertRows(table: string, rows: readonly object[], options?: InsertOptions): Promise<void>;
  /** Runs a statement without an answer. Throws EngineError. */
  command(sql: string, options?: CallOptions): Promise<void>;
  /** Resolves when ClickHouse answers a statement and accepts the credentials. Throws EngineError. */
  ping(timeoutMs?: number): Promise<void>;
  /** Makes the database of this client when it is missing. */
  createDatabase(): Promise<void>;
  /** Ends running calls and closes the connections. */
  close(): Promise<void>;
}

export interface ClickHouseOptions {
  /** Settings of every statement. */
  settings?: Settings;
  connectionsMax?: number;
  /** Named in ClickHouse's logs. */
  application?: string;
}
