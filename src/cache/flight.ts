import { RequestError } from '../errors.js';

/** A computation that several askers wait for. It is stopped when the last of them has gone. */
export interface Flight<T> {
  /** The result, for as long as the asker stays. */
  join(asker: AbortSignal): Promise<T>;
}

/** Starts it. `onEnd` is told once, when it has ended or nobody waits any more. */
export function startFlight<T>(work: (signal: AbortSignal) => Promise<T>, onEnd: () => void): Flight<T> {
  const controller = new AbortController();
  let waiting = 0;
  const result = work(controller.signal).finally(onEnd);
  // Whoever joined hears of it.
  result.catch(() => {});
  return {
    join(asker) {
      waiting += 1;
      const leave = (): void => {
        waiting -= 1;
        if (waiting > 0) return;
        onEnd();
        controller.abort(asker.reason);
      };
      if (asker.aborted) leave();
      else asker.addEventListener('abort', leave, { once: true });
      return result.finally(() => asker.removeEventListener('abort', leave));
    },
  };
}

/** Whether a question was refused for the rows it would read: what one key may not read, another may. */
export function isOverRows(error: unknown): boolean {
  if (!(error instanceof RequestError) || error.code !== 'query_over_limit') return false;
  const { estimate, limit } = (error.extra.members ?? {}) as Readonly<Record<string, { rows?: number }>>;
  return (estimate?.rows ?? 0) > (limit?.rows ?? Number.POSITIVE_INFINITY);
}
