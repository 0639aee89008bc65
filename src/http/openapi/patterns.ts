/** Behaviour patterns of a cohort, described. */
import { AS_OF, EXPLAIN } from './parameters.js';
import {
  answers,
  flag,
  inPath,
  inQuery,
  list,
  maybeNumber,
  needed,
  number,
  object,
  type Paths,
  text,
  whole,
} from './types.js';

const ANSWER = object({
  id: text(),
  name: text(),
  defining: list(text('An event type that the criteria name')),
  people: object({ members: whole(), others: whole() }),
  sequences: list(
    object({
      sequence: list(text()),
      count: whole('People of the cohort who have it'),
      support: number,
      others_count: whole(),
      others_support: maybeNumber,
      lift: maybeNumber,
      p_value: maybeNumber,
      adjusted_p_value: maybeNumber,
    }),
  ),
  found: whole(),
  complete: flag,
  behaviour: {
    type: ['object', 'null'],
    properties: {
      silhouette: number,
      apart: flag,
      clustered: whole(),
      clusters: list(
        object({ people: whole(), share: number, traits: list(object({})), description: text() }),
      ),
    },
  },
  truncated: whole('People of whom only the first 500 events were read'),
  events: list(text()),
  sample: object({
    members: whole(),
    of_members: whole(),
    others: whole(),
    of_others: whole(),
    complete: flag,
  }),
  meta: object({}),
});

export const PATTERN_PATHS: Paths = {
  '/v1/analytics/cohorts/{id}/patterns': {
    get: {
      summary: 'What the people of a cohort do that others do not',
      description:
        'Frequent sequences with their support, lift and adjusted p-value against everybody else, and the members in groups by behaviour, each described.',
      tags: ['Questions'],
      'x-scope': 'read',
      parameters: [
        inPath('id', 'The id of the cohort'),
        needed(inQuery('from', 'A date (midnight in timezone) or an ISO time')),
        needed(inQuery('to', 'Not included')),
        AS_OF,
        inQuery('events', 'An event type; may be repeated. Default the 50 most frequent'),
        inQuery('max_length', 'Default 3, at most 5', { type: 'integer' }),
        inQuery('min_support', 'Least share of the cohort that has a sequence; default 0.05', number),
        inQuery('limit', 'Sequences told; default 50', { type: 'integer' }),
        inQuery('timezone', 'Default UTC'),
        EXPLAIN,
      ],
      responses: answers(200, 'Sequences that differ most surely first, and groups', ANSWER, {
        '404': 'No such cohort',
        '422': 'The question makes no sense, or nobody of the cohort did anything in the range',
      }),
    },
  },
};
