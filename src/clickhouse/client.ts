/**
 * ClickHouse for every other room, embedded or a server: statements with bound values, settings that end with the
 * statement, rows parsed without losing digits, inserts of ready-made Native blocks, and errors one can decide by.
 *
 * Each call has a time limit. At its end, or when the caller's signal fires, the connection of that call is closed,
 * upon which ClickHouse ends the statement; `max_execution_time` tells it the same beforehand.
 */
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { EXCEPTION_BYTES_MAX, readExceptionBlock } from './error.js';
import { parseJson } from './json.js';
import { createLimit, type Limit } from './limit.js';
import { quoteName, quoteText } from './name.js';
import type {
  CallOptions,
  ClickHouse,
  ClickHouseOptions,
  InsertOptions,
  QueryResult,
  Settings,
  SettingValue,
} from './types.js';

/** Time limits of a call, unless it brings its own. Inserts and schema changes wait for the disk, and behind other work. */
const QUERY_TIMEOUT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 600_000;
const INSERT_TIMEOUT_MS = 300_000;

/** Longest time without a byte from the server; above every time limit of a call, which come first. */
const SOCKET_TIMEOUT_MS = 3_600_000;

/** Connections of one client. Each running call holds one; more calls wait for one to become free. */
const CONNECTIONS_MAX = 32;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export type {
  BlockColumn,
  CallOptions,
  ClickHouse,
  ClickHouseOptions,
  InsertOptions,
  QueryResult,
  Settings,
  SettingValue,
  Statistics,
} from './types.js';

interface JsonAnswer<T> {
  data: T[];
  statistics?: { elapsed: number; rows_read: number; bytes_read: number };
}

const toText = (value: SettingValue): string =>
  typeof value === 'boolean' ? (value ? '1' : '0') : String(value);

function printSettings(settings: Settings): Record<string, string> {
  const entries = Object.entries(settings).filter(
    (entry): entry is [string, SettingValue] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, toText(value)]));
}

function readUrl(url: string): {
  origin: string;
  username: string;
  password: string;
  database: string;
  local: boolean;
} {
  const { protocol, host, hostname, username, password, pathname } = new URL(url);
  return {
    origin: `${protocol}//${host}`,
    username: decodeURIComponent(username) || 'default',
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)) || 'weir',
    local: LOOPBACK.test(hostname),
  };
}

/** The server's own limit, in whole seconds: below one second only this side's limit holds. */
const limitSeconds = (timeoutMs: number): string => String(Math.max(1, Math.ceil(timeoutMs / 1_000)));

async function drain(stream: Readable): Promise<void> {
  for await (const _ of stream);
}

/** The chunks of a raw result; throws the engine's own error when the result was broken off because of one. */
async function* readWhole(stream: Readable, limit: Limit): AsyncGenerator<Buffer, void, void> {
  let tail: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      tail = Buffer.concat([tail, chunk]).subarray(-EXCEPTION_BYTES_MAX);
      yield chunk;
    }
  } catch (error) {
    throw readExceptionBlock(tail) ?? limit.explain(error);
  }
}

/** Settings of every insert: written before it is answered, and dropped when its token was there before. */
function insertSettings(options: InsertOptions): Record<string, string> {
  const settings = { async_insert: '0', ...printSettings(options.settings ?? {}) };
  if (options.token === undefined) return settings;
  return { ...settings, insert_deduplicate: '1', insert_deduplication_token: options.token };
}

/**
 * A client of the ClickHouse behind `url`, `http(s)://user:password@host:port/database`. Opens connections when they are
 * needed. Over loopback nothing is compressed: it costs more time there than it saves.
 */
export function createClickHouse(url: string, options: ClickHouseOptions = {}): ClickHouse {
  const { origin, username, password, database, local } = readUrl(url);
  const closing = new AbortController();
  const connect = (to: string): ClickHouseClient =>
    createClient({
      url: origin,
      username,
      password,
      database: to,
      application: options.application ?? 'weir',
      request_timeout: SOCKET_TIMEOUT_MS,
      max_open_connections: options.connectionsMax ?? CONNECTIONS_MAX,
      compression: { request: !local, response: !local },
      clickhouse_settings: printSettings(options.settings ?? {}),
      log: { level: ClickHouseLogLevel.OFF },
    });
  const client = connect(database);

  const startCall = (call: CallOptions, fallbackMs: number) => {
    const timeoutMs = call.timeoutMs ?? fallbackMs;
    const limit = createLimit(timeoutMs, [call.signal, closing.signal]);
    const settings: Record<string, string> = {
      max_execution_time: limitSeconds(timeoutMs),
      ...printSettings(call.settings ?? {}),
    };
    const shared = {
      abort_signal: limit.signal,
      clickhouse_settings: settings,
      ...(call.queryId === undefined ? {} : { query_id: call.queryId }),
      ...(call.params === undefined ? {} : { query_params: { ...call.params } }),
    };
    return { limit, shared };
  };

  const runInsert = async (
    call: InsertOptions,
    insert: (shared: {
      clickhouse_settings: Record<string, string>;
      abort_signal: AbortSignal;
    }) => Promise<unknown>,
  ): Promise<void> => {
    const limit = createLimit(call.timeoutMs ?? INSERT_TIMEOUT_MS, [call.signal, closing.signal]);
    try {
      await insert({ clickhouse_settings: insertSettings(call), abort_signal: limit.signal });
    } catch (error) {
      throw limit.explain(error);
    }
  };

  const insertBlock = (statement: string, block: Uint8Array, call: InsertOptions): Promise<void> =>
    runInsert(call, async (shared) => {
      const values = Readable.from([block], { objectMode: false });
      const { stream } = await client.exec({ query: `${statement} format Native`, values, ...shared });
      await drain(stream);
    });

  const runCommand = async (using: ClickHouseClient, sql: string, call: CallOptions): Promise<void> => {
    const { limit, shared } = startCall(call, COMMAND_TIMEOUT_MS);
    try {
      await using.command({ query: sql, ...shared });
    } catch (error) {
      throw limit.explain(error);
    }
  };

  return {
    database,
    async query<T>(sql: string, call: CallOptions = {}): Promise<QueryResult<T>> {
      const { limit, shared } = startCall(call, QUERY_TIMEOUT_MS);
      try {
        const result = await client.query({ query: sql, format: 'JSON', ...shared });
        const { data, statistics } = parseJson(await result.text()) as JsonAnswer<T>;
        return {
          rows: data,
          statistics: {
            rowsRead: statistics?.rows_read ?? 0,
            bytesRead: statistics?.bytes_read ?? 0,
            elapsedMs: (statistics?.elapsed ?? 0) * 1_000,
          },
        };
      } catch (error) {
        throw limit.explain(error);
      }
    },
    async *queryStream<T>(sql: string, call: CallOptions = {}): AsyncGenerator<T[], void, void> {
      const { limit, shared } = startCall(call, QUERY_TIMEOUT_MS);
      try {
        const result = await client.query({ query: sql, format: 'JSONEachRow', ...shared });
        const stream = result.stream();
        for await (const rows of stream) yield rows.map((row: { text: string }) => parseJson(row.text) as T);
      } catch (error) {
        throw limit.explain(error);
      }
    },
    async queryRaw(sql, format, call = {}) {
      const { limit, shared } = startCall(call, QUERY_TIMEOUT_MS);
      try {
        const settings: Record<string, string> = { ...shared.clickhouse_settings, default_format: format };
        const { stream } = await client.exec({ query: sql, ...shared, clickhouse_settings: settings });
        return Readable.from(readWhole(stream, limit), { objectMode: false });
      } catch (error) {
        throw limit.explain(error);
      }
    },
    insertNative: (table, columns, block, call = {}) =>
      insertBlock(`insert into ${quoteName(table)} (${columns.map(quoteName).join(', ')})`, block, call),
    insertKept(table, columns, block, call = {}) {
      const names = columns.map(({ name }) => quoteName(name)).join(', ');
      const structure = [...columns, { name: 'keep', type: 'UInt8' }].map(
        ({ name, type }) => `${quoteName(name)} ${type}`,
      );
      const source = `input(${quoteText(structure.join(', '))})`;
      return insertBlock(
        `insert into ${quoteName(table)} (${names}) select ${names} from ${source} where keep`,
        block,
        call,
      );
    },
    insertRows: (table, rows, call = {}) =>
      runInsert(call, (shared) =>
        client.insert({ table: quoteName(table), values: [...rows], format: 'JSONEachRow', ...shared }),
      ),
    command: (sql, call = {}) => runCommand(client, sql, call),
    async ping(timeoutMs = QUERY_TIMEOUT_MS) {
      await runCommand(client, 'select 1', { timeoutMs });
    },
    async createDatabase() {
      const admin = connect('default');
      try {
        await runCommand(admin, `create database if not exists ${quoteName(database)}`, {});
      } finally {
        await admin.close();
      }
    },
    async close() {
      closing.abort();
      await client.close();
    },
  };
}
