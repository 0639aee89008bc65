/** Sessions, revenue and the comparison of cohorts, described. */
import { BREAKDOWN, RANGE } from './ask.js';
import { AS_OF, EXPLAIN } from './parameters.js';
import {
  answers,
  flag,
  inPath,
  inQuery,
  json,
  list,
  maybeNumber,
  needed,
  number,
  object,
  oneOf,
  type Paths,
  ref,
  text,
  whole,
} from './types.js';

const TAG = 'Questions';
const TABLE = object({
  columns: list(text()),
  rows: list(list({})),
  totals: object({}),
  entries: list(object({ value: {}, sessions: whole(), share: number, bounce_rate: number })),
  exits: list(object({ value: {}, sessions: whole(), share: number, bounce_rate: number })),
  meta: object({}),
});
const REVENUE_ROW = object({
  start: text(),
  size: whole('People who started'),
  gross: list(number),
  refunds: list(number),
  revenue: list(number),
  purchases: list(whole()),
  payers: list(whole()),
  arpu: list(maybeNumber),
  arppu: list(maybeNumber),
  ltv: list(maybeNumber),
  repeat_rate: list(maybeNumber),
  complete: list(flag),
  payback: maybeNumber,
  cost_per_person: maybeNumber,
});
const REVENUE = object({
  periods: list(REVENUE_ROW),
  ltv: list(maybeNumber),
  totals: object({}),
  meta: object({}),
});

export const COHORT_QUESTION_PATHS: Paths = {
  '/v1/analytics/sessions': {
    post: {
      summary: 'How many sessions, how long, how deep, where they begin and end, and how many bounce',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [EXPLAIN],
      requestBody: {
        required: true,
        content: json(
          object(
            {
              ...RANGE,
              grain: text('Default day'),
              where: ref('Condition'),
              ...BREAKDOWN,
              page: text('What entries and exits are called by; default the event type'),
              limit: whole('Entries and exits told; default 10'),
            },
            ['from', 'to'],
          ),
          { from: '2024-03-01', to: '2024-04-01', grain: 'week', page: 'path' },
        ),
      },
      responses: answers(200, 'The table; lengths in seconds', TABLE, {
        '422': 'The question makes no sense; errors[] names each place',
      }),
    },
  },
  '/v1/analytics/revenue': {
    post: {
      summary:
        'What people bring by the period they started in: revenue, ARPU, LTV, payback, repeats, refunds',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [EXPLAIN],
      requestBody: {
        required: true,
        content: json(
          object(
            {
              event: text('The purchase; or any_of, and where'),
              value: text('The property with the amount; a negative one is a refund'),
              refund: object({ event: text(), value: text(), where: ref('Condition') }, ['event', 'value']),
              start: { allOf: [ref('EventMatch')], description: 'Default a purchase of more than 0' },
              ...RANGE,
              grain: oneOf(['day', 'week', 'month', 'quarter'], 'Default month'),
              periods: whole('Later periods of a row'),
              acquisition_cost: { oneOf: [number, list(number)] },
            },
            ['event', 'value', 'from', 'to'],
          ),
          { event: 'purchase', value: 'revenue', from: '1997-01-01', to: '1997-04-01', acquisition_cost: 40 },
        ),
      },
      responses: answers(200, 'A row a start period; arrays by the number of periods since', REVENUE, {
        '422': 'The question makes no sense; errors[] names each place',
      }),
    },
  },
  '/v1/analytics/cohorts/{id}/revenue': {
    get: {
      summary: 'What the people of a cohort bring',
      description: 'The answer of POST /v1/analytics/revenue for those who belong as of as_of.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [
        inPath('id', 'The id of the cohort'),
        AS_OF,
        inQuery('event', 'The purchase'),
        needed(inQuery('value', 'The property with the amount')),
        inQuery('refund', '{"event", "value"} as JSON'),
        inQuery(
          'start',
          'The name of an event type, or {"event", "where"} as JSON; default a purchase of more than 0',
        ),
        needed(inQuery('from', RANGE.from.description as string)),
        needed(inQuery('to', 'Not included')),
        inQuery('grain', 'Default month', oneOf(['day', 'week', 'month', 'quarter'])),
        inQuery('periods', 'Later periods of a row', { type: 'integer' }),
        inQuery('acquisition_cost', 'What a person cost', number),
        inQuery('timezone', 'Default UTC'),
        inQuery('week_start', 'Default monday'),
        EXPLAIN,
      ],
      responses: answers(200, 'As POST /v1/analytics/revenue', REVENUE, {
        '404': 'No such cohort',
        '422': 'The question makes no sense; errors[] names each place',
      }),
    },
  },
  '/v1/analytics/cohorts/compare': {
    post: {
      summary: 'Whether the people of cohorts differ in a number',
      description:
        'By a metric, a definition, or the events of a person. Welch’s t-test, or the two-proportion z-test for the share that converted; p-values of all pairs adjusted together.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [EXPLAIN],
      requestBody: {
        required: true,
        content: json(
          object(
            {
              cohort_ids: list(text()),
              metric: text('The id or name of a metric'),
              definition: text('The text of a metric'),
              event: text('Or any_of, and where: instead of a metric'),
              measure: { oneOf: [oneOf(['count', 'converted']), object({ sum: text() }, ['sum'])] },
              from: RANGE.from,
              to: RANGE.to,
              timezone: RANGE.timezone,
              alpha: number,
            },
            ['cohort_ids', 'from', 'to'],
          ),
          { cohort_ids: ['co_a…', 'co_b…'], event: 'order_placed', from: '2024-03-01', to: '2024-04-01' },
        ),
      },
      responses: answers(
        200,
        'Each cohort’s number a person, and each pair',
        object({
          cohorts: list(
            object({
              id: text(),
              name: text(),
              size: whole(),
              count: whole('People with a number'),
              mean: maybeNumber,
              variance: maybeNumber,
            }),
          ),
          comparisons: list(
            object({
              first: text(),
              second: text(),
              difference: maybeNumber,
              interval: { type: ['array', 'null'], items: number },
              uplift: maybeNumber,
              p_value: maybeNumber,
              adjusted_p_value: maybeNumber,
              significant: flag,
              overlap: whole('People in both, whom the tests take for different ones'),
            }),
          ),
          test: oneOf(['welch', 'two_proportions']),
          alpha: number,
          meta: object({}),
        }),
        {
          '404': 'No such cohort or metric',
          '422': 'The question makes no sense; errors[] names each place',
        },
      ),
    },
  },
};
