/** The people of a cohort and the history of its size, described. */
import { AS_OF, EXPLAIN } from './parameters.js';
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
  text,
  whole,
} from './types.js';

const TAG = 'Questions';
const ID = inPath('id', 'The id of the cohort');
const NOT_FOUND = { '404': 'No such cohort' };
const LIMIT = inQuery('limit', 'Default 100, at most 1,000; as CSV 100,000', { type: 'integer' });
const CSV = { 'text/csv': { schema: text() } };

export const COHORT_PEOPLE_PATHS: Paths = {
  '/v1/analytics/cohorts/{id}/users': {
    get: {
      summary: 'List the people of a cohort, by name',
      description: 'As CSV the header X-Next-Cursor says where the next page begins.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [
        ID,
        AS_OF,
        LIMIT,
        inQuery('cursor', 'next_cursor of the page before'),
        inQuery('format', 'Default json', oneOf(['json', 'csv'])),
        EXPLAIN,
      ],
      responses: answers(
        200,
        'A page; each is a user_id, or an anonymous_id of somebody who never signed in',
        pageOf(object({ user_id: text(), anonymous_id: text() })),
        { ...NOT_FOUND, '422': 'A parameter makes no sense, or the criteria do no longer' },
      ),
    },
    put: {
      summary: 'Replace the people of a fixed cohort',
      description:
        'JSON, or CSV with columns user_id and anonymous_id; without such a header the first column is the user_id. Up to 1,000,000 people and 4 MB. The new list counts as a whole, from one moment on.',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      requestBody: {
        required: true,
        content: {
          ...json(object({ users: list(ref('ListedPerson')) }, ['users']), { users: ['u1', 'u2'] }),
          ...CSV,
        },
      },
      responses: answers(200, 'The cohort with a report of unknown ids', ref('ListedCohort'), {
        ...NOT_FOUND,
        '422': 'The cohort is none of a list, or a row names nobody; errors[] names the rows',
      }),
    },
  },
  '/v1/analytics/cohorts/{id}/history': {
    get: {
      summary: 'The sizes a cohort had, and its versions',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID, inQuery('limit', 'Sizes; default 100, at most 1,000', { type: 'integer' })],
      responses: answers(
        200,
        'Sizes at each refresh of the stored members, and versions of the definition, newest first',
        object({
          sizes: list(object({ as_of: text(), size: whole(), refresh: ref('CohortRefresh') })),
          versions: list(
            object({
              version: whole(),
              name: text(),
              criteria: ref('Criteria'),
              created_by: text(),
              created_at: text(),
            }),
          ),
        }),
        NOT_FOUND,
      ),
    },
  },
};
