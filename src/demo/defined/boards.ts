/** The demo's dashboards. Ranges move with the days. */
import { FUNNELS } from './questions.js';

const TRENDS = '/v1/analytics/trends';
const METRIC = '/v1/analytics/metrics/calculate';

interface Tile {
  readonly title: string;
  readonly view: string;
  readonly path: string;
  readonly body: object;
  readonly last_days: number;
  readonly width: number;
}

const number = (title: string, metric: string, last_days = 28, width = 3): Tile => ({
  title,
  view: 'number',
  path: METRIC,
  body: { metric, grain: 'all', dimensions: [], compare: 'previous' },
  last_days,
  width,
});

const metric = (
  title: string,
  name: string,
  grain: string,
  last_days: number,
  dimensions: string[] = [],
): Tile => ({
  title,
  view: 'metric',
  path: METRIC,
  body: { metric: name, grain, dimensions },
  last_days,
  width: 6,
});

const trend = (title: string, body: object, last_days: number, width = 6): Tile => ({
  title,
  view: 'trend',
  path: TRENDS,
  body: { grain: 'day', ...body },
  last_days,
  width,
});

function funnel(title: string, index: 0 | 1, last_days: number): Tile {
  const { name: _, ...body } = FUNNELS[index];
  return { title, view: 'funnel', path: '/v1/analytics/funnels/analyze', body, last_days, width: 6 };
}

const SHOP: readonly Tile[] = [
  number('Revenue, four weeks', 'revenue'),
  number('Orders, four weeks', 'orders'),
  number('People, four weeks', 'active_users'),
  number('Completed checkouts', 'conversion_rate'),
  trend(
    'Revenue by source',
    {
      events: [{ event: 'checkout_completed', measure: { sum: 'revenue' } }],
      breakdown: ['source'],
      breakdown_limit: 7,
    },
    60,
    8,
  ),
  trend(
    'Orders by category, weekly',
    { events: [{ event: 'checkout_completed' }], breakdown: ['category'], grain: 'week' },
    84,
    4,
  ),
  metric('Checkout conversion by device', 'conversion_rate', 'day', 28, ['device']),
  funnel('From product to order', 0, 28),
  {
    title: 'Buyers who buy again, by week of their first order',
    view: 'retention',
    path: '/v1/analytics/retention',
    body: {
      start: { event: 'checkout_completed' },
      return: { event: 'checkout_completed' },
      grain: 'week',
      periods: 8,
    },
    last_days: 70,
    width: 6,
  },
  {
    title: 'What visitors do',
    view: 'paths',
    path: '/v1/analytics/paths',
    body: {
      steps: 4,
      limit: 6,
      gap: '30m',
      collapse: true,
      exclude: ['$identify', 'experiment_viewed', 'feature_used', 'trial_started', 'plan_upgraded'],
      where: { property: 'source', op: 'ne', value: 'bot' },
    },
    last_days: 14,
    width: 6,
  },
  trend(
    'Failed payments by release',
    { events: [{ event: 'payment_failed' }], breakdown: ['release'], breakdown_limit: 6 },
    28,
  ),
  metric('Revenue a visitor', 'arpu', 'week', 84),
];

const MEMBERSHIP: readonly Tile[] = [
  number('Members who used a feature', 'members_active', 28, 4),
  number('Trials that pay, %', 'trial_conversion', 84, 4),
  number('Cancellations', 'cancellations', 28, 4),
  metric('Features in use, weekly', 'members_active', 'week', 84, ['feature']),
  funnel('From sign-up to paying member', 1, 84),
  trend(
    'Sign-ups, trials and upgrades',
    {
      events: [{ event: 'signed_up' }, { event: 'trial_started' }, { event: 'plan_upgraded' }],
      grain: 'week',
    },
    84,
  ),
  {
    title: 'Members who come back, by week of their trial',
    view: 'retention',
    path: '/v1/analytics/retention',
    body: { start: { event: 'trial_started' }, return: { event: 'feature_used' }, grain: 'week', periods: 8 },
    last_days: 70,
    width: 6,
  },
  { ...metric('Why members leave', 'cancellations', 'week', 84, ['reason']), width: 12 },
];

export const DASHBOARDS = [
  { name: 'Shop', tiles: SHOP },
  { name: 'Membership', tiles: MEMBERSHIP },
] as const;
