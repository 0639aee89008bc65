import { EngineError } from '../errors.js';
import { CANCELLED_CODE, TIMEOUT_CODE, toEngineError } from './error.js';

/** Given to ClickHouse beyond a call's own limit before the connection is closed, so that its own error arrives. */
const GRACE_MS = 2_000;

/** How long a call may take, and why it ended. */
export interface Limit {
  signal: AbortSignal;
  /** What an error means, given why the call ended. */
  explain(error: unknown): EngineError;
}

/** Ends a call after `timeoutMs`, or as soon as one of `signals` fires. */
export function createLimit(timeoutMs: number, signals: readonly (AbortSignal | undefined)[]): Limit {
  const clock = AbortSignal.timeout(timeoutMs + GRACE_MS);
  const given = signals.filter((signal) => signal !== undefined);
  return {
    signal: AbortSignal.any([clock, ...given]),
    explain(error) {
      if (given.some((signal) => signal.aborted))
        return new EngineError('the statement was cancelled', CANCELLED_CODE, false, { cause: error });
      if (clock.aborted)
        return new EngineError(
          `ClickHouse did not answer within ${(timeoutMs + GRACE_MS) / 1_000} s`,
          TIMEOUT_CODE,
          true,
          {
            cause: error,
          },
        );
      return toEngineError(error);
    },
  };
}
