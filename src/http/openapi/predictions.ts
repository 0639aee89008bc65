/** Lifetime value, churn and what models say of cohorts, described. */
import { ask } from './ask.js';
import { AS_OF, EXPLAIN } from './parameters.js';
import {
  answers,
  flag,
  inPath,
  inQuery,
  json,
  list,
  maybeNumber,
  maybeText,
  number,
  object,
  oneOf,
  type Paths,
  ref,
  text,
  whole,
} from './types.js';

const TAG = 'Predictions';
const SCORE = { auc: maybeNumber, log_loss: number, brier: number };

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
      error: maybeNumber,
      p_value: maybeNumber,
    }),
  ),
  scoreboard: object({
    ...SCORE,
    base_rate: number,
    calibration: list(object({ people: whole(), foretold: number, observed: number })),
  }),
  baselines: list(object({ name: text(), about: text(), ...SCORE })),
  baseline: object({ name: text(), wins: flag, difference: number, z: number }),
  predicts: flag,
  reason: maybeText(),
  summary: text(),
  cuts: object({}),
  predictions: list(object({ person: text(), risk: number, factors: list(object({})) })),
  meta: object({}),
});

/** What a model says of people; numbers of its kind beside these while it says something. */
const SAID = object({
  model: {
    oneOf: [
      object({ id: text(), name: text(), version: whole(), trained_at: text() }),
      { type: 'null', description: 'None of the kind has been trained' },
    ],
  },
  predicts: flag,
  reason: text('Why nothing is said, where nothing is'),
  people: whole('Members the model knows'),
});

export const PREDICTION_PATHS: Paths = {
  '/v1/analytics/predictions/ltv': {
    post: ask(
      'What customers will be worth',
      'BG/NBD for how often, Gamma-Gamma for how much; fitted before calibration_to, judged on what came after.',
      object(
        {
          event: text('The purchase'),
          value: text('The property that holds its amount'),
          from: text(),
          calibration_to: text('Purchases before this fit the model'),
          to: text('Those from there to here judge it'),
          grain: oneOf(['week']),
        },
        ['event', 'value', 'from', 'calibration_to', 'to'],
      ),
      {
        event: 'purchase',
        value: 'amount',
        from: '2025-01-01',
        calibration_to: '2025-07-01',
        to: '2026-01-01',
        grain: 'week',
      },
      object({
        model: text(),
        parameters: object({}),
        backtest: object({}),
        baseline: object({}),
        meta: object({}),
      }),
    ),
  },
  '/v1/analytics/predictions/churn': {
    post: {
      summary: 'Who is about to leave',
      description:
        'Logistic regression learnt one horizon before cut, calibrated, judged on the horizon after cut, and used on those active now. When knowing how long people were away does as well, it says so and predicts nothing.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [EXPLAIN],
      requestBody: {
        required: true,
        content: json(CHURN_QUESTION, { event: 'opened', horizon: '28d' }),
      },
      responses: answers(200, 'The model, its scoreboard, and people by risk', CHURN, {
        '422': 'The question makes no sense, or there are too few people to learn from',
      }),
    },
  },
  '/v1/analytics/cohorts/{id}/predictions': {
    get: {
      summary: 'What the models trained last say of a cohort’s people',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [
        inPath('id', 'The id of the cohort'),
        AS_OF,
        inQuery('horizon', 'Such as 28d; default that of each model'),
        EXPLAIN,
      ],
      responses: answers(
        200,
        'Sums over the members the models know',
        object({
          id: text(),
          name: text(),
          size: whole(),
          churn: SAID,
          ltv: SAID,
          meta: object({}),
        }),
        { '404': 'No such cohort', '422': 'A parameter makes no sense, or it would read more than allowed' },
      ),
    },
  },
};
