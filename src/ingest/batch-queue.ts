/** Hands batches from one task to another, in order and in bounded number. */

export interface BatchQueue<T> {
  /** Waits until fewer than `depth` batches are put and not done; false when the queue has ended. */
  put: (batch: T) => Promise<boolean>;
  /** Resolves when every batch that was put is taken, or the queue has ended. */
  emptied: () => Promise<void>;
  /** The next batch; the one taken before counts as done. Undefined when the queue has ended and is empty. */
  take: () => Promise<T | undefined>;
  /** Ends the queue: nothing more is put; what was put can still be taken. */
  end: () => void;
}

/** `depth` batches at most: those waiting and the one being worked on. */
export function createBatchQueue<T>(depth: number): BatchQueue<T> {
  const waiting: T[] = [];
  let working = 0;
  let ended = false;
  let wake: (() => void)[] = [];

  const change = (): void => {
    const sleepers = wake;
    wake = [];
    for (const sleeper of sleepers) sleeper();
  };
  const changed = (): Promise<void> => new Promise((resolve) => wake.push(resolve));

  return {
    async put(batch) {
      if (ended) return false;
      waiting.push(batch);
      change();
      while (!ended && waiting.length + working >= depth) await changed();
      return !ended;
    },
    async emptied() {
      while (!ended && waiting.length > 0) await changed();
    },
    async take() {
      working = 0;
      change();
      while (waiting.length === 0) {
        if (ended) return undefined;
        await changed();
      }
      working = 1;
      const next = waiting.shift();
      change();
      return next;
    },
    end() {
      ended = true;
      change();
    },
  };
}
