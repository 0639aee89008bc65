/** Cohorts, described. */
import { WHOLE_REASONS } from '../../query/cohort/refresh.js';
import { COHORT_PEOPLE_PATHS } from './cohort-people.js';
import { COHORT_QUESTION_PATHS } from './cohort-questions.js';
import { AS_OF, EXPLAIN, PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import {
  answers,
  flag,
  inPath,
  inQuery,
  json,
  list,
  maybeNumber,
  maybeText,
  needed,
  object,
  oneOf,
  type Paths,
  ref,
  text,
  whole,
} from './types.js';

const TAG = 'Questions';
const ID = inPath('id', 'The id of the cohort');
const NOT_FOUND = { '404': 'No such cohort' };
const REFUSED = { '422': 'The criteria make no sense; errors[] names each place' };

const EXAMPLE = {
  name: 'Keen buyers',
  criteria: {
    and: [
      { did: { event: 'order_placed' }, times: { gte: 3 }, within: '30d' },
      { did_not: { event: 'order_refunded' } },
    ],
  },
};

const times = object({ gte: whole(), lte: whole(), eq: whole() });
const within = {
  description: 'A duration that ends with as_of, or a range',
  oneOf: [text('"30d"'), object({ from: text(), to: text() }, ['from', 'to'])],
};

export const COHORT_SHAPES = {
  Criteria: {
    description: 'Which people belong',
    oneOf: [
      object({ did: ref('EventMatch'), times, within }, ['did']),
      object({ did_not: ref('EventMatch'), times, within }, ['did_not']),
      object({ sequence: list(ref('EventMatch')), within }, ['sequence']),
      object({ first: ref('EventMatch'), within }, ['first', 'within']),
      object({ last: ref('EventMatch'), within }, ['last', 'within']),
      object({ property: text('Such as user.plan'), op: text(), value: {} }, ['property', 'op']),
      object({ in_cohort: text('The id of another cohort') }, ['in_cohort']),
      object({ and: list(ref('Criteria')) }, ['and']),
      object({ or: list(ref('Criteria')) }, ['or']),
      object({ not: ref('Criteria') }, ['not']),
    ],
  },
  Cohort: object({
    id: text(),
    name: text(),
    version: whole(),
    criteria: ref('Criteria'),
    static: flag,
    created_by: text(),
    created_at: text(),
    updated_at: text(),
  }),
  ListedPerson: {
    description: 'A user_id, or somebody who never signed in',
    oneOf: [
      text('A user_id'),
      object({ user_id: text() }, ['user_id']),
      object({ anonymous_id: text() }, ['anonymous_id']),
    ],
  },
  ListedCohort: {
    allOf: [
      ref('Cohort'),
      object({
        listed: whole('People of the list, each once'),
        unknown: whole('Those without any event'),
        unknown_ids: list(text('Up to 20 of their ids')),
      }),
    ],
  },
  CohortRefresh: {
    description: 'How stored members were brought up to date; null for a list, and before the first time',
    type: ['object', 'null'],
    properties: {
      way: oneOf(
        ['changes', 'whole'],
        'By what changed since the last refresh, or all of it calculated anew',
      ),
      why: {
        type: ['string', 'null'],
        description: `Why whole. ${Object.entries(WHOLE_REASONS)
          .map(([code, meaning]) => `${code}: ${meaning}`)
          .join(' ')}`,
      },
      candidates: {
        type: ['integer', 'null'],
        description: 'People whose membership was judged again, of changes',
      },
    },
  },
  CohortState: {
    description: 'Where the stored members stand; null for a list',
    ...object({
      status: oneOf(['waiting', 'calculating', 'ready', 'failed']),
      reason: { type: ['string', 'null'], description: 'Why the last calculation failed' },
      attempts: whole('Calculations since the last success'),
      refreshed_at: maybeText(),
      size: { type: ['integer', 'null'] },
      elapsed_ms: { type: ['integer', 'null'] },
      next_at: text(),
    }),
  },
  CohortSize: object({ size: whole('People who belong'), as_of: text(), meta: object({}) }),
};

/** With how the newest members came to be. */
const STATE_AFTER = { allOf: [ref('CohortState'), object({ last_refresh: ref('CohortRefresh') })] };

export const COHORT_PATHS: Paths = {
  ...COHORT_PEOPLE_PATHS,
  ...COHORT_QUESTION_PATHS,
  '/v1/analytics/cohorts': {
    post: {
      summary: 'Save a cohort',
      description:
        'By criteria, whose members are found when they are asked for and so are never stale, or with static a list of people.',
      tags: [TAG],
      'x-scope': 'define',
      requestBody: {
        required: true,
        content: json(
          object(
            {
              name: text(undefined, { maxLength: 200 }),
              criteria: ref('Criteria'),
              static: {
                type: 'boolean',
                description: 'true: a list that stays; of users, or of those who fulfil criteria now',
              },
              users: list(ref('ListedPerson')),
            },
            ['name'],
          ),
          EXAMPLE,
        ),
      },
      responses: answers(201, 'The cohort; a list with its report', ref('ListedCohort'), REFUSED),
    },
    get: {
      summary: 'List cohorts, in the order they were made',
      tags: [TAG],
      'x-scope': 'read',
      parameters: PAGE,
      responses: answers(200, 'A page', pageOf(ref('Cohort'))),
    },
  },
  '/v1/analytics/cohorts/preview': {
    post: {
      summary: 'How many people criteria that are not saved describe',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [EXPLAIN],
      requestBody: {
        required: true,
        content: json(object({ criteria: ref('Criteria'), as_of: text() }, ['criteria']), {
          criteria: EXAMPLE.criteria,
        }),
      },
      responses: answers(200, 'The size', ref('CohortSize'), REFUSED),
    },
  },
  '/v1/analytics/cohorts/{id}/state': {
    get: {
      summary: 'Where the stored members of a cohort stand',
      description:
        'Answers also while the size cannot be calculated: then reason says why. last_refresh is null while the engine does not answer.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(
        200,
        'The state; null for a list',
        object({ id: text(), name: text(), state: STATE_AFTER }),
        NOT_FOUND,
      ),
    },
  },
  '/v1/analytics/cohorts/{id}': {
    get: {
      summary: 'Show a cohort with its size',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID, AS_OF, EXPLAIN],
      responses: answers(
        200,
        'The cohort',
        { allOf: [ref('Cohort'), ref('CohortSize'), object({ state: STATE_AFTER })] },
        { ...NOT_FOUND, ...REFUSED },
      ),
    },
    put: {
      summary: 'Give a cohort a new version',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      requestBody: {
        required: true,
        content: json(object({ name: text(), criteria: ref('Criteria') }), { criteria: EXAMPLE.criteria }),
      },
      responses: answers(200, 'The cohort', ref('Cohort'), {
        ...NOT_FOUND,
        '409': 'It would get another name, and metrics are defined by the one it has; errors[] names them',
        ...REFUSED,
      }),
    },
    delete: {
      summary: 'Delete a cohort',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(200, 'The cohort that was deleted', ref('Cohort'), {
        ...NOT_FOUND,
        '409':
          'Cohorts, funnels, experiments, predictive models or metrics are defined by it; errors[] names them',
      }),
    },
  },
  '/v1/analytics/cohorts/{id}/retention': {
    get: {
      summary: 'Which people of a cohort come back, and when',
      description: 'The answer of POST /v1/analytics/retention for those who belong as of as_of.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [
        ID,
        AS_OF,
        needed(inQuery('start', 'The name of an event type, or {"event", "where"} as JSON')),
        inQuery('return', 'Likewise; default as start'),
        needed(inQuery('from', 'A date (midnight in timezone) or an ISO time')),
        needed(inQuery('to', 'Not included')),
        inQuery('grain', 'Default day', oneOf(['hour', 'day', 'week', 'month', 'quarter'])),
        inQuery('periods', 'Later periods of a row', { type: 'integer' }),
        inQuery('mode', 'Default first_time', oneOf(['first_time', 'recurring', 'first_ever'])),
        inQuery('criterion', 'Default on', oneOf(['on', 'on_or_after'])),
        inQuery('windows', 'Default calendar', oneOf(['calendar', 'rolling'])),
        inQuery('brackets', 'Instead of single periods: [[1, 1], [2, 7]] as JSON'),
        inQuery('min_times', 'Returns that count; default 1', { type: 'integer' }),
        inQuery('value', '{"sum": property} or {"avg": property} as JSON'),
        inQuery('breakdown', 'Up to three properties, parted by commas; {"cohort": id} and lists as JSON', {
          type: 'array',
          items: { type: 'string' },
        }),
        inQuery('breakdown_limit', 'Values kept apart; default 25', { type: 'integer' }),
        inQuery('timezone', 'Default UTC'),
        inQuery('week_start', 'Default monday'),
        EXPLAIN,
      ],
      responses: answers(
        200,
        'The table',
        object({
          periods: list(object({})),
          mean: list(maybeNumber),
          breakdown: list(
            object({
              values: list({}),
              size: whole(),
              periods: list(object({})),
              mean: list(maybeNumber),
            }),
          ),
          meta: object({}),
        }),
        { ...NOT_FOUND, ...REFUSED },
      ),
    },
  },
};
