/** Churn, described. */
import {
  answers,
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
};
