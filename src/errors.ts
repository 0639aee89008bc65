/**
 * Failures at a boundary: something outside this process did not do what was asked. Decide by `code` and
 * `retryable`, never by message text. What is wrong with a client's input is not one of these: events become
 * rejects (src/event/types.ts), requests become problems (src/http/problem.ts).
 */
export class BoundaryError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly retryable: boolean,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** ClickHouse refused or could not be reached. `code` is ClickHouse's own number as text, or a socket code. */
export class EngineError extends BoundaryError {}

/** Redis refused or could not be reached. */
export class StreamError extends BoundaryError {}

/** Postgres refused or could not be reached. */
export class MetadataError extends BoundaryError {}

/** One of several things wrong with a request. `path` is dotted, relative to the body or query: "steps[2].event". */
export interface RequestProblem {
  path: string;
  code: string;
  message: string;
}

/**
 * A request that was understood and cannot be done as asked: the client's to mend. Thrown by any room, turned into
 * application/problem+json by http. `code` is stable snake_case; `detail` is a sentence that says the way out.
 */
export class RequestError extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 503,
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly RequestProblem[] = [],
    /** Further members of the problem document (such as `estimate`), and Retry-After in whole seconds. */
    readonly extra: { retryAfterS?: number; members?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(detail);
    this.name = 'RequestError';
  }
}
