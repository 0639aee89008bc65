/** What is known of a person at a cut: by number, what sql/clickhouse/churn-features.sql computes. */

export interface Feature {
  readonly name: string;
  readonly about: string;
}

/** In the order of the statement's array. Logarithms are of 1 + the number, so that no long tail rules the fit. */
export const CHURN_FEATURES: readonly Feature[] = [
  { name: 'recency', about: 'days since the last activity (logarithm)' },
  { name: 'frequency', about: 'days with activity (logarithm)' },
  { name: 'volume', about: 'number of activities (logarithm)' },
  { name: 'tenure', about: 'days since the first activity (logarithm)' },
  {
    name: 'trend',
    about: 'activities of the last horizon against the one before it (difference of logarithms)',
  },
  { name: 'breadth', about: 'different event types in the last horizon (logarithm)' },
  { name: 'overdue', about: 'the pause until now against her usual one (difference of logarithms)' },
  { name: 'weekdays', about: 'share of the seven weekdays she was ever active on' },
  { name: 'weekend', about: 'share of her activity on Saturdays and Sundays' },
];

/** The place of recency, by which the naive baseline goes. */
export const RECENCY = 0;
