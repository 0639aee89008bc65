import { pageOf } from './schemas.js';
import {
  answers,
  flag,
  inPath,
  inQuery,
  json,
  list,
  maybeText,
  type Operation,
  object,
  type Paths,
  ref,
  text,
  whole,
} from './types.js';

const EXAMPLE = { event: 'signup', user_id: 'ada', properties: { plan: 'pro' } };

const REFUSALS = {
  '400': 'Not readable: not JSON, not UTF-8, not what its encoding says, or without an event',
  '408': 'The body stopped coming',
  '413': 'More than 16 MB as sent, 32 MB inflated, or 100,000 events',
  '415': 'An unknown encoding or type',
  '422': 'A single event that is not valid, or an Idempotency-Key that came with another body',
} as const;

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Up to 200 characters. The same key with the same body repeats the first answer for a day.',
  schema: text(undefined, { maxLength: 200 }),
} as const;

const sendEvents = (summary: string): Operation => ({
  summary,
  description:
    'Answers 202 once the events are on disk in Redis. One event, an array, {"events": […]} or one event a line ' +
    '(application/x-ndjson), as they are or compressed (gzip, deflate, br). Invalid events among others do not hinder ' +
    'these: they are rejected with their reasons, and told of in the answer where the body is small.',
  tags: ['Events in'],
  'x-scope': 'write',
  parameters: [
    inQuery(
      'wait',
      'stored: answer 200 when every event has its outcome; after 30 s 202 with status "pending"',
      {
        type: 'string',
        enum: ['stored'],
      },
    ),
    IDEMPOTENCY_KEY,
  ],
  requestBody: {
    required: true,
    content: {
      ...json({ anyOf: [ref('Event'), list(ref('Event')), object({ events: list(ref('Event')) })] }, EXAMPLE),
      'application/x-ndjson': { schema: text('One event a line') },
    },
  },
  responses: {
    ...answers(202, 'On disk', ref('Accepted'), REFUSALS),
    '200': { description: 'With ?wait=stored: every event has its outcome', content: json(ref('Stored')) },
  },
});

const dialect = (name: string, summary: string, answer: object): Operation => ({
  summary,
  description: `For clients that speak ${name}. The key may come as Basic user name, X-Write-Key, ?writeKey=, or in the body.`,
  tags: ['Events in'],
  'x-scope': 'write',
  requestBody: { required: true, content: json(object({})) },
  responses: answers(200, 'On disk', { type: 'object', example: answer }, REFUSALS),
});

const segment = (summary: string) => ({
  post: dialect('Segment’s HTTP tracking form', summary, { success: true }),
});
const posthog = { post: dialect('PostHog’s form', 'PostHog events', { status: 1 }) };
const flags: Operation = {
  summary: 'PostHog clients ask for flags: there are none',
  tags: ['Events in'],
  security: [],
  responses: { '200': { description: 'An empty set', content: json(object({})) } },
};

const FILTERS = [
  inQuery('event', 'Only of this event type'),
  inQuery('code', 'Only with this reason'),
  inQuery('since', 'Received at or after'),
  inQuery('until', 'Received before'),
];

export const INGEST_PATHS: Paths = {
  '/v1/events': { post: sendEvents('Send events') },
  '/v1/analytics/events/custom': { post: sendEvents('Send events, as /v1/events') },
  '/v1/batches/{id}': {
    get: {
      summary: 'What became of a batch',
      tags: ['Events in'],
      parameters: [inPath('id', 'The batch_id of an ingest answer')],
      responses: answers(
        200,
        'Its outcome, or that it is pending',
        object({
          batch_id: text(),
          status: text(undefined, { enum: ['pending', 'done'] }),
          received: whole(),
          stored: whole(),
          duplicates: whole(),
          rejected: whole(),
          problems: list(ref('EventProblem')),
        }),
        { '404': 'Not known, or forgotten after a day' },
      ),
    },
  },
  '/v1/rejected-events': {
    get: {
      summary: 'Rejected events with their reasons, newest first',
      tags: ['Events in'],
      'x-scope': 'read',
      parameters: [
        ...FILTERS,
        inQuery('limit', 'At most 1,000', whole()),
        inQuery('cursor', 'next_cursor of the page before'),
      ],
      responses: answers(
        200,
        'A page',
        pageOf(
          object({
            batch_id: text(),
            index: whole(),
            received_at: text(),
            event: text(),
            event_id: text(),
            code: text(),
            path: text(),
            message: text(),
            raw: text('The event as it came'),
          }),
        ),
      ),
    },
  },
  '/v1/rejected-events/replay': {
    post: {
      summary: 'Send rejected events through ingest again',
      description:
        'After the cause was mended. Repeating it changes nothing: events keep their ids. Filters as above, in the query or a JSON body.',
      tags: ['Events in'],
      'x-scope': 'define',
      parameters: [...FILTERS, inQuery('limit', 'At most 100,000', whole())],
      responses: answers(
        202,
        'On disk again',
        object({
          replayed: whole(),
          skipped: whole(),
          batch_ids: list(text()),
          more: flag,
          next_until: maybeText(),
        }),
      ),
    },
  },
  '/v1/integrity': {
    get: {
      summary: 'Proof that nothing was lost or doubled',
      description:
        'accepted = stored + duplicates + rejected + pending, over whole hours of receipt; default: the last 24 hours.',
      tags: ['Events in'],
      'x-scope': 'read',
      parameters: [
        inQuery('from', 'A date or an ISO time'),
        inQuery('to', 'A date or an ISO time, not included'),
        inQuery(
          'rollups',
          '0: the books alone, at once; 1 (default): rollups are compared with the events too',
        ),
      ],
      responses: answers(
        200,
        'The books',
        object({
          from: text(),
          to: text(),
          accepted: whole(),
          stored: whole(),
          duplicates: whole(),
          rejected: whole(),
          pending: whole(),
          rollups: list(object({ name: text(), ok: flag })),
          ok: flag,
        }),
        { '422': 'A span that cannot be checked' },
      ),
    },
  },
  '/v1/batch': segment('Segment: several calls'),
  '/v1/import': segment('Segment: several calls from the past'),
  '/v1/track': segment('Segment: track'),
  '/v1/identify': segment('Segment: identify'),
  '/v1/page': segment('Segment: page'),
  '/v1/screen': segment('Segment: screen'),
  '/v1/group': segment('Segment: group'),
  '/v1/alias': segment('Segment: alias'),
  ...Object.fromEntries(
    ['b', 't', 'i', 'p', 's', 'g', 'a'].map((letter) => [
      `/v1/${letter}`,
      segment('Segment: as its browser client calls it'),
    ]),
  ),
  '/v1/m': {
    post: {
      summary: 'Segment’s browser client reports on itself: not kept',
      tags: ['Events in'],
      security: [],
      responses: { '200': { description: 'Heard', content: json(object({})) } },
    },
  },
  ...Object.fromEntries(
    [
      '/batch/',
      '/batch',
      '/capture/',
      '/capture',
      '/i/v0/e/',
      '/i/v0/e',
      '/e/',
      '/e',
      '/i/v0/ai/batch/',
      '/i/v1/analytics/events',
    ].map((path) => [path, posthog]),
  ),
  ...Object.fromEntries(
    ['/decide', '/decide/', '/flags', '/flags/'].map((path) => [path, { get: flags, post: flags }]),
  ),
  '/flags/definitions': { get: flags },
};
