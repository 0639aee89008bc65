import { PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import {
  answers,
  flag,
  inPath,
  inQuery,
  json,
  list,
  maybeText,
  number,
  object,
  oneOf,
  type Paths,
  ref,
  text,
  whole,
} from './types.js';

const EVENT_TYPES = 'Event types';

const NAME = inPath('name', 'The name of the event type');
const MODES = ['observe', 'warn', 'quarantine', 'reject'];

const EXAMPLE = {
  name: 'order_placed',
  schema: {
    type: 'object',
    required: ['order_id', 'total'],
    properties: { order_id: { type: 'string' }, total: { type: 'number', minimum: 0 } },
  },
  validators: [{ check: 'unique_in_batch', property: 'order_id' }],
  mode: 'reject',
};

const definition = object({
  name: text(undefined, { maxLength: 200 }),
  category: text(),
  description: maybeText(),
  schema: { type: 'object', description: 'JSON Schema (2020-12 or draft-07) of an event’s properties' },
  validators: list(ref('Validator')),
  mode: oneOf(MODES, 'What happens to an event that breaks the rules; default reject'),
});

const REFUSED = {
  '422': 'The schema cannot be taken; errors[] names each place, as a dotted path and as a JSON pointer',
};

export const EVENT_TYPE_SHAPES = {
  Validator: {
    description: 'A rule beside the schema',
    oneOf: [
      object({ check: oneOf(['range']), property: text(), min: number, max: number }),
      object({ check: oneOf(['pattern']), property: text(), pattern: text() }),
      object({ check: oneOf(['one_of']), property: text(), values: list({}) }),
      object({
        check: oneOf(['required_if']),
        property: text(),
        when: object({ property: text(), one_of: list({}) }, ['property']),
      }),
      object({ check: oneOf(['unique_in_batch']), property: text() }),
      object({ check: oneOf(['plugin']), name: text(), options: object({}) }),
    ],
  },
  EventType: {
    allOf: [
      definition,
      object({
        id: text(),
        version: whole(),
        active: flag,
        created_at: text(),
        updated_at: text(),
      }),
    ],
  },
  BreakingReason: object({
    path: text('The property: properties.items[].price'),
    code: text(),
    message: text(),
  }),
  UsedBy: {
    type: 'object',
    description: 'By kind (metrics, funnels, cohorts): what names the event type, and which changed fields',
    additionalProperties: list(object({ id: text(), name: text(), fields: list(text()) })),
  },
  Drift: object({
    sampled: whole('Events looked into'),
    new_fields: list(object({ path: text(), count: whole(), types: object({}) })),
    vanished_fields: list(object({ path: text(), of: whole(), required: flag })),
    type_changes: list(object({ path: text(), expected: list(text()), found: object({}) })),
  }),
  EventVerdict: object({
    valid: flag,
    errors: list(object({ path: text(), code: text(), message: text(), expected: text(), found: text() })),
    outcome: oneOf(['stored', 'stored_with_problems', 'quarantined', 'rejected']),
    event_type: object({ name: text(), version: whole(), mode: oneOf(MODES) }),
  }),
};

const body = (example: unknown) => ({ required: true, content: json(definition, example) });

export const EVENT_TYPE_PATHS: Paths = {
  '/v1/analytics/event-types': {
    post: {
      summary: 'Register an event type',
      description:
        'In force everywhere within a second. One that was switched off comes back as a new version.',
      tags: [EVENT_TYPES],
      'x-scope': 'define',
      requestBody: body(EXAMPLE),
      responses: answers(201, 'The event type', ref('EventType'), {
        ...REFUSED,
        '409': 'There is an active one of this name',
      }),
    },
    get: {
      summary: 'List event types, by name',
      tags: [EVENT_TYPES],
      'x-scope': 'read or define',
      parameters: [
        ...PAGE,
        inQuery('category', 'Only of this category'),
        inQuery('inactive', 'Those switched off too', flag),
      ],
      responses: answers(200, 'A page', pageOf(ref('EventType'))),
    },
  },
  '/v1/analytics/event-types/{name}': {
    get: {
      summary: 'Show an event type with its versions, its counts and what uses it',
      tags: [EVENT_TYPES],
      'x-scope': 'read or define',
      parameters: [NAME],
      responses: answers(
        200,
        'The event type',
        {
          allOf: [
            ref('EventType'),
            object({ versions: list(ref('EventType')), seen: object({}), used_by: ref('UsedBy') }),
          ],
        },
        { '404': 'No such event type' },
      ),
    },
    put: {
      summary: 'Make a new version',
      description: 'What is left out stays as it is. A change that changes nothing makes no version.',
      tags: [EVENT_TYPES],
      'x-scope': 'define',
      parameters: [NAME, inQuery('force', 'Also when it refuses events that the old one took', flag)],
      requestBody: body({ schema: EXAMPLE.schema }),
      responses: answers(
        200,
        'The event type',
        {
          allOf: [
            ref('EventType'),
            object({ changed: flag, reasons: list(ref('BreakingReason')), used_by: ref('UsedBy') }),
          ],
        },
        {
          ...REFUSED,
          '404': 'No such event type',
          '409':
            'It would refuse events the old version took: reasons and used_by say which; or it is switched off',
        },
      ),
    },
    delete: {
      summary: 'Switch an event type off',
      description: 'Its events are then judged as those of an unregistered type. Versions stay.',
      tags: [EVENT_TYPES],
      'x-scope': 'define',
      parameters: [NAME],
      responses: answers(200, 'The event type', ref('EventType'), { '404': 'No such event type' }),
    },
  },
  '/v1/analytics/event-types/{name}/drift': {
    get: {
      summary: 'How traffic has moved away from the schema',
      description: 'Of the newest stored events, and of those refused within seven days.',
      tags: [EVENT_TYPES],
      'x-scope': 'read',
      parameters: [NAME],
      responses: answers(
        200,
        'New fields, vanished fields, other types, counted',
        object({ name: text(), version: whole(), stored: ref('Drift'), rejected: ref('Drift') }),
        { '404': 'No such event type' },
      ),
    },
  },
  '/v1/analytics/event-types/{name}/suggestion': {
    get: {
      summary: 'Propose a schema from observed traffic',
      tags: [EVENT_TYPES],
      'x-scope': 'read',
      parameters: [
        NAME,
        inQuery('required_share', 'Part of the events a property must be in to be required; default 1', {
          type: 'number',
        }),
      ],
      responses: answers(
        200,
        'A schema every event looked into satisfies',
        object({
          name: text(),
          registered: flag,
          schema: object({}),
          sampled: whole(),
          notes: list(text()),
        }),
        { '404': 'No event of this name is stored' },
      ),
    },
  },
  '/v1/analytics/event-type-packs': {
    get: {
      summary: 'List the packs of ready event types',
      tags: [EVENT_TYPES],
      'x-scope': 'read or define',
      responses: answers(
        200,
        'The packs',
        pageOf(object({ name: text(), title: text(), description: text(), event_types: list(text()) })),
      ),
    },
  },
  '/v1/analytics/event-types/packs/{pack}': {
    post: {
      summary: 'Register the event types of a pack',
      description: 'Names the project has already are left as they are.',
      tags: [EVENT_TYPES],
      'x-scope': 'define',
      parameters: [
        inPath('pack', 'ecommerce, saas or media'),
        inQuery('mode', 'Their mode; default reject', { enum: MODES }),
      ],
      responses: answers(
        201,
        'What was registered (200 when all were there)',
        object({ pack: text(), title: text(), created: list(ref('EventType')), skipped: list(text()) }),
        { '404': 'No such pack' },
      ),
    },
  },
  '/v1/analytics/events/validate': {
    get: {
      summary: 'Validate an event without sending it',
      tags: [EVENT_TYPES],
      parameters: [inQuery('event', 'The event as JSON')],
      responses: answers(200, 'What would become of it', ref('EventVerdict'), {
        '422': 'event is missing, or no JSON',
      }),
    },
    post: {
      summary: 'Validate events without sending them',
      tags: [EVENT_TYPES],
      requestBody: { required: true, content: json(ref('Event')) },
      responses: answers(200, 'What would become of them, in their order', ref('EventVerdict'), {
        '400': 'Not JSON, or no event in it',
        '415': 'Of a type not read here',
      }),
    },
  },
};
