/**
 * Keeps parts running.
 *
 *   starting --ready--> running --exit--> waiting --after a pause--> starting
 *   any of them --stop()--> stopping --gone--> stopped
 *
 * A first start that fails is the caller's to report, unless somebody killed the process, which is tried again; every later one is tried again, for as long as it takes: the other parts
 * go on meanwhile, and the parts keep their addresses. A part that dies after it worked is started again at once; only one that
 * dies again soon, or does not start, waits, with pauses that double up to a cap.
 */
import { type Child, ChildKilled } from './child.js';
import type { Part } from './part.js';

/** Pause before the second restart in a row; there is none before the first. */
const PAUSE_MIN_MS = 100;
/** Longest pause between attempts: what a repaired cause waits at most. */
const PAUSE_MAX_MS = 5_000;
/** A part that ran this long is healthy again: after its next death there is no pause. */
const HEALTHY_AFTER_MS = 5_000;

/** Starts of a part of which none came to its end because the process was killed. A process that ends itself so is broken. */
const KILLED_STARTS_MAX = 4;

export interface RestartNotice {
  part: string;
  /** "exit code 1", "signal SIGKILL", or why an attempt to start failed. */
  reason: string;
  pauseMs: number;
}

export interface KeptPart {
  readonly name: string;
  /** The process id of the running child; undefined while there is none. */
  pid(): number | undefined;
  /** Ends the part for good. `force` kills at once. */
  stop(force?: boolean): Promise<void>;
  /** Ends the child gracefully and starts it again at once. */
  restart(): Promise<void>;
}

async function startFirst(
  part: Part,
  onRestart: (notice: RestartNotice) => void,
  giveUp: AbortSignal | undefined,
): Promise<Child> {
  for (let tries = 1; ; tries++) {
    try {
      return await part.start(giveUp);
    } catch (error) {
      if (!(error instanceof ChildKilled) || tries === KILLED_STARTS_MAX || giveUp?.aborted) throw error;
      onRestart({ part: part.name, reason: error.message, pauseMs: 0 });
    }
  }
}

/** Starts a part and keeps it alive until stopped. Throws when the first start fails or is given up. */
export async function keepPart(
  part: Part,
  onRestart: (notice: RestartNotice) => void,
  giveUp?: AbortSignal,
): Promise<KeptPart> {
  const unwanted = new AbortController();
  let stopping = false;
  let wake: () => void = () => {};
  let child: Child | undefined = await startFirst(part, onRestart, giveUp);
  let startedAt = Date.now();
  let asked = false;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function watch(): Promise<void> {
    let pauseMs = 0;
    let reason = '';
    while (!stopping) {
      if (child) {
        reason = await child.exited;
        child = undefined;
        if (Date.now() - startedAt > HEALTHY_AFTER_MS) pauseMs = 0;
        if (stopping) return;
      }
      if (!asked) {
        onRestart({ part: part.name, reason, pauseMs });
        if (pauseMs > 0) await pause(pauseMs);
        pauseMs = Math.min(Math.max(pauseMs * 2, PAUSE_MIN_MS), PAUSE_MAX_MS);
      }
      asked = false;
      if (stopping) return;
      try {
        startedAt = Date.now();
        child = await part.start(unwanted.signal);
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      // Stopped while it was starting: nobody else knows of this child.
      if (stopping) await child?.stop();
    }
  }

  const watching = watch();
  return {
    name: part.name,
    pid: () => child?.pid,
    async stop(force = false) {
      stopping = true;
      unwanted.abort();
      wake();
      await child?.stop(force);
      await watching;
    },
    async restart() {
      asked = true;
      if (child) await child.stop();
      else wake();
    },
  };
}
