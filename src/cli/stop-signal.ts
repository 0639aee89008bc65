/**
 * Stop signals of a process, as requests. One request may arrive as several signals: a terminal signals the whole group while
 * npm passes its own on, and a service manager signals every process of the service.
 */

/** Signals this close to the first one are the same request. */
const SAME_REQUEST_MS = 500;

/** Calls `first` at the first SIGTERM or SIGINT and `again` at every one that is a new request after it. */
export function onStopSignal(first: () => void, again: () => void): void {
  let firstAt: number | undefined;
  const take = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      first();
    } else if (performance.now() - firstAt > SAME_REQUEST_MS) {
      again();
    }
  };
  process.on('SIGTERM', take);
  process.on('SIGINT', take);
}
