/** Churn, saved models and what they say of cohorts, described. */
import { pageOf } from './schemas.js';
import {
  answers,
  inPath,
  inQuery,
  json,
  list,
  object,
  oneOf,
  type Paths,
  ref,
  type Schema,
  text,
  whole,
} from './types.js';

const TAG = 'Predictions';
const number: Schema = { type: 'number' };
const nullable: Schema = { type: ['number', 'null'] };
const SCORE = { auc: nullable, log_loss: number, brier: number };

const CHURN_QUESTION = object(
  {
    event: text('The activity; or any_of'),
    any_of: list(text()),
    where: ref('Condition'),
    horizon: text('Whole days: who does nothing for as long after the cut has left'),
    cut: text('The model is judged on the horizon after it; default the latest that has passed'),
    from: text(
      'First day looked back to from the cut the model learns at; default six horizons, 90 days at least',
    ),
    features: list(text('Of those docs/predictions.md lists; default all')),
    timezone: text('Default UTC'),
    limit: whole('People listed; default 100'),
  },
  ['horizon'],
);

const CHURN = object({
  model: oneOf(['logistic+platt']),
  people: object({ learnt: whole(), calibrated: whole(), judged: whole(), predicted: whole() }),
  factors: list(
    object({
      feature: text(),
      about: text(),
      coefficient: number,
      error: nullable,
      p_value: nullable,
    }),
  ),
  scoreboard: object({
    ...SCORE,
    base_rate: number,
    calibration: list(object({ people: whole(), foretold: number, observed: number })),
  }),
  baselines: list(object({ name: text(), about: text(), ...SCORE })),
  baseline: object({ name: text(), wins: { type: 'boolean' }, difference: number, z: number }),
  predicts: { type: 'boolean' },
  reason: { type: ['string', 'null'] },
  summary: text(),
  cuts: object({}),
  predictions: list(object({ person: text(), risk: number, factors: list(object({})) })),
  meta: object({}),
});

const MODEL = object({
  id: text(),
  kind: oneOf(['ltv', 'churn']),
  name: text(),
  question: object({}),
  cron: { type: ['string', 'null'] },
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
  trained_at: { type: ['string', 'null'] },
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

export const PREDICTION_PATHS: Paths = {
  '/v1/analytics/predictions/churn': {
    post: {
      summary: 'Who is about to leave',
      description:
        'Logistic regression learnt one horizon before cut, calibrated, judged on the horizon after cut, and used on those active now. When knowing how long people were away does as well, it says so and predicts nothing.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [inQuery('explain', '1: plan, SQL, estimate and limit instead of the answer')],
      requestBody: {
        required: true,
        content: json(CHURN_QUESTION, { event: 'opened', horizon: '28d' }),
      },
      responses: answers(200, 'The model, its scoreboard, and people by risk', CHURN, {
        '422': 'The question makes no sense, or there are too few people to learn from',
      }),
    },
  },
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
      parameters: [
        inQuery('limit', 'Default 100, at most 1,000', { type: 'integer' }),
        inQuery('cursor', 'next_cursor of the page before'),
      ],
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
      parameters: [
        ID,
        inQuery('version', 'Default the one trained last', { type: 'integer' }),
        inQuery('limit', 'Default 100, at most 1,000', { type: 'integer' }),
        inQuery('cursor', 'next_cursor of the page before'),
      ],
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
  '/v1/analytics/cohorts/{id}/predictions': {
    get: {
      summary: 'What the models trained last say of a cohort’s people',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [
        inPath('id', 'The id of the cohort'),
        inQuery('as_of', 'Membership as of this instant; default now'),
        inQuery('horizon', 'Such as 28d; default that of each model'),
        inQuery('explain', '1: plan, SQL, estimate and limit instead of the answer'),
      ],
      responses: answers(
        200,
        'Sums over the members the models know; null without a model of the kind',
        object({
          id: text(),
          name: text(),
          size: whole(),
          churn: { type: ['object', 'null'] },
          ltv: { type: ['object', 'null'] },
          meta: object({}),
        }),
        { '404': 'No such cohort', '422': 'A parameter makes no sense, or it would read more than allowed' },
      ),
    },
  },
};
