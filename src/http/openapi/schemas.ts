/** Shapes used in several places of the interface. */
import { OPERATORS } from '../../query/condition/condition.js';
import { list, maybeText, object, oneOf, ref, type Schema, text, whole } from './types.js';

const anyValue: Schema = {};

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Problem: object(
    {
      type: text('Where the code is explained'),
      title: text(),
      status: whole(),
      detail: text('A sentence that says the way out'),
      code: text('Stable; decide by this'),
      request_id: text('Also in the header X-Request-Id; the log has the cause under it'),
      errors: list(object({ path: text('Dotted: steps[2].event'), code: text(), message: text() })),
    },
    ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  ),
  Event: object(
    {
      event: text('The name of the event type', { maxLength: 200 }),
      event_id: text('The same id counts once; missing: derived from the content', { maxLength: 200 }),
      user_id: text('user_id or anonymous_id is required', { maxLength: 200 }),
      anonymous_id: text(undefined, { maxLength: 200 }),
      session_id: text(undefined, { maxLength: 200 }),
      timestamp: { description: 'ISO 8601 or epoch milliseconds; missing: now', type: ['string', 'integer'] },
      sent_at: { description: 'When the client sent it, by its own clock', type: ['string', 'integer'] },
      properties: { type: 'object', additionalProperties: true },
      context: { type: 'object', additionalProperties: true },
    },
    ['event'],
  ),
  EventProblem: object({
    index: whole('The place of the event in the body, from 0'),
    event_id: text(),
    code: text('Why, from a closed set'),
    path: text(),
    message: text(),
  }),
  Accepted: object(
    {
      batch_id: text('Ask /v1/batches/{batch_id} what became of it'),
      received: whole('Events in the body'),
      accepted: whole('Valid events; only of bodies small enough to be judged at once'),
      rejected: whole('Events that will be rejected'),
      problems: list(ref('EventProblem')),
      status: oneOf(['pending'], 'With ?wait=stored: storing took longer than is waited'),
    },
    ['batch_id', 'received'],
  ),
  Stored: object(
    {
      batch_id: text(),
      received: whole(),
      stored: whole(),
      duplicates: whole('Known by their event_id'),
      rejected: list(ref('EventProblem')),
      rejected_count: whole('When more were rejected than are listed'),
    },
    ['batch_id', 'received', 'stored', 'duplicates', 'rejected'],
  ),
  Condition: {
    description: '{property, op, value}, {in_cohort}, {and: […]}, {or: […]}, {not: …}, or an array (and)',
    oneOf: [
      object({ in_cohort: text('The id of a cohort'), as_of: text('Membership as of then; default now') }, [
        'in_cohort',
      ]),
      object(
        {
          property: text('An event property, or user.x, context.x, event.x'),
          op: oneOf(OPERATORS),
          value: anyValue,
        },
        ['property', 'op'],
      ),
      object({ and: list(ref('Condition')) }, ['and']),
      object({ or: list(ref('Condition')) }, ['or']),
      object({ not: ref('Condition') }, ['not']),
      list(ref('Condition')),
    ],
  },
  EventMatch: object({
    event: text('One event type; or any_of'),
    any_of: list(text()),
    where: ref('Condition'),
  }),
  EventWarning: object({
    code: oneOf(['unknown_event']),
    path: text('Where the question names an event type that nobody sent or registered'),
    message: text(),
    hint: text(),
  }),
  Meta: object({ warnings: list(ref('EventWarning')) }),
  Table: object({ columns: list(anyValue), rows: list(list(anyValue)), meta: ref('Meta') }),
  Key: object({
    id: text(),
    project: text(),
    name: text(),
    prefix: text('The first characters of the key'),
    scopes: list(oneOf(['write', 'read', 'define', 'admin'])),
    limits: ref('KeyLimits'),
    created_at: text(undefined, { format: 'date-time' }),
    revoked_at: { type: ['string', 'null'], format: 'date-time' },
  }),
  KeyLimits: object({
    max_rows_to_read: whole(
      'Rows one question of the key may read; what the project allows holds where it is less',
    ),
  }),
  Settings: object({
    retention_days: { type: ['integer', 'null'], description: 'Kept; events are not deleted by it yet' },
    strict: { type: ['boolean', 'null'], description: 'Refuse events of unregistered types' },
    pii_properties: {
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'Kept; nothing acts on them yet',
    },
    quotas: object({
      ingest_per_second: whole('Requests a second of one key'),
      queries_per_second: whole('Requests a second of one key'),
      max_rows_to_read: whole('Rows one question may read'),
    }),
  }),
  Project: object({
    id: text(),
    name: text(),
    settings: ref('Settings'),
    created_at: text(undefined, { format: 'date-time' }),
    updated_at: text(undefined, { format: 'date-time' }),
  }),
};

/** A page of a list. */
export const pageOf = (items: Schema): Schema =>
  object({ data: list(items), next_cursor: maybeText() }, ['data', 'next_cursor']);
