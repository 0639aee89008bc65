/** Schedules of metrics and their results, described. */
import { PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import {
  answers,
  inPath,
  inQuery,
  json,
  list,
  maybeText,
  object,
  oneOf,
  type Paths,
  text,
  whole,
} from './types.js';

const TAG = 'Metrics';
const ID = inPath('id', 'The id or the name of the metric');
const NOT_FOUND = { '404': 'No such metric, or it has no schedule' };

const SCHEDULE = object({
  metric: object({ id: text(), name: text() }),
  cron: text(),
  timezone: text(),
  next_at: text('When it runs next'),
  upcoming: list(text()),
});

const RESULT = object({
  scheduled_for: text(),
  state: oneOf(['running', 'done', 'failed']),
  version: whole('Of the metric'),
  attempts: whole(),
  finished_at: maybeText(),
  reason: text('Why it failed'),
  columns: list(text()),
  rows: list(list({})),
  totals: object({}),
  meta: object({}),
});

export const METRIC_SCHEDULE_PATHS: Paths = {
  '/v1/analytics/metrics/{id}/results': {
    get: {
      summary: 'What the scheduled runs of a metric came to',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [
        ID,
        inQuery('from', 'Runs that were due from here on'),
        inQuery('to', 'Not included'),
        ...PAGE,
      ],
      responses: answers(200, 'Runs, oldest first', pageOf(RESULT), { '404': 'No such metric' }),
    },
  },
  '/v1/analytics/metrics/{id}/schedule': {
    put: {
      summary: 'Have a metric computed by itself',
      description:
        'Five fields in a time zone. Each run covers the metric’s time_window (default a day) before it.',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      requestBody: {
        required: true,
        content: json(object({ cron: text(), timezone: text('Default UTC') }, ['cron']), {
          cron: '30 6 * * 1-5',
          timezone: 'Europe/Berlin',
        }),
      },
      responses: answers(200, 'The schedule', SCHEDULE, {
        '404': 'No such metric',
        '422': 'The pattern or the zone makes no sense',
      }),
    },
    get: {
      summary: 'Show the schedule of a metric',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(200, 'The schedule', SCHEDULE, NOT_FOUND),
    },
    delete: {
      summary: 'Have a metric not computed by itself any more',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(200, 'The schedule there was; its results stay', SCHEDULE, NOT_FOUND),
    },
  },
};
