/**
 * Work that is looked for again and again: a round, a pause, the next round, never two at once. A round that fails is reported and the
 * next one comes all the same. Its timer keeps no process alive.
 */

export interface Ticker {
  /** A round now, behind one that is under way; resolves when it is over. */
  tick(): Promise<void>;
  /** True from the call of `close` on: a long round looks at it. */
  readonly isClosed: boolean;
  /** No further round; resolves when the one under way is over. */
  close(): Promise<void>;
}

/** Begins with a pause. */
export function createTicker(
  pauseMs: number,
  work: () => Promise<void>,
  onError: (error: Error) => void,
): Ticker {
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();

  function schedule(): void {
    clearTimeout(timer);
    if (isClosed) return;
    timer = setTimeout(() => void tick(), pauseMs);
    timer.unref();
  }

  function tick(): Promise<void> {
    last = last
      .then(() => {
        clearTimeout(timer);
        return isClosed ? undefined : work();
      })
      .catch(onError)
      .finally(schedule);
    return last;
  }

  schedule();
  return {
    tick,
    get isClosed() {
      return isClosed;
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      return last;
    },
  };
}
