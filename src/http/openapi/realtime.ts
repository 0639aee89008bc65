/** Live views in the description of the interface. Messages of the socket are described in docs/realtime.md. */
import {
  answers,
  inQuery,
  maybeText,
  number,
  object,
  oneOf,
  type Paths,
  ref,
  type Schema,
  text,
  whole,
} from './types.js';

const LIVE = 'Live';

const windows = (value: Schema): Schema => object({ '1m': value, '5m': value, '1h': value });

const metricValue: Schema = {
  oneOf: [number, { type: 'string' }, { type: 'null' }],
};

export const REALTIME_SHAPES: Readonly<Record<string, Schema>> = {
  LiveOverview: object({
    windows: windows(object({ count: whole('Events'), users: whole('Distinct persons') })),
    per_second: {
      type: 'array',
      items: { type: 'integer' },
      description: 'Events of each of the last 60 seconds, oldest first; the last is the current second',
    },
    top_events: {
      type: 'array',
      items: object({ event: text(), counts: windows(whole()) }),
    },
    users_exact: { type: 'boolean', description: 'False when a share of the persons stands for all' },
    through: maybeText('Receipt of the newest event counted; null: none since the numbers were read'),
    metrics: {
      type: 'object',
      description: 'The metrics asked for, by name',
      additionalProperties: object({
        mode: oneOf(['incremental', 'requery']),
        windows: windows(metricValue),
      }),
    },
  }),
};

export const REALTIME_PATHS: Paths = {
  '/v1/analytics/realtime': {
    get: {
      summary: 'Live numbers: a WebSocket',
      description:
        'Open it with ws:// or wss://, the key in ?key=, in Authorization, or as the subprotocol weir.KEY. Then {"type":"subscribe","channel":"metrics"}; channels are events, metrics, funnel and alerts. docs/realtime.md has every message. Without an upgrade: 400.',
      tags: [LIVE],
      'x-scope': 'read',
      parameters: [inQuery('key', 'The key, where headers cannot be set')],
      responses: {
        '101': { description: 'The socket is open' },
        ...answers(
          200,
          'Never: a request without an upgrade is answered with 400',
          {},
          {
            '400': 'Not a WebSocket',
          },
        ),
      },
    },
  },
  '/v1/analytics/realtime/snapshot': {
    get: {
      summary: 'The live numbers, once',
      description: 'What subscribing to the channel would begin with.',
      tags: [LIVE],
      'x-scope': 'read',
      parameters: [
        inQuery('channel', 'metrics (default), funnel, events or alerts'),
        inQuery('metrics', 'Names or ids of metrics, divided by commas'),
        inQuery('funnel', 'Id of a saved funnel'),
        inQuery('event', 'Events of this type only'),
        inQuery('where', 'A condition as JSON'),
        inQuery('sample', 'A share of the persons, such as 0.1', number),
      ],
      responses: answers(
        200,
        'The numbers. data is LiveOverview for the channel metrics',
        object({
          channel: text(),
          topic: text(),
          id: text('Subscribing with this as after resumes from here'),
          at: text(),
          data: ref('LiveOverview'),
          status: object({ state: oneOf(['ok', 'degraded']), since: text(), reason: text() }),
        }),
        { '404': 'No such metric or funnel', '422': 'No such channel, or a wrong parameter' },
      ),
    },
  },
};
