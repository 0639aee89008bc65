/** Alerts, described. */
import { SIGNAL_NAMES } from '../../alerting/signals.js';
import { PAGE } from './parameters.js';
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
  number,
  object,
  oneOf,
  type Paths,
  ref,
  text,
  whole,
} from './types.js';

const TAG = 'Alerts';
const ID = inPath('id', 'The id of the alert');
const NOT_FOUND = { '404': 'No such alert' };
const WRONG = { '422': 'The rule makes no sense' };
const LIMITS = { above: number, below: number };

const EXAMPLE = {
  name: 'Revenue fell',
  metric: 'revenue',
  condition: { change: { below: -30 }, window: '1h' },
  for: '10m',
  channels: ['socket'],
};

const dimensionValue = { description: 'The value of the dimension; null without a dimension' };

const rule = {
  name: text(undefined, { maxLength: 200 }),
  metric: text('Name or id of a saved metric'),
  signal: oneOf(SIGNAL_NAMES, 'One of Weir’s own signals, instead of a metric'),
  where: { description: 'Only events that fulfil this condition' },
  dimension: text('A property: each of its values (the 50 greatest) is judged by itself'),
  condition: object({
    ...LIMITS,
    window: text('The window a value is taken over; 1h for metrics, 1m for signals'),
    change: object(LIMITS),
    anomaly: object({ sensitivity: number, direction: oneOf(['both', 'above', 'below']) }),
    no_data: text('Nothing for this long'),
  }),
  for: text('How long the condition must hold; 0s'),
  interval: text('How often it is evaluated; 1m, for anomalies 5m'),
  channels: {
    ...list({ oneOf: [{ const: 'socket' }, object({ webhook: text() })] }),
    description: '["socket"] when absent',
  },
};

export const ALERT_SHAPES = {
  AlertInput: object(rule, ['name', 'condition']),
  Alert: object({
    id: text(),
    ...rule,
    builtin: { type: 'boolean' as const, description: 'Whether Weir came with it' },
    status: oneOf(['ok', 'pending', 'firing', 'resolved'], 'The worst of its states'),
    states: list(
      object({
        dimension_value: dimensionValue,
        status: text(),
        since: text(),
        value: maybeNumber,
        usual: object({ low: number, high: number }),
        note: text('Why there is no judgement, or which process or part a signal is about'),
      }),
    ),
    silenced_until: maybeText(),
    evaluated_at: maybeText(),
    last_error: maybeText('Why the last evaluation gave no answer; the states are those before it'),
    secret: text('Signs what is sent to its webhooks; in the answers of POST and PUT'),
    created_at: text(),
    updated_at: text(),
  }),
  AlertDelivery: object({
    id: text('The Idempotency-Key of the request'),
    webhook: text(),
    state: oneOf(['waiting', 'sent', 'failed']),
    attempts: whole(),
    error: text(),
    created_at: text(),
    finished_at: text(),
  }),
  AlertChange: object({
    id: text(),
    at: text(),
    dimension_value: dimensionValue,
    from: text(),
    to: text(),
    value: maybeNumber,
    incident: text('The same for everything from firing to resolved'),
    silenced: flag,
  }),
  AlertTest: object({
    days: whole(),
    step_seconds: number,
    window_seconds: number,
    evaluations: whole(),
    now: list(
      object({
        dimension_value: dimensionValue,
        value: maybeNumber,
        met: flag,
        note: text(),
      }),
    ),
    incidents: list(
      object({
        dimension_value: dimensionValue,
        fired_at: text(),
        resolved_at: text(),
        value: maybeNumber,
      }),
    ),
    points: list(
      object({
        time: text(),
        value: maybeNumber,
        met: flag,
        low: number,
        high: number,
      }),
    ),
    elapsed_ms: whole(),
  }),
};

const body = { required: true, content: json(ref('AlertInput'), EXAMPLE) };

export const ALERT_PATHS: Paths = {
  '/v1/alerts': {
    post: {
      summary: 'Save an alert',
      description:
        'It is evaluated at once, then every interval. docs/alerts.md has the conditions and what webhooks get.',
      tags: [TAG],
      'x-scope': 'define',
      requestBody: body,
      responses: answers(201, 'The alert', ref('Alert'), WRONG),
    },
    get: {
      summary: 'Alerts with their states',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [...PAGE, inQuery('status', 'firing: only those that fire')],
      responses: answers(200, 'A page of them', pageOf(ref('Alert'))),
    },
  },
  '/v1/alerts/test': {
    post: {
      summary: 'What a rule would have done',
      description: 'Evaluates a rule over the last days (`days`, default 7, at most 28) without saving it.',
      tags: [TAG],
      'x-scope': 'read',
      requestBody: { required: true, content: json(ref('AlertInput'), { ...EXAMPLE, days: 7 }) },
      responses: answers(200, 'When it would have fired', ref('AlertTest'), WRONG),
    },
  },
  '/v1/alerts/{id}': {
    get: {
      summary: 'One alert, with its newest deliveries',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(
        200,
        'The alert',
        { allOf: [ref('Alert'), object({ deliveries: list(ref('AlertDelivery')) })] },
        NOT_FOUND,
      ),
    },
    put: {
      summary: 'Replace the rule',
      description: 'States and open incidents stay; the new rule is evaluated at once.',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      requestBody: body,
      responses: answers(200, 'The alert', ref('Alert'), { ...NOT_FOUND, ...WRONG }),
    },
    delete: {
      summary: 'Delete an alert, its history, and what was still to be sent',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(200, 'What was deleted', ref('Alert'), NOT_FOUND),
    },
  },
  '/v1/alerts/{id}/silence': {
    post: {
      summary: 'Silence an alert until a time',
      description: 'States go on; nobody is told that something began. null ends the silence.',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      requestBody: {
        required: true,
        content: json(object({ until: maybeText('ISO time, or null') }, ['until']), {
          until: '2026-12-01T08:00:00Z',
        }),
      },
      responses: answers(200, 'The alert', ref('Alert'), { ...NOT_FOUND, '422': 'until is no time' }),
    },
  },
  '/v1/alerts/{id}/history': {
    get: {
      summary: 'Changes of state, the newest first',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID, ...PAGE],
      responses: answers(200, 'A page of them', pageOf(ref('AlertChange')), NOT_FOUND),
    },
  },
};
