/**
 * Signals: what Weir found out about itself and somebody may want to be told of, in one stream for whoever raises alerts. The
 * publisher knows nothing of who reads; the reader keeps its own place in the stream.
 *
 *   weir:signals   one entry a signal, at most SIGNALS_MAX of them, the oldest go first. Fields, all text:
 *     signal       what was measured, such as "integrity"
 *     project      whose; empty when it is nobody's in particular
 *     value        a number; what it means belongs to the signal
 *     at           when, ISO 8601
 *     detail       JSON, for a person
 */
import type { Redis } from '../redis/client.js';

export const SIGNALS_KEY = 'weir:signals';
/** Signals kept; some hundred bytes each. */
const SIGNALS_MAX = 10_000;

export interface Signal {
  signal: string;
  project: string;
  value: number;
  at: Date;
  /** Anything JSON can hold. */
  detail: unknown;
}

/** Appends a signal to the stream. Throws StreamError. */
export async function publishSignal(redis: Pick<Redis, 'command'>, signal: Signal): Promise<void> {
  const fields = {
    signal: signal.signal,
    project: signal.project,
    value: String(signal.value),
    at: signal.at.toISOString(),
    detail: JSON.stringify(signal.detail),
  };
  const trim = ['MAXLEN', '~', String(SIGNALS_MAX)];
  await redis.command(['XADD', SIGNALS_KEY, ...trim, '*', ...Object.entries(fields).flat()]);
}
