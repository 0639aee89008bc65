import {
  answers,
  flag,
  inPath,
  json,
  list,
  maybeText,
  object,
  type Paths,
  ref,
  type Schema,
  text,
  whole,
} from './types.js';

const ROUTES = 'Running';

const target: Schema = {
  oneOf: [
    object({ table: text('Filled in ClickHouse as routed_<project>_<table>') }, ['table']),
    object({ stream: text('A stream in Redis; redis_key in the answer names it') }, ['stream']),
    object({ webhook: text('An https or http URL'), secret: text('Absent: generated, and shown once') }, [
      'webhook',
    ]),
  ],
};

export const EVENT_ROUTE_SHAPES: Readonly<Record<string, Schema>> = {
  EventRoute: object({
    id: text(),
    name: text(),
    events: list(text()),
    to: object({
      table: text(),
      clickhouse_table: text(),
      stream: text(),
      redis_key: text(),
      webhook: text(),
    }),
    keep: flag,
    created_at: text(),
    delivery: object({
      waiting: whole('Events in the stream, or in the outbox'),
      delivered: whole('Events a webhook has taken'),
      dropped: whole('Events lost because too many waited'),
      failures: whole('Requests that failed since the last success'),
      error: maybeText('Of the last request; null when it succeeded'),
    }),
  }),
};

export const EVENT_ROUTE_PATHS: Paths = {
  '/v1/routes': {
    post: {
      summary: 'Send events of some types to a table, a stream or a webhook too',
      description: 'From the next batch on. Every event stays in the table of events.',
      tags: [ROUTES],
      'x-scope': 'define',
      requestBody: {
        required: true,
        content: json(
          object({ name: text(), events: list(text()), to: target, keep: flag }, ['events', 'to']),
          {
            events: ['order_placed'],
            to: { stream: 'orders' },
          },
        ),
      },
      responses: answers(201, 'The route; of a webhook with its secret, this once', ref('EventRoute'), {
        '409': 'There is a route of this name, or there are too many',
        '422': 'A route that makes no sense',
      }),
    },
    get: {
      summary: 'List routes, and how they fare',
      tags: [ROUTES],
      'x-scope': 'define',
      responses: answers(
        200,
        'Every route',
        object({ data: list(ref('EventRoute')), next_cursor: maybeText() }),
      ),
    },
  },
  '/v1/routes/{id}': {
    delete: {
      summary: 'Delete a route',
      description: 'Its table or stream stays; what waits for a webhook is dropped.',
      tags: [ROUTES],
      'x-scope': 'define',
      parameters: [inPath('id', 'The id of a route')],
      responses: answers(200, 'The route as it was', ref('EventRoute'), { '404': 'No such route' }),
    },
  },
};
