/** Saved funnels, described. */
import {
  CSV_NOTE,
  EXPLAINED,
  FACTORS,
  FUNNEL,
  FUNNEL_META,
  FUNNEL_NOT_FOUND,
  FUNNEL_REFUSED,
  MEMBERS,
  RATE,
  STATES,
  saveInBody,
  WAYS,
} from './funnel-shapes.js';
import { EXPLAIN, PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import {
  answers,
  inPath,
  inQuery,
  json,
  list,
  needed,
  type Operation,
  object,
  oneOf,
  type Parameter,
  type Paths,
  ref,
  type Schema,
  text,
  whole,
} from './types.js';

const TAG = 'Questions';
const ID = inPath('id', 'The id of the funnel');

const EXAMPLE = {
  name: 'From sign-up to purchase',
  steps: [{ event: 'signup' }, { event: 'purchase' }],
  window: '7d',
};

export const FUNNEL_SHAPES = {
  SavedFunnel: {
    allOf: [
      FUNNEL,
      object({
        id: text(),
        version: whole(),
        created_at: text(),
        updated_at: text(),
        warnings: list(ref('EventWarning')),
      }),
    ],
  },
};

const body = { required: true, content: json(FUNNEL, EXAMPLE) };

const ask = (
  summary: string,
  description: string,
  answer: Schema,
  own: readonly Parameter[] = [],
): Operation => ({
  summary,
  description,
  tags: [TAG],
  'x-scope': 'read',
  parameters: [
    ID,
    ...own,
    needed(inQuery('from', 'A date (midnight in timezone) or an ISO time')),
    needed(inQuery('to', 'Not included')),
    inQuery('breakdown', 'Up to three properties, parted by commas; {"cohort": id} and lists as JSON'),
    inQuery('breakdown_limit', 'Default 25; the rest is "$other"', { type: 'integer' }),
    inQuery('attribution', 'first, last, all or step:3'),
    inQuery('timezone', 'Default UTC'),
    inQuery('grain', 'Of the trend; without it there is none'),
    inQuery('compare', 'previous: with the period of equal length before'),
    inQuery('histogram', '1: times to convert in bins as well'),
    inQuery('value', 'A property that is added up over the events of chains'),
    inQuery('week_start', 'Default monday'),
    inQuery('version', 'Of the funnel; default the current one', { type: 'integer' }),
    EXPLAIN,
  ],
  responses: answers(200, 'The answer', answer, {
    ...FUNNEL_NOT_FOUND,
    '422': 'A question that makes no sense, or one over the limit, with the estimate',
  }),
});

export const SAVED_FUNNEL_PATHS: Paths = {
  '/v1/analytics/funnels/{id}/users/cohort': {
    post: {
      ...saveInBody('Save who reached a step of a saved funnel, or left it there, as a fixed cohort'),
      parameters: [ID, inQuery('version', 'Of the funnel; default the current one', { type: 'integer' })],
    },
  },
  '/v1/analytics/funnels/{id}/paths': {
    get: ask(
      'What people do between a step of a saved funnel and the next, or instead of it',
      'The answer of POST /v1/analytics/funnels/paths.',
      WAYS,
      [
        needed(inQuery('step', 'From 1', { type: 'integer' })),
        inQuery('event', 'An event type looked at; repeated for several'),
        inQuery('length', 'Events of a way; default 5', { type: 'integer' }),
        inQuery('limit', 'Events told apart at each place; default 8', { type: 'integer' }),
        inQuery('collapse', 'false: repeats count'),
      ],
    ),
  },
  '/v1/analytics/funnels/{id}/factors': {
    get: ask(
      'What goes with converting in a saved funnel',
      'The answer of POST /v1/analytics/funnels/factors.',
      FACTORS,
      [
        inQuery('property', 'A property of the entry; repeated for several'),
        inQuery('event', 'An event type done on the way; repeated for several'),
        inQuery('min_units', 'Default 20', { type: 'integer' }),
        inQuery('limit', 'Default 50', { type: 'integer' }),
      ],
    ),
  },
  '/v1/analytics/funnels/{id}/users': {
    get: ask(
      'Who reached a step of a saved funnel, or left it there',
      `dropped: reached the step and not the next required one, in a graph took none of its edges; nobody at a last step. ${CSV_NOTE}`,
      MEMBERS,
      [
        needed(inQuery('step', 'From 1', { type: 'integer' })),
        inQuery('state', 'Default reached', oneOf(STATES)),
        ...PAGE,
      ],
    ),
  },
  '/v1/analytics/funnels/{id}/explain': {
    get: ask(
      'What a saved funnel made of one person',
      'Which event filled which step, or the first reason why none did.',
      EXPLAINED,
      [needed(inQuery('user_id', 'The person'))],
    ),
  },
  '/v1/analytics/funnels': {
    post: {
      summary: 'Save a funnel',
      tags: [TAG],
      'x-scope': 'define',
      requestBody: body,
      responses: answers(201, 'The funnel, version 1', ref('SavedFunnel'), FUNNEL_REFUSED),
    },
    get: {
      summary: 'List saved funnels, in the order they were made',
      tags: [TAG],
      'x-scope': 'read',
      parameters: PAGE,
      responses: answers(200, 'A page', pageOf(ref('SavedFunnel'))),
    },
  },
  '/v1/analytics/funnels/{id}': {
    get: {
      summary: 'Show a funnel with its versions',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [ID],
      responses: answers(
        200,
        'The funnel; versions has the latest 100, newest first',
        { allOf: [ref('SavedFunnel'), object({ versions: list(ref('SavedFunnel')) })] },
        FUNNEL_NOT_FOUND,
      ),
    },
    put: {
      summary: 'Give a funnel a new version',
      description: 'The definition is replaced as a whole; a name that is left out stays.',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      requestBody: body,
      responses: answers(200, 'The funnel', ref('SavedFunnel'), { ...FUNNEL_NOT_FOUND, ...FUNNEL_REFUSED }),
    },
    delete: {
      summary: 'Delete a funnel',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(200, 'The funnel that was deleted', ref('SavedFunnel'), FUNNEL_NOT_FOUND),
    },
  },
  '/v1/analytics/funnels/{id}/analysis': {
    get: ask(
      'How many get from step to step of a saved funnel',
      'The answer of POST /v1/analytics/funnels/analyze.',
      object({ steps: list(object({})), conversion_rate: RATE, meta: FUNNEL_META }),
    ),
  },
  '/v1/analytics/funnels/{id}/conversion-rate': {
    get: ask(
      'How many of those who enter a saved funnel get to its end',
      'entered is the first step’s count, converted the last one’s; a graph has several and shows neither.',
      object({ conversion_rate: RATE, entered: whole(), converted: whole(), meta: FUNNEL_META }),
    ),
  },
  '/v1/analytics/funnels/{id}/dropoffs': {
    get: ask(
      'Where a saved funnel loses people',
      'dropped reached the step and not the next required one, in a graph took none of its edges, and is 0 for a last step; drop_rate is dropped / count.',
      object({
        dropoffs: list(
          object({ index: whole(), label: text(), count: whole(), dropped: whole(), drop_rate: RATE }),
        ),
        meta: FUNNEL_META,
      }),
    ),
  },
};
