/** A tile that is opened asks on its screen what it asked: judged by what reads questions on the server. */
import { expect, it } from 'vitest';
import {
  composeExperiment,
  EMPTY_EXPERIMENT,
  readExperiment,
} from '../../../src/dashboard/web/screens/experiment-question.js';
import { composeTrend, readTrend } from '../../../src/dashboard/web/screens/explore-question.js';
import {
  composeQuestion,
  EMPTY_RULES,
  readFunnelQuestion,
} from '../../../src/dashboard/web/screens/funnel-question.js';
import { composeMetric, readMetric } from '../../../src/dashboard/web/screens/metric-question.js';
import { composePaths, readPaths } from '../../../src/dashboard/web/screens/paths-question.js';
import { composeRetention, readRetention } from '../../../src/dashboard/web/screens/retention-question.js';
import type { Tile } from '../../../src/dashboard/web/views/dashboard.js';
import { addressOfTile } from '../../../src/dashboard/web/views/tile-address.js';
import { DASHBOARDS } from '../../../src/demo/defined/boards.js';
import { readFunnelQuestion as readFunnelRequest } from '../../../src/query/funnel/request.js';
import { readRawQuestion } from '../../../src/query/metric/request.js';
import { readPathsQuestion } from '../../../src/query/paths/request.js';
import { readRetentionQuestion } from '../../../src/query/retention/request.js';
import { readTrendsQuestion } from '../../../src/query/trends/request.js';

const RANGE = { from: '2026-01-01', to: '2026-02-01' };
/** What each form has before anything is asked: other values than those that a question may leave out. */
const OTHER_RANGE = { from: '2020-01-01', to: '2020-01-02', timezone: 'Asia/Tokyo' };

type Fields = Readonly<Record<string, unknown>>;
/** What a screen asks when it is opened with a question, and how the server reads such questions. */
interface Screen {
  reopen: (body: Fields) => Fields | undefined;
  mean: (body: unknown) => unknown;
}

const trend: Screen = {
  reopen: (body) =>
    composeTrend({
      event: '',
      measure: 'users',
      property: '',
      where: [],
      breakdown: ['left'],
      grain: 'week',
      compare: true,
      ...OTHER_RANGE,
      ...readTrend(body),
    }),
  mean: readTrendsQuestion,
};
const retention: Screen = {
  reopen: (body) =>
    composeRetention({
      start: '',
      start_where: [],
      back: '',
      back_where: [],
      grain: 'week',
      periods: 8,
      mode: 'recurring',
      criterion: 'on_or_after',
      windows: 'rolling',
      min_times: 3,
      breakdown: ['left'],
      ...OTHER_RANGE,
      ...readRetention(body),
    }),
  mean: readRetentionQuestion,
};
const paths: Screen = {
  reopen: (body) =>
    composePaths({
      part: 'start',
      event: 'left',
      to_event: '',
      steps: 4,
      limit: 6,
      gap: '5m',
      collapse: false,
      exclude: 'left',
      where: [],
      ...OTHER_RANGE,
      ...readPaths(body),
    }),
  mean: readPathsQuestion,
};
const funnel: Screen = {
  reopen: (body) =>
    composeQuestion({
      ...EMPTY_RULES,
      count: 'sessions',
      reentry: 'first',
      paths: null,
      breakdown: ['left'],
      attribution: 'last',
      compare: true,
      grain: 'week',
      ...OTHER_RANGE,
      ...readFunnelQuestion(body),
    }),
  mean: readFunnelRequest,
};
const DEFINITION = 'metric "orders" { formula = "count(order)" }';
const metric: Screen = {
  // The screen has the definition of the stored metric that a question names.
  reopen: ({ metric: _, ...body }) =>
    composeMetric(
      {
        definition: DEFINITION,
        dimensions: ['left'],
        grain: 'week',
        compare: true,
        ...OTHER_RANGE,
        ...readMetric(body),
      },
      ['device', 'source', 'feature', 'reason'],
    ),
  mean: (body) => {
    const {
      metric: _,
      definition: __,
      dimensions = [],
      compare,
      timezone = 'UTC',
      ...raw
    } = readRawQuestion(body);
    return { dimensions, compare: compare !== undefined && compare !== false, timezone, ...raw };
  },
};

const where = {
  or: [{ property: 'plan', op: 'eq', value: 'a' }, { not: { property: 'n', op: 'gt', value: 5 } }],
};
const cohort = { cohort: 'co_1' };
const SCREENS: Readonly<Record<string, Screen>> = { trend, retention, paths, funnel, metric, number: metric };

const ASKED: readonly (readonly [view: string, body: Fields])[] = [
  ...DASHBOARDS.flatMap(({ tiles }) => tiles.map(({ view, body }) => [view, { ...body, ...RANGE }] as const)),
  [
    'trend',
    { events: [{ event: 'a', measure: { p99: 'n' } }], where, compare: true, timezone: 'UTC', ...RANGE },
  ],
  ['trend', { events: [{ any_of: ['a', 'b'], where, label: 'Both' }], week_start: 'sunday', ...RANGE }],
  ['trend', { events: [{ event: 'a' }], breakdown: [cohort, 'plan'], breakdown_limit: 3, ...RANGE }],
  ['retention', { start: { event: 'a', where }, grain: 'month', periods: 3, mode: 'first_ever', ...RANGE }],
  ['retention', { start: { any_of: ['a', 'b'] }, value: { sum: 'n' }, brackets: [[1, 3]], ...RANGE }],
  ['retention', { start: { event: 'a' }, return: { any_of: ['b'] }, breakdown: ['plan'], ...RANGE }],
  ['paths', { around: { event: 'a' }, ...RANGE }],
  ['paths', { around: { event: 'a', before: 1, after: 4 }, limit: 3, ...RANGE }],
  ['paths', { between: { from: 'a', to: 'b' }, events: ['a', 'b', 'c'], ...RANGE }],
  ['paths', { end: 'a', steps: 3, collapse: false, where, gap: '1h', timezone: 'Europe/Berlin', ...RANGE }],
  [
    'funnel',
    {
      steps: [
        { event: 'a', where },
        { any_of: ['b', 'c'], within: '1h' },
      ],
      window: '2d',
      breakdown: [cohort],
      compare: 'previous',
      grain: 'day',
      ...RANGE,
    },
  ],
  ['metric', { metric: 'orders', where, dimensions: ['device', cohort], ...RANGE }],
  ['number', { definition: DEFINITION, grain: 'all', compare: true, breakdown_limit: 4, ...RANGE }],
];

it.each(ASKED)('a %s is asked as it was: %j', (view, body) => {
  const { reopen, mean } = SCREENS[view]!;
  // What asks for cohorts has functions of its own in it.
  const plain = (asked: unknown): unknown => JSON.parse(JSON.stringify(mean(asked)));
  expect(plain(reopen(body))).toEqual(plain(body));
});

it('an experiment is asked as it was', () => {
  const body = {
    exposure: { event: 'seen', variant: 'variant' },
    goals: [{ event: 'bought', measure: 'conversion' }],
    window: '7d',
    correction: 'holm',
    ...RANGE,
    timezone: 'UTC',
  };
  const asked = { ...EMPTY_EXPERIMENT, minimalEffect: '', ...OTHER_RANGE, ...readExperiment(body) };
  expect(composeExperiment(asked)).toMatchObject({
    exposure: body.exposure,
    ...RANGE,
    timezone: 'UTC',
    window: '7d',
  });
});

const tile = (path: string, body?: Tile['body']): Tile => ({
  title: 'One',
  view: 'trend',
  path,
  ...(body && { body }),
});

it.each([
  [tile('/v1/analytics/trends', { events: [] }), '/explore?ask={"events":[]}'],
  [tile('/v1/analytics/metrics/calculate', { metric: 'a b' }), '/custom-metrics/a%20b?ask={"metric":"a b"}'],
  [tile('/v1/analytics/metrics/calculate', { definition: 'x' }), '/custom-metrics?ask={"definition":"x"}'],
  [
    tile('/v1/analytics/funnels/fn_1/analysis?from=2026-01-01&breakdown=a&breakdown=b'),
    '/funnels/fn_1?ask={"from":"2026-01-01","breakdown":["a","b"]}',
  ],
  [tile('/v1/analytics/predictions/models/pm_1'), '/predictions/pm_1'],
  [tile('/v1/analytics/cohorts/co_1/patterns?max_length=2'), '/cohorts/co_1?ask={"max_length":"2"}'],
  [tile('/v1/analytics/lifecycle', { from: '2026-01-01' }), undefined],
])('finds the screen of a tile: %j', (shown, address) => {
  const found = addressOfTile(shown)?.split('?ask=');
  expect(found && [found[0], ...found.slice(1).map(decodeURIComponent)].join('?ask=')).toBe(address);
});
