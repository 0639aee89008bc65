/** A question: what many have in their bodies, and the operation that asks one. */
import { EXPLAIN } from './parameters.js';
import {
  answers,
  inHeader,
  json,
  list,
  type Operation,
  object,
  oneOf,
  type Schema,
  text,
  whole,
} from './types.js';

export const RANGE = {
  from: text('A date (midnight in timezone) or an ISO time'),
  to: text('Not included'),
  timezone: text('Default UTC'),
  week_start: text('Default monday'),
};
export const GRAIN = oneOf(['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'all']);
export const BREAKDOWN = {
  breakdown: {
    description: 'At most three',
    ...list({ oneOf: [text('A property'), object({ cohort: text('The id of a cohort') }, ['cohort'])] }),
  },
  breakdown_limit: whole('Default 25; the rest is "$other"'),
};

/** A question in a body, answered from the cache or computed. */
export const ask = (
  summary: string,
  description: string,
  question: Schema,
  example: unknown,
  answer: Schema,
): Operation => ({
  summary,
  description,
  tags: ['Questions'],
  'x-scope': 'read',
  parameters: [
    inHeader(
      'Cache-Control',
      'no-cache: computed anew; max-stale=300: an answer that is so many seconds old will do',
    ),
    EXPLAIN,
  ],
  requestBody: { required: true, content: json(question, example) },
  responses: answers(200, 'The answer', answer, {
    '400': 'Not JSON',
    '422': 'A question that makes no sense, or one over the limit, with the estimate',
  }),
});
