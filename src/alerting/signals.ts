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
      'seconds of the last minute in which calls waited for a connection to Postgres, on the worst front',
    fold: 'max',
  },
  memory_share: {
    unit: 'percent',
    about: 'memory in use, of what the machine or the container of a front has, on the worst of them',
    fold: 'avg',
  },
  error_rate: {
    unit: 'percent',
    about: 'requests of the last minute that were answered with a status of 500 or more',
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

/** Null where there was nothing to measure. */
export type SignalSample = Readonly<Record<SignalName, number | null>>;
