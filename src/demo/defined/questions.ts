/** What the demo saves to be asked again: funnels, cohorts, an experiment, models and alerts. Each is known by its name. */

export const FUNNELS = [
  {
    name: 'From product to order',
    steps: [
      { event: 'product_viewed' },
      { event: 'cart_added' },
      { event: 'checkout_started' },
      { event: 'checkout_completed' },
    ],
    window: '1d',
  },
  {
    name: 'From sign-up to paying member',
    steps: [{ event: 'signed_up' }, { event: 'trial_started' }, { event: 'plan_upgraded' }],
    window: '30d',
  },
  {
    name: 'Search or browse',
    steps: [
      {
        id: 'land',
        event: 'page_viewed',
        where: { property: 'path', op: 'eq', value: '/' },
        label: 'Landed',
      },
      { id: 'search', event: 'product_searched', label: 'Searched' },
      {
        id: 'browse',
        event: 'page_viewed',
        where: { property: 'path', op: 'ne', value: '/' },
        label: 'Browsed',
      },
      { id: 'product', event: 'product_viewed', label: 'Saw a product' },
      { id: 'cart', event: 'cart_added', label: 'Put it into the cart' },
    ],
    paths: [
      { from: 'land', to: 'search' },
      { from: 'land', to: 'browse' },
      { from: 'search', to: 'product' },
      { from: 'browse', to: 'product' },
      { from: 'product', to: 'cart' },
    ],
    window: '2h',
  },
] as const;

export const COHORTS = [
  {
    name: 'Keen buyers',
    criteria: { did: { event: 'checkout_completed' }, times: { gte: 2 }, within: '60d' },
  },
  {
    name: 'At risk',
    criteria: {
      and: [
        { did: { event: 'checkout_completed' }, within: '90d' },
        { did_not: { event: 'page_viewed' }, within: '21d' },
      ],
    },
  },
  { name: 'On trial', criteria: { property: 'user.plan', op: 'eq', value: 'trial' } },
  { name: 'Paying members', criteria: { property: 'user.plan', op: 'in', value: ['plus', 'pro'] } },
] as const;

export const EXPERIMENTS = [
  {
    name: 'Express checkout',
    exposure: {
      event: 'experiment_viewed',
      where: { property: 'experiment', op: 'eq', value: 'express-checkout' },
      variant: 'variant',
    },
    variants: ['control', 'express'],
    goals: [
      { name: 'Completes a checkout', event: 'checkout_completed', measure: 'conversion' },
      { name: 'Revenue', event: 'checkout_completed', measure: { sum: 'revenue' } },
      { name: 'Failed payments', event: 'payment_failed', measure: 'count', better: 'lower' },
    ],
    window: '7d',
    minimal_effect: 0.1,
  },
] as const;

/** Models learn from dates: from the opening, judged on the last two fifths until today. */
export function composeModels(openingMs: number, nowMs: number) {
  const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 'yyyy-mm-dd'.length);
  const calibrationMs = openingMs + 0.6 * (nowMs - openingMs);
  const ltv = {
    event: 'checkout_completed',
    value: 'revenue',
    from: dateOf(openingMs),
    calibration_to: dateOf(calibrationMs),
    to: dateOf(nowMs),
    grain: 'week',
  };
  return [
    { name: 'What buyers will spend', kind: 'ltv', question: ltv },
    { name: 'Members who will leave', kind: 'churn', question: { event: 'feature_used', horizon: '14d' } },
  ];
}

export const ALERTS = [
  {
    name: 'Checkouts fail',
    metric: 'conversion_rate',
    condition: { below: 25, window: '6h' },
    for: '10m',
  },
  {
    name: 'Orders fell against last week',
    metric: 'orders',
    condition: { change: { below: -50 }, window: '1d' },
  },
  // Upwards it would fire at once: what comes live is more than history has in these hours.
  {
    name: 'Unusually little revenue',
    metric: 'revenue',
    condition: { anomaly: { sensitivity: 3, direction: 'below' } },
  },
] as const;
