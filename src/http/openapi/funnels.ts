/** Saved funnels, described. */
import { CSV_NOTE, EXPLAINED, FACTORS, MEMBERS, RATE, SAVED_COHORT, STATES, WAYS } from './funnel-shapes.js';
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

const EXPLAIN = inQuery('explain', '1: plan, SQL, estimate and limit instead of the answer');
const TAG = 'Questions';
const ID = inPath('id', 'The id of the funnel');
const NOT_FOUND = { '404': 'No such funnel' };
const REFUSED = { '422': 'The funnel makes no sense; errors[] names each place' };

const EXAMPLE = {
  name: 'From sign-up to purchase',
  steps: [{ event: 'signup' }, { event: 'purchase' }],
  window: '7d',
};

const definition = object({
  name: text(undefined, { maxLength: 200 }),
  steps: list({ type: 'object', description: 'As in POST /v1/analytics/funnels/analyze' }),
  window: text('"7d"'),
  order: text(),
  ties: text(),
  count: text(),
  reentry: text(),
  hold: list(text()),
  exclusions: list({ type: 'object' }),
  paths: list({ type: 'object' }),
});

export const FUNNEL_SHAPES = {
  SavedFunnel: {
    allOf: [definition, object({ id: text(), version: whole(), created_at: text(), updated_at: text() })],
  },
};

const body = { required: true, content: json(definition, EXAMPLE) };

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
    ...NOT_FOUND,
    '422': 'A question that makes no sense, or one over the limit, with the estimate',
  }),
});

/** The same of a funnel in the body. */
const askInBody = (
  summary: string,
  own: Readonly<Record<string, Schema>>,
  answer: Schema,
  note = '',
): Operation => ({
  summary,
  description: `The body is that of POST /v1/analytics/funnels/analyze, with these beside it. ${note}`.trim(),
  tags: [TAG],
  'x-scope': 'read',
  parameters: [EXPLAIN],
  requestBody: { required: true, content: json({ allOf: [definition, object(own)] }) },
  responses: answers(200, 'The answer', answer, { '400': 'Not JSON', ...REFUSED }),
});

const saveInBody = (summary: string): Operation => ({
  summary,
  tags: [TAG],
  'x-scope': 'define',
  requestBody: {
    required: true,
    content: json(
      object({ name: text(), step: whole('From 1'), state: oneOf(STATES), from: text(), to: text() }),
    ),
  },
  responses: answers(201, 'The cohort, with how many of its people are known', SAVED_COHORT, {
    ...NOT_FOUND,
    ...REFUSED,
  }),
});

export const FUNNEL_PATHS: Paths = {
  '/v1/analytics/funnels/users': {
    post: askInBody(
      'Who reached a step of a funnel, or left it there',
      { step: whole('From 1'), state: oneOf(STATES), limit: whole(), cursor: text() },
      MEMBERS,
      CSV_NOTE,
    ),
  },
  '/v1/analytics/funnels/users/cohort': {
    post: saveInBody('Save who reached a step of a funnel, or left it there, as a fixed cohort'),
  },
  '/v1/analytics/funnels/{id}/users/cohort': {
    post: {
      ...saveInBody('Save who reached a step of a saved funnel, or left it there, as a fixed cohort'),
      parameters: [ID, inQuery('version', 'Of the funnel; default the current one', { type: 'integer' })],
    },
  },
  '/v1/analytics/funnels/paths': {
    post: askInBody(
      'What people do between a step of a funnel and the next, or instead of it',
      {
        step: whole('From 1'),
        events: list(text('Event types looked at; default the 50 most frequent')),
        length: whole('Events of a way; default 5, at most 15'),
        limit: whole('Events told apart at each place; default 8'),
        collapse: { type: 'boolean', description: 'An event repeated at once counts as one; default true' },
      },
      WAYS,
    ),
  },
  '/v1/analytics/funnels/factors': {
    post: askInBody(
      'What goes with converting',
      {
        properties: list(text('Of the entry; default the ten most frequent')),
        events: list(text('Done on the way; default the 50 most frequent that are no steps')),
        values_per_property: whole('Default 10, at most 50'),
        min_units: whole('With and without a factor, to be compared; default 20'),
        false_discovery_rate: { type: 'number', description: 'Default 0.05' },
        limit: whole('Default 50'),
      },
      FACTORS,
    ),
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
  '/v1/analytics/funnels/explain': {
    post: askInBody('What a funnel made of one person', { user_id: text() }, EXPLAINED),
  },
  '/v1/analytics/funnels/{id}/users': {
    get: ask(
      'Who reached a step of a saved funnel, or left it there',
      `dropped: reached the step and not the next required one. ${CSV_NOTE}`,
      MEMBERS,
      [
        needed(inQuery('step', 'From 1', { type: 'integer' })),
        inQuery('state', 'Default reached', oneOf(STATES)),
        inQuery('limit', 'Default 100, at most 1,000', { type: 'integer' }),
        inQuery('cursor', 'next_cursor of the page before'),
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
      responses: answers(201, 'The funnel, version 1', ref('SavedFunnel'), REFUSED),
    },
    get: {
      summary: 'List saved funnels, in the order they were made',
      tags: [TAG],
      'x-scope': 'read',
      parameters: [
        inQuery('limit', 'Default 100, at most 1,000', { type: 'integer' }),
        inQuery('cursor', 'next_cursor of the page before'),
      ],
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
        NOT_FOUND,
      ),
    },
    put: {
      summary: 'Give a funnel a new version',
      description: 'The definition is replaced as a whole; a name that is left out stays.',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      requestBody: body,
      responses: answers(200, 'The funnel', ref('SavedFunnel'), { ...NOT_FOUND, ...REFUSED }),
    },
    delete: {
      summary: 'Delete a funnel',
      tags: [TAG],
      'x-scope': 'define',
      parameters: [ID],
      responses: answers(200, 'The funnel that was deleted', ref('SavedFunnel'), NOT_FOUND),
    },
  },
  '/v1/analytics/funnels/{id}/analysis': {
    get: ask(
      'How many get from step to step of a saved funnel',
      'The answer of POST /v1/analytics/funnels/analyze.',
      object({ steps: list(object({})), conversion_rate: RATE, meta: object({}) }),
    ),
  },
  '/v1/analytics/funnels/{id}/conversion-rate': {
    get: ask(
      'How many of those who enter a saved funnel get to its end',
      'entered is the first step’s count, converted the last one’s; a graph has several and shows neither.',
      object({ conversion_rate: RATE, entered: whole(), converted: whole(), meta: object({}) }),
    ),
  },
  '/v1/analytics/funnels/{id}/dropoffs': {
    get: ask(
      'Where a saved funnel loses people',
      'dropped reached the step and not the next required one; drop_rate is dropped / count.',
      object({
        dropoffs: list(
          object({ index: whole(), label: text(), count: whole(), dropped: whole(), drop_rate: RATE }),
        ),
        meta: object({}),
      }),
    ),
  },
};
