/** Dashboards, described. */
import { PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import { answers, inPath, json, list, object, type Paths, ref, text, whole } from './types.js';

const TAG = 'Dashboards';
const ID = inPath('id', 'The id of the dashboard');
const TOKEN = inPath('token', 'The token of the link');
const NOT_FOUND = { '404': 'No such dashboard' };
const NO_LINK = { '404': 'The link opens nothing, or the dashboard has no such tile' };

const EXAMPLE = {
  name: 'Shop',
  tiles: [
    {
      title: 'Revenue a day',
      view: 'trend',
      path: '/v1/analytics/trends',
      body: {
        events: [{ event: 'order_placed', measure: { sum: 'revenue' } }],
        from: '2026-11-01',
        to: '2026-12-01',
        grain: 'day',
      },
      width: 6,
      height: 4,
    },
  ],
};

const tile = object(
  {
    title: text(undefined, { maxLength: 200 }),
    view: text(
      'How the page draws the answer: trend, metric, number, funnel, retention, paths, experiment, model, patterns, foretold',
    ),
    path: text('A question below /v1/analytics/'),
    body: { type: 'object', description: 'The question of a POST; without it the tile is a GET' },
    last_days: whole('The range of the question moves: always the last so many days, today included'),
    width: whole('Columns taken, of twelve'),
    height: whole('Rows taken, each of 80 pixels'),
  },
  ['title', 'view', 'path'],
);

export const DASHBOARD_SHAPES = {
  DashboardInput: object({ name: text(undefined, { maxLength: 200 }), tiles: list(tile) }, ['name']),
  Dashboard: object({
    id: text(),
    name: text(),
    tiles: list(tile),
    shared: { type: 'boolean' as const, description: 'Whether a link opens it' },
    created_at: text(),
    updated_at: text(),
  }),
};

const body = { required: true, content: json(ref('DashboardInput'), EXAMPLE) };

export const DASHBOARD_PATHS: Paths = {
  '/v1/dashboards': {
    post: {
      summary: 'Save a dashboard',
      description: 'At most 48 tiles; the page asks each of them when the dashboard is opened.',
      tags: [TAG],
      'x-scope': 'define',
      requestBody: body,
      responses: answers(201, 'The dashboard', ref('Dashboard'), { '422': 'A tile makes no sense' }),
    },
    get: {
      summary: 'Dashboards',
      tags: [TAG],
      'x-scope': 'read',
      parameters: PAGE,
      responses: answers(200, 'A page of them', pageOf(ref('Dashboard'))),
    },
  },
  '/v1/dashboards/{id}': {
    get: {
      summary: 'One dashboard',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(200, 'The dashboard', ref('Dashboard'), NOT_FOUND),
    },
    put: {
      summary: 'Replace name and tiles',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      requestBody: body,
      responses: answers(200, 'The dashboard', ref('Dashboard'), {
        ...NOT_FOUND,
        '422': 'A tile makes no sense',
      }),
    },
    delete: {
      summary: 'Delete a dashboard, and its link',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(200, 'What was deleted', ref('Dashboard'), NOT_FOUND),
    },
  },
  '/v1/dashboards/{id}/share': {
    post: {
      summary: 'Make a read-only link',
      description:
        'Whoever has the link sees the dashboard and its answers, and can ask nothing else. A new link takes the place of the old one; the token is shown once.',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(201, 'The link', object({ token: text(), path: text('/shared/TOKEN') }), NOT_FOUND),
    },
    delete: {
      summary: 'Take the link away',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: {
        '204': { description: 'The link opens nothing any more' },
        '404': { description: 'No such dashboard' },
      },
    },
  },
  '/v1/shared/{token}': {
    get: {
      summary: 'A shared dashboard',
      tags: [TAG],
      security: [],
      parameters: [TOKEN],
      responses: answers(200, 'Its name and tiles', object({ name: text(), tiles: list(tile) }), NO_LINK),
    },
  },
  '/v1/shared/{token}/tiles/{index}': {
    get: {
      summary: "The answer to a shared tile's question",
      tags: [TAG],
      security: [],
      parameters: [TOKEN, inPath('index', 'The place of the tile, from 0')],
      responses: answers(200, 'As the route of the question answers', object({}), NO_LINK),
    },
  },
};
