/** Experiments, described. */
import { EXPLAIN, PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import {
  answers,
  flag,
  inPath,
  inQuery,
  json,
  list,
  maybeNumber,
  number,
  object,
  oneOf,
  type Parameter,
  type Paths,
  ref,
  type Schema,
  text,
  whole,
} from './types.js';

const TAG = 'Questions';
const ID = inPath('id', 'The id of the experiment');
const NOT_FOUND = { '404': 'No such experiment' };
const REFUSED = {
  '422': 'The experiment makes no sense, or reads more than allowed; errors[] names each place',
};
const INTERVAL: Schema = { type: ['array', 'null'], items: number };
const VERDICTS = ['mismatch', 'too_few_units', 'better', 'worse', 'no_difference', 'keep_running'];

const MATCH = { event: text(), any_of: list(text()), where: { description: 'A condition' } };

const GOAL = object({
  name: text(),
  better: oneOf(['higher', 'lower'], 'Default higher'),
  window: text('From the exposure; default the experiment’s'),
  ...MATCH,
  measure: {
    description:
      '"conversion" (default), "count", {"sum": property}, {"average": property} or a quantile such as {"p90": property} (median, p75, p90, p95, p99), of an event',
  },
  funnel: {
    type: 'object',
    description: 'steps after the exposure, window, order, ties, hold and exclusions as of a funnel',
  },
  metric: text('Id or name of a metric that is a count, sum, number of persons, average, ratio or quantile'),
  definition: text('Or its text'),
  ratio: object({
    numerator: object({ ...MATCH, measure: {} }),
    denominator: object({ ...MATCH, measure: {} }),
  }),
});

const definition = object(
  {
    name: text(undefined, { maxLength: 200 }),
    exposure: object({ ...MATCH, variant: text('The property that names the variant') }, ['variant']),
    variants: list(text('The control first; default those that occur, "control" first')),
    split: list({ type: 'number', description: 'Shares the variants were meant to have; default equal' }),
    goals: list(GOAL),
    window: text('How long after the exposure goals count; default 14d'),
    pre_period: text(
      'How long before it is looked at for what people did anyway; default 14d, "0s" for none',
    ),
    where: { description: 'A condition on every event that is looked at' },
    alpha: { type: 'number', description: 'Default 0.05' },
    power: { type: 'number', description: 'Default 0.8' },
    minimal_effect: { type: 'number', description: 'As a share of the control; default 0.05' },
    correction: oneOf(['holm', 'benjamini_hochberg', 'none'], 'Over all comparisons; default holm'),
    planned_units: whole('People a variant at which sequential intervals are narrowest; default 10000'),
    from: text('A date (midnight in timezone) or an ISO time: exposures from then on'),
    to: text('Not included'),
    timezone: text('Default UTC'),
  },
  ['exposure', 'goals'],
);

const EXAMPLE = {
  exposure: { event: 'experiment_seen', variant: 'variant' },
  variants: ['control', 'green'],
  goals: [
    { event: 'checkout_completed' },
    { event: 'checkout_completed', measure: { sum: 'total' } },
    { funnel: { steps: [{ event: 'cart_added' }, { event: 'checkout_completed' }] } },
  ],
  window: '7d',
  from: '2026-10-01',
  to: '2026-11-01',
};

const COMPARISON = object({
  difference: number,
  standard_error: number,
  interval: INTERVAL,
  uplift: maybeNumber,
  uplift_interval: INTERVAL,
  p_value: number,
  adjusted_p_value: number,
  significant: flag,
  test: oneOf(['two_proportions', 'fisher', 'welch', 'delta_method', 'outer_interval']),
  sequential: object({ interval: INTERVAL, p_value: number }),
  sequential_adjusted_p_value: maybeNumber,
  sequential_significant: flag,
  bayes: object({ chance_to_win: number, expected_loss: number }),
  adjusted_by_before: object({
    difference: number,
    interval: INTERVAL,
    p_value: number,
    variance_reduction: number,
  }),
  unadjusted_because: { type: ['string', 'null'], description: 'Why adjusted_by_before is null' },
  power: object({
    effect: number,
    reached: maybeNumber,
    needed_units: { type: ['integer', 'null'] },
    progress: maybeNumber,
  }),
});

export const EXPERIMENT_SHAPES = {
  ExperimentAnswer: object({
    variants: list(
      object({
        name: text(),
        units: whole(),
        open_units: whole(),
        share: maybeNumber,
        expected_share: number,
      }),
    ),
    left_out: object({ several_variants: whole(), other_variants: whole() }),
    sample_ratio: object({ statistic: number, p_value: number, mismatch: flag }),
    goals: list(
      object({
        name: text(),
        kind: oneOf(['conversion', 'mean', 'ratio', 'quantile', 'funnel']),
        better: oneOf(['higher', 'lower']),
        window_seconds: number,
        variants: list(
          object({
            variant: text(),
            units: whole(),
            value: maybeNumber,
            standard_deviation: maybeNumber,
            observations: whole('Of a quantile: the events it is over'),
            interval: INTERVAL,
            conversions: whole(),
            steps: list(object({ label: text(), count: whole(), rate: maybeNumber })),
            comparison: { anyOf: [COMPARISON, { type: 'null' }] },
            verdict: { enum: [...VERDICTS, null] },
            sequential_verdict: { enum: [...VERDICTS, null] },
            curve: list(
              object({
                time: text(),
                control: maybeNumber,
                value: maybeNumber,
                difference: maybeNumber,
                interval: INTERVAL,
                sequential_interval: INTERVAL,
              }),
            ),
          }),
        ),
      }),
    ),
    alpha: number,
    units_min: whole(),
    meta: object({}),
  }),
  SavedExperiment: {
    allOf: [definition, object({ id: text(), version: whole(), created_at: text(), updated_at: text() })],
  },
};

const body = { required: true, content: json(definition, { name: 'Green button', ...EXAMPLE }) };

const analysis = (summary: string, parameters: readonly Parameter[], problems: Record<string, string>) => ({
  summary,
  description:
    'Each exposed person is a unit of the variant she was exposed to; goals count from her first exposure on. docs/experiments.md says how everything is computed.',
  tags: [TAG],
  'x-scope': 'read',
  parameters,
  responses: answers(200, 'The answer', ref('ExperimentAnswer'), problems),
});

export const EXPERIMENT_PATHS: Paths = {
  '/v1/analytics/experiments': {
    post: {
      ...analysis('Which variant of an experiment is better, and how sure that is', [EXPLAIN], REFUSED),
      requestBody: { required: true, content: json(definition, EXAMPLE) },
    },
  },
  '/v1/analytics/experiments/power': {
    post: {
      summary: 'How many people an experiment needs',
      tags: [TAG],
      'x-scope': 'read',
      requestBody: {
        required: true,
        content: json(
          object(
            {
              baseline: {
                oneOf: [
                  object({ rate: number }, ['rate']),
                  object({ mean: number, standard_deviation: number }, ['mean', 'standard_deviation']),
                ],
              },
              minimal_effect: { type: 'number', description: 'As a share of the baseline' },
              alpha: { type: 'number', description: 'Default 0.05' },
              power: { type: 'number', description: 'Default 0.8' },
              variants: whole('Default 2'),
              units: whole('In each variant: answers with the power these give'),
              units_per_day: {
                type: 'number',
                description: 'Over all variants: answers with the days it takes',
              },
            },
            ['baseline', 'minimal_effect'],
          ),
          { baseline: { rate: 0.05 }, minimal_effect: 0.05 },
        ),
      },
      responses: answers(
        200,
        'The size',
        object({ effect: number, units_per_variant: whole(), units: whole(), days: whole(), power: number }),
        REFUSED,
      ),
    },
  },
  '/v1/analytics/experiments/saved': {
    post: {
      summary: 'Save an experiment',
      description: 'from and to may be saved with it, or be left to the analysis.',
      tags: [TAG],
      'x-scope': 'define',
      requestBody: body,
      responses: answers(201, 'The experiment', ref('SavedExperiment'), REFUSED),
    },
    get: {
      summary: 'List saved experiments, in the order they were made',
      tags: [TAG],
      'x-scope': 'read',
      parameters: PAGE,
      responses: answers(200, 'A page', pageOf(ref('SavedExperiment'))),
    },
  },
  '/v1/analytics/experiments/saved/{id}': {
    get: {
      summary: 'Show an experiment with its versions',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(
        200,
        'The experiment; versions has the latest 100, newest first',
        {
          allOf: [
            ref('SavedExperiment'),
            object({
              versions: list({
                allOf: [definition, object({ version: whole(), created_by: text(), created_at: text() })],
              }),
            }),
          ],
        },
        NOT_FOUND,
      ),
    },
    put: {
      summary: 'Replace an experiment',
      description: 'A new version: the definition is replaced as a whole, a name that is left out stays.',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      requestBody: body,
      responses: answers(200, 'The experiment', ref('SavedExperiment'), { ...NOT_FOUND, ...REFUSED }),
    },
    delete: {
      summary: 'Delete an experiment',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(200, 'The experiment that was deleted', ref('SavedExperiment'), NOT_FOUND),
    },
  },
  '/v1/analytics/experiments/saved/{id}/analysis': {
    get: analysis(
      'Which variant of a saved experiment is better, and how sure that is',
      [
        ID,
        inQuery('from', 'Exposures from then on; default the saved one'),
        inQuery('to', 'Not included; default the saved one'),
        inQuery('timezone', 'Default the saved one'),
        inQuery('version', 'Of the experiment; default the current one', { type: 'integer' }),
        EXPLAIN,
      ],
      { ...NOT_FOUND, ...REFUSED },
    ),
  },
};
