/**
 * What went wrong at the engine, as an EngineError. Whether it is worth trying again is decided here, by code, for every
 * caller.
 */
import { ClickHouseError, parseError } from '@clickhouse/client';
import { EngineError } from '../errors.js';

/**
 * ClickHouse's codes for trouble that passes by itself. Trying again is safe for inserts too: each carries a token, so
 * one that did arrive is dropped the second time.
 */
const RETRYABLE_CODES: ReadonlyMap<string, string> = new Map([
  ['159', 'TIMEOUT_EXCEEDED'],
  ['160', 'TOO_SLOW'],
  ['202', 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  ['209', 'SOCKET_TIMEOUT'],
  ['210', 'NETWORK_ERROR'],
  ['225', 'NO_ZOOKEEPER'],
  ['236', 'ABORTED'],
  ['241', 'MEMORY_LIMIT_EXCEEDED'],
  ['242', 'TABLE_IS_READ_ONLY'],
  ['243', 'NOT_ENOUGH_SPACE'],
  ['252', 'TOO_MANY_PARTS'],
  ['279', 'ALL_CONNECTION_TRIES_FAILED'],
  ['285', 'TOO_FEW_LIVE_REPLICAS'],
  ['319', 'UNKNOWN_STATUS_OF_INSERT'],
  ['425', 'SYSTEM_ERROR'],
  ['439', 'CANNOT_SCHEDULE_TASK'],
  ['473', 'DEADLOCK_AVOIDED'],
  ['745', 'SERVER_OVERLOADED'],
  ['999', 'KEEPER_EXCEPTION'],
]);

/** Codes of our own, for what never reached the engine or never came back from it. */
export const TIMEOUT_CODE = 'TIMEOUT';
export const CANCELLED_CODE = 'CANCELLED';
const UNREACHABLE_CODE = 'UNREACHABLE';

const codeOf = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code !== '' ? error.code : undefined;
};

/**
 * The EngineError behind whatever the client threw. ClickHouse's own refusals carry its number as text, socket troubles
 * Node's code (`ECONNREFUSED`), and both keep what was thrown as their cause.
 */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ClickHouseError) {
    const text = `${error.message.trim()} (${error.type ?? error.code})`;
    return new EngineError(text, error.code, RETRYABLE_CODES.has(error.code), { cause: error });
  }
  const code = codeOf(error);
  return new EngineError(`ClickHouse could not be reached: ${message}`, code ?? UNREACHABLE_CODE, true, {
    cause: error,
  });
}

/** How ClickHouse ends a result that failed half-way: its error between two marks, in the result's own bytes. */
const EXCEPTION_BLOCK = /\r\n__exception__\r\n(\S+)\r\n([\s\S]*)\n\d+ \1\r\n__exception__\r\n$/;

/** Longest end of a result that is searched for that block; ClickHouse's errors are shorter. */
export const EXCEPTION_BYTES_MAX = 64 * 1024;

/** The error at the end of a result that was broken off; undefined when there is none, as when a connection is lost. */
export function readExceptionBlock(tail: Buffer): EngineError | undefined {
  const message = EXCEPTION_BLOCK.exec(tail.toString('utf8'))?.[2];
  if (message === undefined) return undefined;
  const error = parseError(message);
  return error instanceof ClickHouseError ? toEngineError(error) : undefined;
}
