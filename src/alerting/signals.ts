/** What Weir measures of itself and alerts can watch. */

export interface SignalInfo {
  readonly unit: 'seconds' | 'percent' | 'projects';
  readonly about: string;
  /** How the samples of a window become one value. */
  readonly fold: 'max' | 'avg';
}

export const SIGNALS = {
  processing_lag: {
    unit: 'seconds',
    about: 'age of the oldest payload that is not stored yet',
    fold: 'avg',
  },
  cache_hit_ratio: {
    unit: 'percent',
    about: 'answers of the last minute that came from the cache',
    fold: 'avg',
  },
  pool_exhausted: {
    unit: 'seconds',
    about:
      'seconds of the last minute in which calls waited for a connection to Postgres, in the worst process',
    fold: 'max',
  },
  memory_share: {
    unit: 'percent',
    about:
      'memory in use, of what a process, its machine or its container, the engine or Redis may have: the worst of them',
    fold: 'avg',
  },
  error_rate: {
    unit: 'percent',
    about:
      'requests of the last minute that were answered with a status of 500 or more, or attempts to store a batch that failed: the greater share',
    fold: 'avg',
  },
  integrity: {
    unit: 'projects',
    about: 'projects whose books do not balance',
    fold: 'max',
  },
} as const satisfies Readonly<Record<string, SignalInfo>>;

export type SignalName = keyof typeof SIGNALS;

export const SIGNAL_NAMES = Object.keys(SIGNALS) as SignalName[];

/** How often the signals are sampled. */
export const SAMPLE_INTERVAL_MS = 15_000;

export interface Measured {
  /** Null where there was nothing to measure. */
  readonly value: number | null;
  /** Which process or part it is about, and how, for people. */
  readonly note?: string;
}

export type SignalSample = Readonly<Record<SignalName, Measured>>;
