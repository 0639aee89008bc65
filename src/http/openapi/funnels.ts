/** Funnels in the body of a request, described. */
import { ask, BREAKDOWN, GRAIN, RANGE } from './ask.js';
import {
  CSV_NOTE,
  EXPLAINED,
  FACTORS,
  FUNNEL,
  FUNNEL_META,
  FUNNEL_REFUSED,
  MEMBERS,
  STATES,
  saveInBody,
  WAYS,
} from './funnel-shapes.js';
import { EXPLAIN } from './parameters.js';
import {
  answers,
  flag,
  json,
  list,
  maybeNumber,
  type Operation,
  object,
  oneOf,
  type Paths,
  ref,
  type Schema,
  text,
  whole,
} from './types.js';

/** What is asked of a funnel beside its analysis. */
const askInBody = (
  summary: string,
  own: Readonly<Record<string, Schema>>,
  answer: Schema,
  note = '',
): Operation => ({
  summary,
  description: `The body is that of POST /v1/analytics/funnels/analyze, with these beside it. ${note}`.trim(),
  tags: ['Questions'],
  'x-scope': 'read',
  parameters: [EXPLAIN],
  requestBody: { required: true, content: json({ allOf: [FUNNEL, object(own)] }) },
  responses: answers(200, 'The answer', answer, { '400': 'Not JSON', ...FUNNEL_REFUSED }),
});

export const FUNNEL_PATHS: Paths = {
  '/v1/analytics/funnels/analyze': {
    post: ask(
      'How many get from step to step',
      'count of a step is the number of distinct units that reached it.',
      object(
        {
          steps: list({
            allOf: [
              ref('EventMatch'),
              object({
                id: text(),
                label: text(),
                optional: flag,
                within: text('A duration'),
              }),
            ],
          }),
          window: text('The conversion window: "30m", "7d"'),
          ...RANGE,
          order: oneOf(['ordered', 'strict', 'unordered']),
          ties: oneOf(['any', 'strict']),
          count: oneOf(['users', 'sessions', 'conversions']),
          reentry: oneOf(['best', 'first', 'every']),
          hold: list(text('A property that must stay the same')),
          exclusions: list(ref('EventMatch')),
          paths: list(object({ from: text(), to: text(), within: text() })),
          where: ref('Condition'),
          ...BREAKDOWN,
          attribution: text('first, last, all or step:3'),
          grain: GRAIN,
          compare: oneOf(['previous']),
          histogram: { type: 'boolean', description: 'Times to convert in bins as well' },
          value: object({ property: text(), step: whole('Default: each step its own') }, ['property']),
        },
        ['steps', 'window', 'from', 'to'],
      ),
      {
        steps: [{ event: 'signup' }, { event: 'purchase' }],
        window: '7d',
        from: '2026-01-01',
        to: '2026-02-01',
      },
      object({
        steps: list(
          object({
            index: whole(),
            label: text(),
            count: whole(),
            dropped: whole(),
            conversion_from_first: maybeNumber,
            conversion_from_previous: maybeNumber,
            median_seconds: maybeNumber,
            p90_seconds: maybeNumber,
          }),
        ),
        conversion_rate: maybeNumber,
        meta: FUNNEL_META,
      }),
    ),
  },
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
  '/v1/analytics/funnels/explain': {
    post: askInBody('What a funnel made of one person', { user_id: text() }, EXPLAINED),
  },
};
