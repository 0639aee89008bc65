import { answers, json, object, type Paths, ref, text } from './types.js';

export const SQL_PATHS: Paths = {
  '/v1/query': {
    post: {
      summary: 'SQL over the project’s own events',
      description:
        'One select in ClickHouse’s dialect over the table events (event, timestamp, event_id, user_id, anonymous_id, session_id, ' +
        'received_at, sent_at, properties, context, person_key, person), with functions that compute only. At most 10,000 rows.',
      tags: ['Questions'],
      'x-scope': 'read',
      requestBody: {
        required: true,
        content: json(
          object(
            {
              sql: text(),
              params: { type: 'object', description: 'Values of {name:Type} in the statement' },
            },
            ['sql'],
          ),
          {
            sql: 'select event, count() as n from events where timestamp >= {since:DateTime} group by event order by n desc',
            params: { since: '2026-01-01 00:00:00' },
          },
        ),
      },
      responses: answers(200, 'The rows', ref('Table'), {
        '422': 'A statement that may not run, or over the limits',
      }),
    },
  },
};
