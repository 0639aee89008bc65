/**
 * Projects whose last payload found no room in the stream. For a moment more of theirs are refused from the head alone, so
 * that ten times too much costs little more than reading heads: no body is inflated and looked through, and Redis, which the
 * consumers need, is not asked for every one.
 */
import { RequestError } from '../../errors.js';
import { STREAM_FULL_RETRY_S } from '../../stream/stream.js';

/**
 * How long one answer of Redis stands for the next. A stream that is full holds seconds of work, so room that appears
 * meanwhile is not missed.
 */
const STANDS_MS = 50;

export interface FullProjects {
  note(project: string): void;
  /** Throws the refusal when the project was just found full. */
  check(project: string): void;
}

export const refuseFull = (): RequestError =>
  new RequestError(
    503,
    'stream_full',
    'Too many events wait to be stored, so this body was not taken: send it again after Retry-After.',
    [],
    { retryAfterS: STREAM_FULL_RETRY_S },
  );

/** Remembers no more projects than were found full within STANDS_MS. */
export function createFullProjects(now: () => number = () => performance.now()): FullProjects {
  const until = new Map<string, number>();
  return {
    note(project) {
      const at = now();
      for (const [other, end] of until) if (end <= at) until.delete(other);
      until.set(project, at + STANDS_MS);
    },
    check(project) {
      if ((until.get(project) ?? 0) > now()) throw refuseFull();
    },
  };
}
