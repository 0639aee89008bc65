/** Saved predictive models, described. */
import { PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import {
  answers,
  inPath,
  inQuery,
  json,
  maybeText,
  object,
  oneOf,
  type Paths,
  text,
  whole,
} from './types.js';

const TAG = 'Predictions';

const MODEL = object({
  id: text(),
  kind: oneOf(['ltv', 'churn']),
  name: text(),
  question: object({}),
  cron: maybeText(),
  timezone: text(),
  next_at: { type: ['string', 'null'], description: 'When it is trained next by itself' },
  latest: object({ version: whole(), state: oneOf(['waiting', 'running', 'done', 'failed']) }),
  created_by: text(),
  created_at: text(),
});

const TRAINING = object({
  version: whole(),
  state: oneOf(['waiting', 'running', 'done', 'failed']),
  asked_at: text(),
  trained_at: maybeText(),
  attempts: whole(),
  reason: text('Why it failed'),
  answer: {
    type: ['object', 'null'],
    description: 'As the question of its kind answers, without people; data: from, to, rows_read',
  },
});

const ID = inPath('id', 'The id of the model');
const NOT_FOUND = { '404': 'No such model' };
const MODELS = '/v1/analytics/predictions/models';

export const PREDICTIVE_MODEL_PATHS: Paths = {
  [MODELS]: {
    post: {
      summary: 'Save a model',
      description:
        'It is trained at once, and by itself when it has a cron pattern. Each training is a version.',
      tags: [TAG],
      'x-scope': 'define',
      requestBody: {
        required: true,
        content: json(
          object(
            {
              kind: oneOf(['ltv', 'churn']),
              name: text(),
              question: object({}),
              cron: text('Five fields'),
              timezone: text('Of the pattern; default UTC'),
            },
            ['kind', 'name', 'question'],
          ),
          {
            kind: 'churn',
            name: 'Who stops opening',
            question: { event: 'opened', horizon: '28d' },
            cron: '30 4 * * 1',
            timezone: 'Europe/Berlin',
          },
        ),
      },
      responses: answers(201, 'The model, its first training waiting', MODEL, {
        '422': 'The question or the pattern makes no sense',
      }),
    },
    get: {
      summary: 'List models',
      tags: [TAG],
      'x-scope': 'read',
      parameters: PAGE,
      responses: answers(200, 'In the order they were made', pageOf(MODEL)),
    },
  },
  [`${MODELS}/{id}`]: {
    get: {
      summary: 'Show a model and its latest training',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(200, 'The model; latest is the whole training', MODEL, NOT_FOUND),
    },
    delete: {
      summary: 'Delete a model and its versions',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(200, 'What it was', MODEL, NOT_FOUND),
    },
  },
  [`${MODELS}/{id}/versions`]: {
    get: {
      summary: 'List the trainings of a model',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(200, 'The latest 20, newest first', pageOf(TRAINING), NOT_FOUND),
    },
  },
  [`${MODELS}/{id}/train`]: {
    post: {
      summary: 'Ask for a training',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(
        202,
        'The version that waits',
        object({ version: whole(), state: text() }),
        NOT_FOUND,
      ),
    },
  },
  [`${MODELS}/{id}/users`]: {
    get: {
      summary: 'Whom a model foretells what',
      description: 'By risk, or by the value expected. Nobody when the baseline won: predicts says so.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID, inQuery('version', 'Default the one trained last', { type: 'integer' }), ...PAGE],
      responses: answers(
        200,
        'People, the greatest risk or value first',
        pageOf(object({ rank: whole(), person: text() })),
        {
          ...NOT_FOUND,
          '409': 'It has not been trained yet',
        },
      ),
    },
  },
};
