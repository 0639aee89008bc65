/** People, described. */
import { PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import {
  answers,
  inPath,
  inQuery,
  list,
  object,
  oneOf,
  type Paths,
  ref,
  type Schema,
  text,
  whole,
} from './types.js';

const TAG = 'Questions';
const ID = inPath('id', 'A user_id or anonymous_id, whichever of the person’s');
const UNKNOWN = { '404': 'No stored event is of a person with this id' };
const time = text('ISO 8601, UTC');
const ids = list(text());

const SEEN = {
  user_id: text('What a user is known by'),
  anonymous_id: text('What somebody is known by who never signed in'),
  first_seen: time,
  last_seen: time,
  events: whole('Stored events, under all ids'),
};

export const USER_SHAPES: Readonly<Record<string, Schema>> = {
  PersonSeen: object(SEEN),
  Person: object({
    ...SEEN,
    user_ids: ids,
    anonymous_ids: ids,
    properties: { type: 'object', description: 'What is known now' },
  }),
  PersonEvent: object({
    event_id: text(),
    event: text(),
    timestamp: time,
    received_at: time,
    user_id: text(),
    anonymous_id: text(),
    session_id: text(),
    properties: { type: 'object' },
    context: { type: 'object' },
  }),
  RefusedMerge: object({
    event_id: text(),
    event: oneOf(['$identify', '$alias']),
    timestamp: time,
    received_at: time,
    user_id: text('Whom the old id would have been joined to'),
    old_id: text(),
    owner: text('The user whose the old id stays'),
  }),
};

export const USER_PATHS: Paths = {
  '/v1/users': {
    get: {
      summary: 'People, who was there last first',
      description: 'Reads the ids of every stored event of the project.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [inQuery('search', 'Part of one of their ids, in any case'), ...PAGE],
      responses: answers(200, 'A page of people', pageOf(ref('PersonSeen')), {
        '422': 'A parameter makes no sense, or there are more events than one question may read',
      }),
    },
  },
  '/v1/users/{id}': {
    get: {
      summary: 'One person, with her ids and properties',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(200, 'The person', ref('Person'), UNKNOWN),
    },
  },
  '/v1/users/{id}/events': {
    get: {
      summary: 'What a person did, newest first',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID, ...PAGE],
      responses: answers(200, 'A page of events', pageOf(ref('PersonEvent')), UNKNOWN),
    },
  },
  '/v1/identity/refused': {
    get: {
      summary: 'Links between ids that would have joined two users',
      description: 'The newest first; kept for 90 days.',
      tags: [TAG],
      'x-scope': 'read',
      parameters: PAGE,
      responses: answers(200, 'A page of refused links', pageOf(ref('RefusedMerge'))),
    },
  },
};
