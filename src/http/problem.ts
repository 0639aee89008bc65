/**
 * Every answer that is not a success is a problem document (RFC 9457): `type`, `title`, `status`, `detail`, `code`, `request_id`
 * and, where there are several things wrong, `errors[]`. `code` is what programs decide by, `detail` is for people.
 *
 * What a failure becomes:
 *
 *   RequestError                     its own status and words
 *   StreamError, MetadataError       503 at once: Redis or Postgres is away; nothing was taken
 *   EngineError, retryable           503: ClickHouse is away, stopped or overloaded; events are still accepted
 *   MetadataError, U+0000 in a text  422: only requests bring such texts to Postgres
 *   anything else                    500 `internal_error`, with no word about what it was; the log has it by request id
 */
import { STATUS_CODES } from 'node:http';
import { TIMEOUT_CODE } from '../clickhouse/error.js';
import { EngineError, MetadataError, RequestError, StreamError } from '../errors.js';
import { UNSTORABLE_TEXT } from '../metadata/failure.js';
import type { Reply } from './transport/exchange.js';

const PROBLEM_TYPE = 'application/problem+json';

/** What a client should wait when an outside system is away: it is usually back within seconds. */
const AWAY_RETRY_S = 5;

interface Refusal {
  status: number;
  code: string;
  detail: string;
  errors?: readonly { path: string; code: string; message: string }[];
  members?: Readonly<Record<string, unknown>>;
  retryAfterS?: number;
}

function explainStream(error: StreamError): Refusal {
  const full = error.code === 'stream_full';
  return {
    status: 503,
    code: full ? 'stream_full' : 'stream_unavailable',
    detail: full
      ? 'Too many events wait to be stored, so this one was not taken: send it again after Retry-After.'
      : 'Events cannot be made durable at this moment, so nothing was confirmed: send it again after Retry-After, with the same event_id values.',
    retryAfterS: AWAY_RETRY_S,
  };
}

function explainEngine(error: EngineError): Refusal | undefined {
  if (!error.retryable) return undefined;
  const what =
    error.code === TIMEOUT_CODE
      ? `${error.message}: it is stopped, or has too much to do.`
      : 'ClickHouse cannot answer at this moment.';
  return {
    status: 503,
    code: 'engine_unavailable',
    detail: `${what} Events are still accepted; ask again after Retry-After.`,
    retryAfterS: AWAY_RETRY_S,
  };
}

function explainMetadata(error: MetadataError): Refusal | undefined {
  if (UNSTORABLE_TEXT.has(error.code)) {
    return {
      status: 422,
      code: 'invalid_text',
      detail:
        'A name or another text of the request holds U+0000 (NUL), which cannot be stored: leave it out.',
    };
  }
  if (!error.retryable) return undefined;
  return {
    status: 503,
    code: 'metadata_unavailable',
    detail: 'Projects and keys cannot be read at this moment: try again after Retry-After.',
    retryAfterS: AWAY_RETRY_S,
  };
}

function explain(error: unknown): Refusal | undefined {
  if (error instanceof RequestError) {
    const { status, code, detail, errors, extra } = error;
    return {
      status,
      code,
      detail,
      errors,
      ...(extra.members ? { members: extra.members } : {}),
      ...(extra.retryAfterS === undefined ? {} : { retryAfterS: extra.retryAfterS }),
    };
  }
  if (error instanceof StreamError) return explainStream(error);
  if (error instanceof EngineError) return explainEngine(error);
  if (error instanceof MetadataError) return explainMetadata(error);
  return undefined;
}

const INTERNAL: Refusal = {
  status: 500,
  code: 'internal_error',
  detail:
    'Weir failed at this request, and it is not the request’s fault. The log has the cause under this request_id.',
};

export interface ProblemReply extends Reply {
  code: string;
}

/** The answer to a failure, and whether it was unforeseen and belongs in the log as an error. */
export function composeProblem(
  error: unknown,
  requestId: string,
): { reply: ProblemReply; unforeseen: boolean } {
  const refusal = explain(error);
  const { status, code, detail, errors, members, retryAfterS } = refusal ?? INTERNAL;
  const document = {
    type: `/docs/errors#${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    request_id: requestId,
    ...(errors && errors.length > 0 ? { errors } : {}),
    ...members,
  };
  const headers: Record<string, string> = { 'Content-Type': PROBLEM_TYPE, 'Cache-Control': 'no-store' };
  if (retryAfterS !== undefined) headers['Retry-After'] = String(retryAfterS);
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer realm="weir"';
  if (status === 405 && typeof members?.allow === 'string') headers.Allow = members.allow;
  if (status === 429 && members) {
    headers['RateLimit-Limit'] = String(members.limit);
    headers['RateLimit-Remaining'] = String(members.remaining);
    headers['RateLimit-Reset'] = String(members.reset_s);
  }
  return {
    reply: { status, headers, body: JSON.stringify(document), code },
    unforeseen: refusal === undefined,
  };
}

/** A message of another room as a sentence. */
export const capitalise = (message: string): string =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.?!]$/.test(message) ? '' : '.'}`;

/** 405 with the methods that would do. */
export const refuseMethod = (method: string, path: string, allow: readonly string[]): RequestError =>
  new RequestError(
    405,
    'method_not_allowed',
    `The route ${path} does not take ${method}; it takes ${allow.join(', ')}.`,
    [],
    {
      members: { allow: allow.join(', ') },
    },
  );

/** @param ways how this request could have carried its key */
export const refuseMissingKey = (ways = '"Authorization: Bearer KEY" or "X-API-Key: KEY"'): RequestError =>
  new RequestError(401, 'missing_key', `A key is needed: send it as ${ways}.`);

export const refuseUnknownKey = (): RequestError =>
  new RequestError(
    401,
    'unknown_key',
    'This key is not known: it was mistyped, revoked, or belongs to another installation.',
  );
