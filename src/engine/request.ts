/**
 * A request as ClickHouse's HTTP interface understands it: who asks, for which database, with which settings and
 * parameters, how the answer is wanted. URL parameters that mean something to the interface itself are read here; every
 * other one is a setting for the statement.
 */
import type { IncomingMessage } from 'node:http';
import { createFailure } from './failure.js';
import { quoteName, quoteString } from './lexer.js';
import { STATEMENT_HEAD_BYTES } from './limits.js';

export interface Credentials {
  user: string;
  password: string;
}

export interface EngineRequest {
  /** The statement, or its beginning: the body follows after a line break. */
  query: string;
  queryId: string | undefined;
  credentials: Credentials;
  database: string | undefined;
  defaultFormat: string;
  settings: ReadonlyMap<string, string>;
  params: ReadonlyMap<string, string>;
  /** The whole result before its first byte, so that the status is that of the whole statement. */
  waitEndOfQuery: boolean;
  /** Whether the answer may be compressed, and the level for gzip and deflate. */
  compressAnswer: boolean;
  zlibLevel: number;
  contentEncoding: string;
  /** Longest statement the engine will read, by its own setting. */
  maxQueryBytes: number;
  acceptEncoding: string;
}

const SETTING_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;
const PARAM_NAME = /^[A-Za-z0-9_]{1,200}$/;
const QUERY_ID = /^[\x20-\x7e]{1,256}$/;
const FORMAT_NAME = /^[A-Za-z][A-Za-z0-9]{0,99}$/;

const DEFAULT_FORMAT = 'TabSeparated';
const ZLIB_LEVEL = 3;

/** Of the interface itself, accepted and without effect here: buffering is this server's own business. */
const IGNORED = new Set([
  'buffer_size',
  'close_session',
  'quota_key',
  'session_check',
  'session_timeout',
  'stacktrace',
  'client_protocol_version',
]);

const isTrue = (value: string | undefined): boolean => value === '1' || value === 'true';

function parseBasic(header: string | undefined): Credentials | undefined {
  const match = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '');
  if (!match) return undefined;
  const [, user = '', password = ''] = /^([^:]*):?([\s\S]*)$/.exec(
    Buffer.from(match[1]!, 'base64').toString(),
  )!;
  return { user, password };
}

/** As ClickHouse does: the X- headers, else the Authorization header, else the URL, else the user `default`. */
function readCredentials(request: IncomingMessage, url: URLSearchParams): Credentials {
  const header = (name: string): string | undefined => request.headers[name]?.toString();
  const user = header('x-clickhouse-user');
  const key = header('x-clickhouse-key');
  if (user !== undefined || key !== undefined) return { user: user ?? 'default', password: key ?? '' };
  const basic = parseBasic(request.headers.authorization);
  if (basic) return basic;
  return { user: url.get('user') ?? 'default', password: url.get('password') ?? '' };
}

/** What no embedded engine can do, said plainly instead of doing something else. */
function refuseUnsupported(url: URLSearchParams, request: IncomingMessage): void {
  if (url.get('session_id'))
    throw createFailure(
      48,
      'Sessions (session_id) are not supported by the embedded engine: every request stands alone.',
    );
  for (const name of ['compress', 'decompress']) {
    if (isTrue(url.get(name) ?? undefined))
      throw createFailure(
        48,
        `${name}=1 (ClickHouse's own block compression) is not supported: use Content-Encoding and Accept-Encoding with enable_http_compression=1.`,
      );
  }
  if (url.get('role')) throw createFailure(511, 'Roles are not supported by the embedded engine.');
  if (request.headers['content-type']?.startsWith('multipart/form-data'))
    throw createFailure(48, 'External data (multipart/form-data) is not supported by the embedded engine.');
}

function check(name: string, value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw createFailure(36, `Invalid value of ${name}.`);
  return value;
}

function readSetting(settings: Map<string, string>, name: string, value: string): void {
  if (!SETTING_NAME.test(name)) throw createFailure(115, `Unknown setting ${quoteString(name)}.`);
  if (name === 'dialect' && value !== 'clickhouse')
    throw createFailure(48, 'Only the clickhouse dialect is supported by the embedded engine.');
  settings.set(name, value);
}

/** The parts of the URL's query string that are statements, credentials and switches; the rest goes into `settings`. */
const SWITCHES = new Set([
  'query',
  'query_id',
  'user',
  'password',
  'database',
  'default_format',
  'session_id',
  'compress',
  'decompress',
  'role',
  'wait_end_of_query',
  'enable_http_compression',
  'http_zlib_compression_level',
]);

/** Reads everything but the body. Throws a Failure in ClickHouse's words for what is wrong or not supported. */
export function readRequest(request: IncomingMessage, url: URLSearchParams): EngineRequest {
  const settings = new Map<string, string>();
  const params = new Map<string, string>();
  refuseUnsupported(url, request);
  for (const [name, value] of url) {
    if (SWITCHES.has(name) || IGNORED.has(name)) continue;
    if (name.startsWith('param_')) params.set(check('a parameter name', name.slice(6), PARAM_NAME), value);
    else readSetting(settings, name, value);
  }
  // A GET must not change anything, as with a ClickHouse server.
  if (request.method !== 'POST' && !settings.has('readonly')) settings.set('readonly', '2');
  const queryId = url.get('query_id') ?? request.headers['x-clickhouse-query-id']?.toString();
  const format = url.get('default_format') ?? request.headers['x-clickhouse-format']?.toString();
  const level = Number(url.get('http_zlib_compression_level') ?? ZLIB_LEVEL);
  return {
    query: url.get('query') ?? '',
    queryId: queryId ? check('query_id', queryId, QUERY_ID) : undefined,
    credentials: readCredentials(request, url),
    database: url.get('database') ?? request.headers['x-clickhouse-database']?.toString(),
    defaultFormat: format ? check('default_format', format, FORMAT_NAME) : DEFAULT_FORMAT,
    settings,
    params,
    waitEndOfQuery: isTrue(url.get('wait_end_of_query') ?? undefined),
    compressAnswer: isTrue(url.get('enable_http_compression') ?? undefined),
    zlibLevel: level >= 1 && level <= 9 ? level : ZLIB_LEVEL,
    maxQueryBytes: Number(settings.get('max_query_size') ?? STATEMENT_HEAD_BYTES) || Number.POSITIVE_INFINITY,
    contentEncoding: (request.headers['content-encoding'] ?? '').toLowerCase(),
    acceptEncoding: (request.headers['accept-encoding'] ?? '').toString().toLowerCase(),
  };
}

/**
 * The statements that give a fresh session, which is in database `current`, the request's database, settings and
 * parameters; empty when there is nothing to do. `readonly` comes last: it forbids setting anything after it. Parameter
 * values are in ClickHouse's escaped text form already, as in the URL.
 */
export function printPreparation(
  request: EngineRequest,
  database: string,
  current: string | undefined,
): string {
  const set = (name: string, value: string): string => `${name} = ${quoteString(value)}`;
  const readonly = request.settings.get('readonly');
  const assignments = [
    ...[...request.settings].filter(([name]) => name !== 'readonly').map(([name, value]) => set(name, value)),
    ...[...request.params].map(([name, value]) => set(`param_${name}`, value)),
    ...(readonly === undefined ? [] : [set('readonly', readonly)]),
  ];
  const wanted = request.database || database;
  const statements = wanted === current ? [] : [`use ${quoteName(wanted)}`];
  if (assignments.length > 0) statements.push(`set ${assignments.join(', ')}`);
  return statements.join('; ');
}
