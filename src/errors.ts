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
