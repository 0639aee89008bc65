/** Who may run a statement: a fixed number of slots, and a line of requests that wait for one, in order of arrival. */
import { createFailure, type Failure } from './failure.js';
import { WAIT_TIMEOUT_MS, WAITING_MAX } from './limits.js';

const CANCELLED = 'Query was cancelled.';

/** The exclusive right to run statements, and the number that names it. */
export interface Slot {
  readonly index: number;
  release(): void;
}

export interface Line {
  /** Waits in line. Throws 202 when the line is full or the wait too long, 394 when `signal` is aborted. */
  acquire(signal: AbortSignal): Promise<Slot>;
  /** Requests that hold a slot and requests that wait for one. */
  countLoad(): { running: number; waiting: number };
}

interface Waiter {
  grant(slot: Slot): void;
}

/** The line in front of `slots` slots. */
export function createLine(
  slots: number,
  { waitingMax = WAITING_MAX, waitTimeoutMs = WAIT_TIMEOUT_MS } = {},
): Line {
  const free = Array.from({ length: slots }, (_, index) => slots - 1 - index);
  const waiting = new Set<Waiter>();

  function createSlot(index: number): Slot {
    let held = true;
    return {
      index,
      release() {
        if (!held) return;
        held = false;
        const [next] = waiting;
        if (!next) {
          free.push(index);
          return;
        }
        waiting.delete(next);
        next.grant(createSlot(index));
      },
    };
  }

  function waitInLine(signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const leave = (failure: Failure): void => {
        waiting.delete(waiter);
        clearTimeout(timer);
        reject(failure);
      };
      const onAbort = (): void => leave(createFailure(394, CANCELLED));
      const timer = setTimeout(
        () =>
          leave(
            createFailure(
              202,
              `Too many simultaneous queries: no session became free in ${waitTimeoutMs} ms.`,
            ),
          ),
        waitTimeoutMs,
      );
      const waiter: Waiter = {
        grant(slot) {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          resolve(slot);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.add(waiter);
    });
  }

  return {
    async acquire(signal) {
      if (signal.aborted) throw createFailure(394, CANCELLED);
      const index = free.pop();
      if (index !== undefined) return createSlot(index);
      if (waiting.size >= waitingMax)
        throw createFailure(
          202,
          `Too many simultaneous queries. Maximum: ${slots} running, ${waitingMax} waiting.`,
        );
      return waitInLine(signal);
    },
    countLoad: () => ({ running: slots - free.length, waiting: waiting.size }),
  };
}
