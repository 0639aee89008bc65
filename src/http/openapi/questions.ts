/** Questions over all events, described. */
import { ask, BREAKDOWN, GRAIN, RANGE } from './ask.js';
import { list, object, type Paths, ref, text, whole } from './types.js';

export const QUESTION_PATHS: Paths = {
  '/v1/analytics/trends': {
    post: ask(
      'How much of what, over time',
      'A table with time, event, breakdowns and value; buckets without data are there with 0 or null.',
      object(
        {
          events: list({
            allOf: [
              ref('EventMatch'),
              object({
                measure: {
                  description:
                    '"count", "users", "sessions", or {"sum" | "avg" | "min" | "max" | "median" | "p90" | "p99": property}',
                },
                label: text(),
              }),
            ],
          }),
          ...RANGE,
          grain: GRAIN,
          where: ref('Condition'),
          ...BREAKDOWN,
          compare: text('"previous": the period before'),
        },
        ['events', 'from', 'to'],
      ),
      { events: [{ event: 'signup' }], from: '2026-01-01', to: '2026-02-01', grain: 'day' },
      ref('Table'),
    ),
  },
  '/v1/analytics/stickiness': {
    post: ask(
      'On how many days of a period people come',
      'For each number of days, weeks or months of the range, how many users were active in as many.',
      object({ event: text(), any_of: list(text()), where: ref('Condition'), ...RANGE, grain: GRAIN }, [
        'from',
        'to',
      ]),
      { event: 'opened', from: '2026-01-01', to: '2026-02-01', grain: 'day' },
      object({ meta: ref('Meta') }),
    ),
  },
  '/v1/analytics/lifecycle': {
    post: ask(
      'Who is new, who returns, who comes back, who is gone',
      'Users of each bucket by what they did in the bucket before and ever.',
      object({ event: text(), any_of: list(text()), where: ref('Condition'), ...RANGE, grain: GRAIN }, [
        'from',
        'to',
      ]),
      { event: 'opened', from: '2026-01-01', to: '2026-02-01', grain: 'week' },
      object({ meta: ref('Meta') }),
    ),
  },
  '/v1/analytics/paths': {
    post: ask(
      'What people do one after another',
      'The most frequent sequences of events, and the links between their places.',
      object(
        {
          ...RANGE,
          where: ref('Condition'),
          start: text('Paths that begin with this event'),
          end: text('Paths that end with this event'),
          between: object({ from: text(), to: text() }),
          around: object({ event: text(), before: whole(), after: whole() }),
          events: list(text('Only these event types')),
          exclude: list(text('Not these')),
          steps: whole(),
          limit: whole(),
          gap: text('A pause that ends a path; default 30m'),
          collapse: { type: 'boolean', description: 'An event repeated at once counts as one' },
        },
        ['from', 'to'],
      ),
      { start: 'signup', from: '2026-01-01', to: '2026-02-01' },
      object({
        meta: {
          allOf: [
            ref('Meta'),
            object({ truncated_people: whole('Of whom only the earliest 100,000 events were looked at') }),
          ],
        },
      }),
    ),
  },
};
